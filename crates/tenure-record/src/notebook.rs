//! What the recorder keeps for a heap: whose thread it is, its sites' records, its way to the next
//! sample. Here each block is written down.
//!
//! **Who may touch it:** the thread that works with the heap. A signal handler that allocates in
//! the middle of writing finds [`Notebook::busy`], and its blocks are counted as lost.

use crate::birth::{Birth, frame_mark};
use crate::capture;
use crate::event_log::EventLog;
use crate::head::Head;
use crate::profile::{self, COURSE, WATCH};
use crate::recorder;
use crate::sampler::{Dice, Weight};
use crate::site_record::{End, SiteRecord};
use crate::site_table::SiteTable;
use crate::stack::ThreadStacks;
use core::ptr::{NonNull, null_mut, with_exposed_provenance_mut};
use core::sync::atomic::Ordering::Relaxed;
use tenure_heap::counters::{FIRST_HUGE, HeapCounters, class_of};
use tenure_heap::watch::{self, Tag, Watched, Watcher};
use tenure_os::{clock, entry, memory, process, registers};
use tenure_trace::events::Event;

/// Bytes that a thread asks for before it moves the process's clock on.
const CLOCK_STEP_BYTES: u64 = 64 << 10;

/// The pages of a heap's record. All zero but for the dice is a fresh one.
pub(crate) struct Notebook {
    counters: Option<&'static HeapCounters>,
    shard: u32,
    /// Whether a block is being written down.
    busy: bool,
    /// Number of the rate at which the next sample is drawn.
    rate: u16,
    /// Bytes between the last sample and the next.
    gap_bytes: u64,
    /// Bytes asked for that the process's clock does not show yet.
    clock_bytes: u64,
    dice: Dice,
    sites: SiteTable,
    events: EventLog,
    stacks: ThreadStacks,
}

/// The watcher where every block is recorded.
pub(crate) static EVERY: Watcher = Watcher {
    allocated: every_allocated,
    freed: every_freed,
    resized: every_resized,
    moved,
    gap: no_gap,
};

/// The watcher where blocks are sampled.
pub(crate) static SAMPLED: Watcher = Watcher {
    allocated: sample_allocated,
    freed: sample_freed,
    resized: sample_resized,
    moved,
    gap,
};

/// A notebook for a heap that counts into `counters`, slot `shard`; `previous` is the heap's own
/// in the process that this one was copied from. Null: no memory, or nothing is watched.
pub(crate) fn open(
    previous: watch::Notebook,
    counters: NonNull<HeapCounters>,
    shard: u32,
) -> watch::Notebook {
    if !profile::is_on() {
        return null_mut();
    }
    let place: *mut Notebook = if previous.is_null() {
        match memory::map(size_of::<Notebook>()) {
            Ok(address) => with_exposed_provenance_mut(address),
            Err(_) => return null_mut(),
        }
    } else {
        previous.cast()
    };
    // SAFETY: fresh zeroed memory of that size, or the notebook that this function made for the
    // same heap before the process was copied; zero is a valid value of every field, the counters
    // live as long as the process, and the heap is not in use yet.
    unsafe {
        let notebook = &mut *place;
        notebook.sites.clear();
        notebook.stacks.forget();
        notebook.events.restart();
        notebook.counters = Some(&*counters.as_ptr());
        notebook.shard = shard;
        notebook.busy = false;
        notebook.clock_bytes = 0;
        notebook.gap_bytes = 0;
        let seed = process::secret() ^ clock::ticks() ^ place.addr() as u64;
        notebook.dice = Dice::new(seed);
    }
    place.cast()
}

/// The slot of the shard of the heap that has the notebook; 0 where it has none.
///
/// # Safety
/// * `notebook` is null or was made by [`open`], and no other thread runs.
pub(crate) unsafe fn shard_of(notebook: watch::Notebook) -> u32 {
    let place: *const Notebook = notebook.cast();
    // SAFETY: null, or by contract a notebook that nobody changes now; notebooks stay mapped.
    unsafe { place.as_ref() }.map_or(0, |notebook| notebook.shard)
}

