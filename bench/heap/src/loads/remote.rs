//! One thread allocates, the other frees: every free is remote.

use std::hint;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::thread;

use crate::block::Block;
use crate::load::{Clock, Done};
use crate::random::Random;

/// Blocks on their way at most.
const RING: usize = 1024;

/// Looks at a slot before the thread gives way: two threads that spin on two shared cores would
/// time the scheduler.
const SPINS: u32 = 2000;

pub(super) fn of_64(operations: u64) -> Done {
    hand_over(operations, &vec![64; RING])
}

pub(super) fn mixed(operations: u64) -> Done {
    hand_over(operations, &Random::new(7).sizes(RING, 8, 2048))
}

/// Both sides know the size of the block in each slot of the ring.
fn hand_over(operations: u64, sizes: &[usize]) -> Done {
    let ring: Vec<AtomicPtr<u8>> = (0..RING).map(|_| AtomicPtr::new(ptr::null_mut())).collect();
    let rounds = operations.div_ceil(RING as u64);
    let clock = Clock::start();
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..rounds {
                for (slot, &size) in ring.iter().zip(sizes) {
                    take(slot, size).free();
                }
            }
        });
        for _ in 0..rounds {
            for (slot, &size) in ring.iter().zip(sizes) {
                put(slot, Block::new(size));
            }
        }
    });
    clock.done(rounds * RING as u64)
}

/// Waits until the slot is empty.
fn put(slot: &AtomicPtr<u8>, block: Block) {
    wait(|| slot.load(Ordering::Acquire).is_null().then_some(()));
    // Pairs with the Acquire load in `take`: the block's contents go with it.
    slot.store(block.into_address(), Ordering::Release);
}

/// Waits until the slot is full.
fn take(slot: &AtomicPtr<u8>, size: usize) -> Block {
    let address = wait(|| NonNull::new(slot.load(Ordering::Acquire)));
    // Pairs with the Acquire load in `put`: the slot is read before it is filled again.
    slot.store(ptr::null_mut(), Ordering::Release);
    // SAFETY: `put` filled the slot from `into_address`, with the size that belongs to this slot,
    // and only this thread empties it.
    unsafe { Block::from_address(address, size) }
}

fn wait<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    loop {
        for _ in 0..SPINS {
            if let Some(value) = ready() {
                return value;
            }
            hint::spin_loop();
        }
        thread::yield_now();
    }
}
