//! A producer and a consumer: batches of blocks of many sizes go through a queue, and are freed
//! by the thread that did not allocate them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use crate::block::Block;
use crate::load::{Clock, Done};
use crate::random::Random;

/// Blocks of one batch.
const BATCH: usize = 1_000;

/// Batches on their way at most.
const WAITING: usize = 16;

/// A queue of batches with room for so many; whoever finds no room or no batch sleeps.
struct Queue {
    batches: Mutex<VecDeque<Vec<Block>>>,
    changed: Condvar,
}

impl Queue {
    fn new() -> Queue {
        Queue {
            batches: Mutex::new(VecDeque::with_capacity(WAITING)),
            changed: Condvar::new(),
        }
    }

    fn put(&self, batch: Vec<Block>) {
        let batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .changed
            .wait_while(batches, |batches| batches.len() == WAITING);
        let mut batches = waited.unwrap_or_else(PoisonError::into_inner);
        batches.push_back(batch);
        self.changed.notify_one();
    }

    fn take(&self) -> Vec<Block> {
        let batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .changed
            .wait_while(batches, |batches| batches.is_empty());
        let mut batches = waited.unwrap_or_else(PoisonError::into_inner);
        let batch = batches.pop_front().unwrap_or_default();
        self.changed.notify_one();
        batch
    }
}

pub(super) fn xmalloc(operations: u64) -> Done {
    let batches = operations.div_ceil(BATCH as u64);
    let sizes = Random::new(40).sizes(4_096, 8, 1_024);
    let queue = Queue::new();
    let clock = Clock::start();
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..batches {
                queue.take().into_iter().for_each(Block::free);
            }
        });
        let mut sizes = sizes.iter().cycle();
        for _ in 0..batches {
            let batch = sizes.by_ref().take(BATCH);
            queue.put(batch.map(|&size| Block::new(size)).collect());
        }
    });
    clock.done(batches * BATCH as u64)
}