/// Runs `work` on a notebook unless it is at work already.
///
/// # Safety
/// * `notebook` was made by [`open`] for the heap that the calling thread works with.
unsafe fn with<R>(
    notebook: watch::Notebook,
    work: impl FnOnce(&mut Notebook, &'static Head) -> Option<R>,
) -> Option<R> {
    let place: *mut Notebook = notebook.cast();
    // SAFETY: by contract this thread alone uses the notebook; the flag keeps a signal handler
    // that came in between from making a second reference.
    unsafe {
        if (*place).busy {
            profile::lose();
            return None;
        }
        (*place).busy = true;
        let result = recorder::head().and_then(|head| work(&mut *place, head));
        (*place).busy = false;
        result
    }
}

impl Notebook {
    /// The site that allocates, and a mark of the activation of the function that does.
    #[inline]
    fn capture(&mut self) -> (u32, u16) {
        let from = entry::caller().unwrap_or_else(registers::here);
        let captured = capture::capture(&mut self.stacks, &from);
        (captured.node, frame_mark(captured.sp))
    }

    /// The process has been asked for `bytes` more: what its clock shows then.
    fn pass(&mut self, head: &Head, bytes: u64) -> u64 {
        self.clock_bytes += bytes;
        if self.clock_bytes < CLOCK_STEP_BYTES {
            return self.clock(head);
        }
        let step = core::mem::take(&mut self.clock_bytes);
        head.allocated_clock_bytes.fetch_add(step, Relaxed) + step
    }

    fn clock(&self, head: &Head) -> u64 {
        head.allocated_clock_bytes.load(Relaxed) + self.clock_bytes
    }

    /// This heap's record of `site`, brought up to the last peak.
    #[inline]
    fn record(&mut self, site: u32, head: &Head, sampled: bool) -> Option<&'static SiteRecord> {
        let record = match self.sites.find(site) {
            Some(number) => profile::record(number)?,
            None => self.open_record(site, head, sampled)?,
        };
        record.settle(head.epoch());
        Some(record)
    }

    #[cold]
    fn open_record(
        &mut self,
        site: u32,
        head: &Head,
        sampled: bool,
    ) -> Option<&'static SiteRecord> {
        let number = profile::take_record()?;
        let record = profile::record(number)?;
        record.open(site, self.shard, head.epoch(), sampled);
        if !self.sites.insert(site, number) {
            profile::lose();
        }
        Some(record)
    }

    /// Writes an event down where all are.
    #[inline]
    fn log(&mut self, time_ns: u64, event: impl FnOnce() -> Event) {
        if profile::has_events() {
            let time_ns = WATCH.in_process(time_ns);
            self.events.write(self.shard, time_ns, event());
        }
    }

    /// The process's live bytes as far as this thread can tell.
    fn live_bytes(&self, head: &Head) -> i64 {
        let delta = self
            .counters
            .map_or(0, |c| c.live_delta_bytes.load(Relaxed));
        head.live_published_bytes.load(Relaxed) + delta
    }

    fn end(&self, head: &Head, birth: Birth, now_ns: u64) -> End {
        End {
            birth_ns: WATCH.in_process(birth.time_ns),
            lifetime_ns: birth.age_ns(now_ns),
            lifetime_bytes: birth.age_bytes(self.clock(head)),
            remote: false,
            same_frame: false,
        }
    }

    /// Counts the blocks that a sample stands for, so that what is counted by size class is an
    /// estimate of the whole. `handed_out`: else they came back.
    fn count(&self, block: Watched, weight: Weight, handed_out: bool) {
        let Some(counters) = self.counters else {
            return;
        };
        let class = class_of(block.usable_bytes);
        let requested = weight.bytes(block.requested_bytes as u64).unsigned_abs();
        let huge = weight.bytes(block.usable_bytes as u64).unsigned_abs();
        let huge = if class < FIRST_HUGE { 0 } else { huge };
        let class = &counters.classes[class];
        let [blocks, bytes, usable] = if handed_out {
            let usable = &counters.huge_usable_bytes;
            [&class.allocations, &class.requested_bytes, usable]
        } else {
            let usable = &counters.huge_usable_freed_bytes;
            [&class.frees, &class.requested_freed_bytes, usable]
        };
        // This thread alone writes to the counters.
        for (counter, more) in [(blocks, weight.times()), (bytes, requested), (usable, huge)] {
            counter.store(counter.load(Relaxed).wrapping_add(more), Relaxed);
        }
    }

    fn weight(&self, bytes: u64, rate: u16) -> Weight {
        Weight::of(bytes, profile::rates().bytes(rate))
    }
}

