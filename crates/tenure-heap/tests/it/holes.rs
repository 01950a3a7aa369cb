//! Memory that pages give back while some of their blocks are in use.

use crate::support::{self, Recorded};
use tenure_heap::{FaultKind, Purge, allocate, deallocate, for_each_block, set_purge, trim, usage};

/// A block of `bytes` that is filled with what [`Held::assert_whole`] expects.
struct Held {
    block: *mut u8,
    bytes: usize,
    fill: u8,
}

// SAFETY: a block belongs to whoever holds the value.
unsafe impl Send for Held {}

impl Held {
    fn new(bytes: usize, fill: u8) -> Self {
        support::start();
        let block = allocate(bytes);
        assert!(!block.is_null());
        // SAFETY: the block was handed out just now and has this many bytes.
        unsafe { block.write_bytes(fill, bytes) };
        Self { block, bytes, fill }
    }

    fn assert_whole(&self) {
        // SAFETY: the block is in use and was filled.
        let contents = unsafe { std::slice::from_raw_parts(self.block, self.bytes) };
        let whole = contents.iter().all(|byte| *byte == self.fill);
        assert!(whole, "a block of {} bytes has changed", self.bytes);
    }

    fn free(self) {
        self.assert_whole();
        // SAFETY: the value is consumed, so the block is given back once.
        unsafe { deallocate(self.block) };
    }
}

/// xorshift64*: enough to choose what is freed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }
}

fn blocks(bytes: usize, total_bytes: usize) -> Vec<Held> {
    (0..total_bytes / bytes)
        .map(|number| Held::new(bytes, number as u8 | 1))
        .collect()
}

/// Frees all but every 20th, in random order.
fn free_most(mut held: Vec<Held>, dice: &mut Dice) -> Vec<Held> {
    let keep = held.len() / 20 + 1;
    while held.len() > keep {
        let chosen = dice.below(held.len());
        held.swap_remove(chosen).free();
    }
    held
}

#[test]
fn what_is_left_stays_whole_and_the_rest_comes_back() {
    support::alone(
        "holes::what_is_left_stays_whole_and_the_rest_comes_back",
        || {
            set_purge(Purge::Inline);
            let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
            for bytes in [
                16, 48, 200, 512, 1000, 2048, 3000, 5000, 9000, 20_000, 70_000, 300_000,
            ] {
                let held = free_most(blocks(bytes, 8 << 20), &mut dice);
                let live: usize = held.iter().map(|block| block.bytes).sum();
                let before = usage().held_bytes;
                trim();
                let after = usage().held_bytes;
                assert!(after <= before);
                if bytes >= 512 && !is_sampled() {
                    let rest = after.saturating_sub(live);
                    assert!(
                        rest < (8 << 20) / 2,
                        "{bytes}: {rest} of {before} stay held"
                    );
                }
                held.iter().for_each(Held::assert_whole);
                let seen = seen_of(&held);
                assert_eq!(seen, held.len(), "{bytes}: blocks in holes are not in use");
                let more = blocks(bytes, 8 << 20);
                held.iter().for_each(Held::assert_whole);
                tenure_heap_check();
                for block in held.into_iter().chain(more) {
                    block.free();
                }
                trim();
            }
            assert!(usage().held_bytes < 4 << 20, "{:?}", usage());
        },
    );
}

/// Whether many blocks lie on the pages of samples, which are not given back.
fn is_sampled() -> bool {
    support::start() == Recorded::Sampled
}

/// How many of the blocks a walk finds, of those of their size.
fn seen_of(held: &[Held]) -> usize {
    let mut addresses: Vec<_> = held.iter().map(|block| block.block.addr()).collect();
    addresses.sort_unstable();
    let mut seen = Vec::with_capacity(1 << 20);
    let least = held[0].bytes;
    for_each_block(&mut |block| {
        if block.usable_bytes >= least && block.usable_bytes <= least + least / 8 + 16 {
            seen.push(block.address);
        }
    });
    seen.iter()
        .filter(|address| addresses.binary_search(address).is_ok())
        .count()
        .max(seen.len())
}

fn tenure_heap_check() {
    #[cfg(feature = "check")]
    tenure_heap::check();
}

#[test]
fn a_block_in_a_hole_is_not_freed_twice() {
    support::alone("holes::a_block_in_a_hole_is_not_freed_twice", || {
        let held = blocks(1024, 1 << 20);
        let mut gone = Vec::new();
        let mut kept = Vec::new();
        for (number, block) in held.into_iter().enumerate() {
            if number % 40 == 0 {
                kept.push(block);
            } else {
                gone.push(block.block.expose_provenance());
                block.free();
            }
        }
        trim();
        tenure_heap::set_fault_handler(|fault| std::panic::resume_unwind(Box::new(fault)));
        for address in gone {
            let raised = std::panic::catch_unwind(|| {
                // SAFETY: a planted double free: the handler raises before anything changes.
                unsafe { deallocate(core::ptr::with_exposed_provenance_mut(address)) };
            });
            let fault = *raised
                .unwrap_err()
                .downcast::<tenure_heap::Fault>()
                .unwrap();
            assert_eq!(fault.kind, FaultKind::DoubleFree);
        }
        kept.into_iter().for_each(Held::free);
    });
}

#[test]
fn a_sleeping_thread_keeps_nothing_back() {
    support::alone("holes::a_sleeping_thread_keeps_nothing_back", || {
        set_purge(Purge::Inline);
        let (tell, told) = std::sync::mpsc::channel();
        let (wake, woken) = std::sync::mpsc::channel::<()>();
        let sleeper = std::thread::spawn(move || {
            let held = free_most(blocks(700, 32 << 20), &mut Dice(7));
            tell.send(()).unwrap();
            woken.recv().unwrap();
            held.into_iter().for_each(Held::free);
        });
        told.recv().unwrap();
        let before = usage().held_bytes;
        trim();
        let after = usage().held_bytes;
        let free_bytes = before - (32 << 20) / 20;
        assert!(before > 30 << 20, "{before}");
        let given = before - after;
        assert!(
            is_sampled() || given > free_bytes / 10 * 6,
            "{before} {after}"
        );
        wake.send(()).unwrap();
        sleeper.join().unwrap();
    });
}

#[test]
fn many_threads_work_while_one_takes_what_they_spare() {
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4_u64)
            .map(|seed| {
                scope.spawn(move || {
                    let mut dice = Dice(seed + 1);
                    for round in 0..12 {
                        let bytes = [64, 512, 1500, 9000][(round + seed as usize) % 4];
                        let held = free_most(blocks(bytes, 2 << 20), &mut dice);
                        let more = blocks(bytes, 1 << 20);
                        // Half of it is freed by somebody else.
                        std::thread::spawn(move || more.into_iter().for_each(Held::free))
                            .join()
                            .unwrap();
                        held.into_iter().for_each(Held::free);
                    }
                    tenure_heap_check();
                })
            })
            .collect();
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                trim();
            }
        });
        workers
            .into_iter()
            .for_each(|worker| worker.join().unwrap());
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn all_of_it_when_recorded() {
    support::again_recorded("holes::");
}
