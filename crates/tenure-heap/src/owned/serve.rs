//! Handing out and taking back the blocks of first-class heaps.

use super::domain::{Domain, Share};
use super::{Answer, LimitReached};
use crate::allocate::{ALIGN_MIN, count, resample, slack_of};
use crate::arenas;
use crate::block::Block;
use crate::counters;
use crate::current;
use crate::free::push_remote;
use crate::heap::{DIRECT_BYTES_MAX, Heap};
use crate::huge;
use crate::limit;
use crate::page::{Kind, Page, flag};
use crate::remains;
use crate::resize::{resize_in_place, tell_moved};
use crate::size_class::{self, LARGEST_BYTES};
use crate::slices::SLICE_BYTES;
use crate::watch::Tag;
use core::ptr::{null_mut, with_exposed_provenance_mut};

/// How often a request that meets the limit asks what to do before it fails.
const ASKED_MAX: u32 = 16;

/// Why there is no block.
enum Failure {
    /// The limit, where that much was to be had in addition.
    Limit(usize),
    /// No memory, or no address space could hold it.
    Memory,
}

/// A block and whether it reads as zero.
type Served = Result<(*mut u8, bool), Failure>;

/// The part of an allocation without a call; `None` when the slow part is needed.
#[inline(always)]
pub(super) fn allocate_fast(id: u64, size: usize) -> Option<*mut u8> {
    if size > DIRECT_BYTES_MAX {
        return None;
    }
    let share = current::raw().hands.find(id)?;
    let page = share.heap.direct_page(size);
    let block = page.pop()?;
    share.tally.allocated_alone(page.block_bytes());
    Some(block.as_ptr())
}

/// The rest of an allocation, at a multiple of `align`, a power of two: every request may come
/// here. The block, null where there is none, and whether it reads as zero.
#[inline(never)]
pub(super) fn allocate_slow(domain: &'static Domain, size: usize, align: usize) -> (*mut u8, bool) {
    for asked in 0..=ASKED_MAX {
        match serve(domain, size, align) {
            Ok(served) => return served,
            Err(Failure::Memory) => {
                // It may be the limit of the whole process.
                let again = limit::within(size, || serve(domain, size, align).ok());
                return again.unwrap_or((null_mut(), false));
            }
            Err(Failure::Limit(wanted_bytes)) => {
                let again =
                    asked < ASKED_MAX && ask(domain, size, wanted_bytes) == Answer::TryAgain;
                if !again {
                    domain.account.note_refusal();
                    break;
                }
            }
        }
    }
    (null_mut(), false)
}

/// Asks who has been named for it what to do about the limit. No lock is held.
fn ask(domain: &'static Domain, requested_bytes: usize, wanted_bytes: usize) -> Answer {
    domain.handler().map_or(Answer::Refuse, |handler| {
        let reached = LimitReached {
            requested_bytes,
            wanted_bytes,
            held_bytes: domain.account.held_bytes(),
            limit_bytes: domain.account.limit_bytes(),
        };
        (handler.ask)(reached, handler.context)
    })
}

fn serve(domain: &'static Domain, size: usize, align: usize) -> Served {
    let rounded = if align <= ALIGN_MIN {
        Some(size)
    } else {
        size.max(1).checked_next_multiple_of(align)
    };
    let rounded = rounded.ok_or(Failure::Memory)?;
    let done = if align > SLICE_BYTES || rounded > LARGEST_BYTES {
        current::with(|thread| serve_huge(domain, thread, size, align))
    } else {
        let class = size_class::of(rounded);
        current::with(|thread| serve_class(domain, thread, class, size))
    };
    done.unwrap_or(Err(Failure::Memory))
}

