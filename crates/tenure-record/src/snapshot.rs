//! What is live at a fork: the sum over all shards, which the child inherits.
//!
//! **Limit:** the other threads go on allocating while the sum is taken, so it may be off by what
//! they do in those microseconds.

use core::sync::atomic::Ordering::Relaxed;
use tenure_heap::counters::{CLASSES, HeapCounters};

/// Live blocks and bytes of one class.
#[derive(Clone, Copy)]
struct Live {
    blocks: u64,
    requested_bytes: u64,
}

/// Live blocks and bytes of a process at one moment.
pub(crate) struct Snapshot {
    classes: [Live; CLASSES],
    huge_usable_bytes: u64,
    /// Bytes mapped for the heap at that moment.
    pub(crate) held_bytes: u64,
}

/// `total += gained - lost`, never below zero: counters of running threads may be torn.
fn balance(total: &mut u64, gained: u64, lost: u64) {
    *total = total.wrapping_add(gained).wrapping_sub(lost);
}

impl Snapshot {
    /// Nothing is live.
    pub(crate) const fn new() -> Self {
        let none = Live {
            blocks: 0,
            requested_bytes: 0,
        };
        Self {
            classes: [none; CLASSES],
            huge_usable_bytes: 0,
            held_bytes: 0,
        }
    }

    /// Takes the sum of `shards`; shard 0, which holds what this process inherited, among them.
    pub(crate) fn take<'a>(
        &mut self,
        shards: impl Iterator<Item = &'a HeapCounters>,
        held_bytes: u64,
    ) {
        *self = Self::new();
        self.held_bytes = held_bytes;
        for shard in shards {
            balance(
                &mut self.huge_usable_bytes,
                shard.huge_usable_bytes.load(Relaxed),
                shard.huge_usable_freed_bytes.load(Relaxed),
            );
            for (live, class) in self.classes.iter_mut().zip(&shard.classes) {
                balance(
                    &mut live.blocks,
                    class.allocations.load(Relaxed),
                    class.frees.load(Relaxed),
                );
                balance(
                    &mut live.requested_bytes,
                    class.requested_bytes.load(Relaxed),
                    class.requested_freed_bytes.load(Relaxed),
                );
            }
        }
        // One shard's frees may exceed its allocations; only the sums are compared with zero.
        let clamp = |value: &mut u64| *value = value.cast_signed().max(0).cast_unsigned();
        clamp(&mut self.huge_usable_bytes);
        for live in &mut self.classes {
            clamp(&mut live.blocks);
            clamp(&mut live.requested_bytes);
        }
    }

    /// Requested bytes of all live blocks.
    pub(crate) fn live_bytes(&self) -> u64 {
        self.classes.iter().map(|live| live.requested_bytes).sum()
    }

    /// Writes the snapshot into the child's shard 0.
    pub(crate) fn store_into(&self, shard: &HeapCounters) {
        shard
            .huge_usable_bytes
            .store(self.huge_usable_bytes, Relaxed);
        for (live, class) in self.classes.iter().zip(&shard.classes) {
            class.allocations.store(live.blocks, Relaxed);
            class.requested_bytes.store(live.requested_bytes, Relaxed);
        }
    }
}