unsafe fn every_allocated(notebook: watch::Notebook, block: Watched) -> Tag {
    // SAFETY: the heap passes the notebook that it was given.
    let birth = unsafe {
        with(notebook, |notebook, head| {
            let (site, mark) = notebook.capture();
            let clock_bytes = notebook.pass(head, block.requested_bytes as u64);
            let time_ns = WATCH.now_ns();
            let birth = Birth {
                site,
                mark,
                time_ns,
                clock_bytes,
            };
            let record = notebook.record(site, head, false)?;
            let born_ns = WATCH.in_process(Birth::of(birth.tag()).time_ns);
            record.allocated(block, born_ns, 1);
            notebook.log(time_ns, || Event::Allocated {
                site,
                bytes: block.requested_bytes as u64,
                address: block.address as u64,
            });
            Some(birth)
        })
    };
    birth.map_or(Tag::NONE, Birth::tag)
}

unsafe fn every_freed(notebook: watch::Notebook, block: Watched, tag: Tag, remote: bool) {
    // SAFETY: the heap passes the notebook that it was given.
    let done = unsafe {
        with(notebook, |notebook, head| {
            let birth = Birth::of(tag);
            // The heap has counted the block out already.
            head.fall(notebook.live_bytes(head) + block.requested_bytes as i64);
            let now_ns = WATCH.now_ns();
            let address = block.address as u64;
            notebook.log(now_ns, || Event::Freed { address });
            let end = notebook.end(head, birth, now_ns);
            let record = notebook.record(birth.site, head, false)?;
            let same_frame = entry::caller().is_some_and(|at| frame_mark(at.sp) == birth.mark);
            let end = End {
                remote,
                same_frame,
                ..end
            };
            record.freed(block, end, 1);
            Some(())
        })
    };
    if done.is_none() {
        profile::lose();
    }
}

unsafe fn every_resized(notebook: watch::Notebook, before: Watched, after: Watched, tag: Tag) {
    // SAFETY: the heap passes the notebook that it was given.
    unsafe {
        with(notebook, |notebook, head| {
            let (was, is) = (before.requested_bytes, after.requested_bytes);
            if is < was {
                head.fall(notebook.live_bytes(head) + (was - is) as i64);
            }
            notebook.pass(head, is.saturating_sub(was) as u64);
            if profile::has_events() {
                notebook.log(WATCH.now_ns(), || Event::Resized {
                    address: after.address as u64,
                    bytes: is as u64,
                });
            }
            let record = notebook.record(Birth::of(tag).site, head, false)?;
            record.resized(before, after);
            Some(())
        });
    }
}

unsafe fn moved(notebook: watch::Notebook, _: Tag, to: Tag) {
    // SAFETY: the heap passes the notebook that it was given.
    unsafe {
        with(notebook, |notebook, head| {
            let site = Birth::of(to).site;
            let record = profile::record(notebook.sites.find(site)?)?;
            record.settle(head.epoch());
            record.moved();
            Some(())
        });
    }
}

unsafe fn no_gap(_: watch::Notebook, _: u64) -> u64 {
    u64::MAX
}