fn serve_class(
    domain: &'static Domain,
    thread: &'static Heap,
    class: usize,
    requested: usize,
) -> Served {
    let share = domain.share(thread).ok_or(Failure::Memory)?;
    share.heap.refused.set(false);
    let mut taken = share.heap.take(class);
    if taken.is_none() && share.heap.refused.replace(false) {
        // What other classes and ended threads hold without need may be enough.
        share.heap.trim();
        domain.trim_idle();
        taken = share.heap.take(class);
    }
    let Some((page, block)) = taken else {
        return Err(if share.heap.refused.get() {
            Failure::Limit(page_step(class))
        } else {
            Failure::Memory
        });
    };
    share.tally.allocated_alone(page.block_bytes());
    share.tell_used();
    if counters::is_recording() {
        tell_allocated(thread, page, block, requested);
    }
    Ok((block.as_ptr(), false))
}

/// What a page of `class` wants when it has no free block.
fn page_step(class: usize) -> usize {
    crate::page::carve_step_bytes(size_class::block_bytes(class))
}

fn tell_allocated(thread: &Heap, page: &Page, block: Block, requested: usize) {
    remains::clear(page, block);
    if counters::is_on() {
        return count(thread, page, block, requested);
    }
    // Samples stay on the pages of their heap; so each block says whether it is one.
    let slack = slack_of(page.block_bytes(), requested);
    let tag = if thread.sampling.falls_on(requested) {
        let tag = thread.counting.tag(page.watched(block.address(), slack));
        resample(thread, requested);
        tag
    } else {
        Tag::NONE
    };
    page.keep(block.address(), slack, Some(tag));
}

fn serve_huge(domain: &'static Domain, thread: &'static Heap, size: usize, align: usize) -> Served {
    let usable = huge::usable_for(size).ok_or(Failure::Memory)?;
    charge(domain, thread, usable)?;
    let count = usable.div_ceil(SLICE_BYTES);
    let Some((page, zeroed)) = arenas::new_huge(count, usable, size, align) else {
        domain.account.uncharge(usable);
        return Err(Failure::Memory);
    };
    domain.adopt_huge(page);
    domain.besides.allocated(usable);
    domain.account.move_used(usable.cast_signed());
    huge::tell_allocated(thread, page, size);
    Ok((with_exposed_provenance_mut(page.start()), zeroed))
}

/// Charges `bytes`, after giving up what is held without need if that helps.
fn charge(domain: &'static Domain, thread: &Heap, bytes: usize) -> Result<(), Failure> {
    if domain.account.try_charge(bytes).is_ok() {
        return Ok(());
    }
    trim(domain, thread);
    domain
        .account
        .try_charge(bytes)
        .map_err(|refused| Failure::Limit(refused.wanted_bytes))
}

/// Gives back what the calling thread's share and those without a thread hold without need.
pub(super) fn trim(domain: &'static Domain, thread: &Heap) {
    if let Some(share) = thread.hands.find(domain.id()) {
        share.heap.trim();
        share.tell_used();
    }
    domain.trim_idle();
}

/// The short path of a free: the page is that of the calling thread's share of the heap number
/// `id`. Else false, and nothing has changed.
#[inline(always)]
pub(super) fn deallocate_fast(id: u64, address: usize) -> bool {
    let Some(share) = current::raw().hands.find(id) else {
        return false;
    };
    let owner = core::ptr::from_ref(&share.heap).addr() | flag::OWNED;
    let put = arenas::in_first_arena(address, |page| {
        let offset = address & (SLICE_BYTES - 1);
        if page.owner() != owner || !page.is_block_start(offset) {
            return false;
        }
        // SAFETY: a carved block of a page of this thread's share starts here; if it is in use it
        // is the caller's to give, if it is free nobody uses it.
        let block = unsafe { Block::at(address) };
        if !block.mark_free() {
            return false;
        }
        share.tally.freed_alone(page.block_bytes());
        if page.put(block) {
            share.heap.fell(page);
        }
        true
    });
    put == Some(true)
}

/// Takes a block of a first-class heap back, in use, that starts at `address` on `page`.
pub(crate) fn deallocate(page: &'static Page, address: usize) {
    if page.kind() == Kind::Huge {
        return deallocate_huge(page);
    }
    // SAFETY: the caller has checked that a block in use starts here, which is its to give.
    let block = unsafe { Block::at(address) };
    let share = Share::of(page);
    if counters::is_recording() {
        tell_freed(page, address, !share.is_callers());
    }
    block.mark_free();
    let bytes = page.block_bytes();
    if share.is_callers() {
        share.tally.freed_alone(bytes);
        share.heap.put(page, block);
    } else {
        // At once, and not in the thread's batches: the heap may be destroyed at any time.
        share.domain.besides.freed(bytes);
        share.domain.account.move_used(-bytes.cast_signed());
        push_remote(page, block, block, 1);
    }
}

fn deallocate_huge(page: &'static Page) {
    let domain = Domain::of_huge(page);
    let usable = page.huge_sizes().0;
    huge::tell_freed(page);
    domain.remove_huge(page);
    domain.besides.freed(usable);
    domain.account.move_used(-usable.cast_signed());
    arenas::release_huge(page);
    domain.account.uncharge(usable);
}

fn tell_freed(page: &Page, address: usize, remote: bool) {
    let (slack, tag) = page.kept(address);
    let watched = page.watched(address, slack);
    current::with(|thread| {
        if counters::is_on() {
            let requested = watched.requested_bytes;
            thread.counting.freed(page.class(), requested, remote);
        }
        thread.counting.untag(watched, tag, remote);
    });
}

/// Tells the recorder that every block of the heap comes back. O(blocks).
pub(super) fn tell_all_freed(domain: &'static Domain) {
    domain.for_each_page(&mut |page| {
        if page.kind() == Kind::Huge {
            return huge::tell_freed(page);
        }
        crate::usage::for_each_in(page, &mut |block| tell_freed(page, block.address, false));
    });
}

/// As [`crate::reallocate`], for a block on a page of a first-class heap: it stays in that heap.
pub(crate) fn reallocate(page: &'static Page, block: *mut u8, size: usize) -> *mut u8 {
    let (domain, usable) = match page.kind() {
        Kind::Huge => (Domain::of_huge(page), page.huge_sizes().0),
        _ => (Share::of(page).domain, page.block_bytes()),
    };
    let enough = size <= usable && usable - size <= (usable / 2).min(u16::MAX as usize);
    if page.kind() == Kind::Blocks && enough {
        resize_in_place(page, block.addr(), size);
        return block;
    }
    let stays_huge = page.kind() == Kind::Huge && size > LARGEST_BYTES;
    if stays_huge && resize_huge(domain, page, size) {
        return block;
    }
    let target = match allocate_fast(domain.id(), size) {
        Some(target) => target,
        None => allocate_slow(domain, size, 1).0,
    };
    if target.is_null() {
        return target;
    }
    if stays_huge {
        huge::move_contents(page, target, huge::usable_for(size).unwrap_or(0), true);
    } else {
        // SAFETY: two distinct blocks, the smaller of which has this many bytes.
        unsafe { target.copy_from_nonoverlapping(block, usable.min(size)) };
        tell_moved(page, block.addr(), target.addr());
    }
    deallocate(page, block.addr());
    target
}

/// Makes a huge block `size` bytes long where it lies; false, and nothing changed, when it cannot.
fn resize_huge(domain: &'static Domain, page: &'static Page, size: usize) -> bool {
    let Some(usable) = huge::usable_for(size) else {
        return false;
    };
    let before = page.huge_sizes().0;
    let more = usable.saturating_sub(before);
    if more > 0 && domain.account.try_charge(more).is_err() {
        return false;
    }
    if !huge::resize_in_place(page, usable, size) {
        domain.account.uncharge(more);
        return false;
    }
    let less = before.saturating_sub(usable);
    domain.account.uncharge(less);
    domain.besides.grown(more, less);
    domain
        .account
        .move_used(more.cast_signed() - less.cast_signed());
    true
}