unsafe fn sample_allocated(notebook: watch::Notebook, block: Watched) -> Tag {
    // SAFETY: the heap passes the notebook that it was given.
    let birth = unsafe {
        with(notebook, |notebook, head| {
            let (site, _) = notebook.capture();
            let bytes = block.requested_bytes as u64;
            let weight = notebook.weight(bytes, notebook.rate);
            let birth = Birth {
                site,
                mark: notebook.rate,
                time_ns: WATCH.now_ns(),
                clock_bytes: notebook.clock(head),
            };
            let record = notebook.record(site, head, true)?;
            let time_ns = Birth::of(birth.tag()).time_ns;
            record.allocated(block, WATCH.in_process(time_ns), weight.times());
            record.estimated(bytes, weight);
            notebook.count(block, weight, true);
            let estimate = weight.bytes(bytes);
            head.publish(estimate, estimate);
            tell_course(head, time_ns);
            Some(birth)
        })
    };
    birth.map_or(Tag::NONE, Birth::tag)
}

unsafe fn sample_freed(notebook: watch::Notebook, block: Watched, tag: Tag, remote: bool) {
    // SAFETY: the heap passes the notebook that it was given.
    unsafe {
        with(notebook, |notebook, head| {
            let birth = Birth::of(tag);
            let bytes = block.requested_bytes as u64;
            let weight = notebook.weight(bytes, birth.mark);
            head.fall(head.live_published_bytes.load(Relaxed));
            let now_ns = WATCH.now_ns();
            let end = notebook.end(head, birth, now_ns);
            let record = notebook.record(birth.site, head, true)?;
            record.freed(block, End { remote, ..end }, weight.times());
            record.estimated_freed(bytes, weight);
            notebook.count(block, weight, false);
            head.publish(-weight.bytes(bytes), 0);
            tell_course(head, now_ns);
            Some(())
        });
    }
}

unsafe fn sample_resized(notebook: watch::Notebook, before: Watched, after: Watched, tag: Tag) {
    // SAFETY: the heap passes the notebook that it was given.
    unsafe {
        with(notebook, |notebook, head| {
            let birth = Birth::of(tag);
            let (was, is) = (before.requested_bytes as u64, after.requested_bytes as u64);
            let weights = (
                notebook.weight(was, birth.mark),
                notebook.weight(is, birth.mark),
            );
            if is < was {
                head.fall(head.live_published_bytes.load(Relaxed));
            }
            let record = notebook.record(birth.site, head, true)?;
            record.resized(before, after);
            record.estimated_resized((was, weights.0), (is, weights.1));
            notebook.count(before, weights.0, false);
            notebook.count(after, weights.1, true);
            let change = weights.1.bytes(is) - weights.0.bytes(was);
            head.publish(change, change.max(0));
            Some(())
        });
    }
}

/// Draws the next gap; the last one was passed by `beyond` bytes.
unsafe fn gap(notebook: watch::Notebook, beyond: u64) -> u64 {
    // SAFETY: the heap passes the notebook that it was given.
    let drawn = unsafe {
        with(notebook, |notebook, head| {
            let passed = core::mem::take(&mut notebook.gap_bytes) + beyond;
            let allocated = head.allocated_clock_bytes.fetch_add(passed, Relaxed) + passed;
            let rates = profile::rates();
            notebook.rate = rates.number_at(allocated);
            notebook.gap_bytes = notebook.dice.gap_bytes(rates.bytes(notebook.rate));
            Some(notebook.gap_bytes)
        })
    };
    drawn.unwrap_or(profile::rates().last_bytes())
}

/// Notes how many bytes are live and held now, which the watch shows as `at_ns`.
pub(crate) fn tell_course(head: &Head, at_ns: u64) {
    let live = head.live_published_bytes.load(Relaxed).max(0);
    let held = head.held_bytes.load(Relaxed);
    COURSE.tell(WATCH.in_process(at_ns), live.cast_unsigned(), held);
}
