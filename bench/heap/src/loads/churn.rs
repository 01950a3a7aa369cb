//! A population of blocks of many sizes, of which a random one is replaced again and again.

use std::thread;

use crate::block::Block;
use crate::load::{Clock, Done, repeat};
use crate::random::Random;

/// Replacements in one round.
const REPLACEMENTS: usize = 4096;

pub(super) fn narrow(operations: u64) -> Done {
    Population::new(3, 20_000, 16 * 1024).churn(operations)
}

pub(super) fn wide(operations: u64) -> Done {
    Population::new(4, 500_000, 4 * 1024).churn(operations)
}

pub(super) fn two_threads(operations: u64) -> Done {
    let clock = Clock::start();
    let half = |seed| move || Population::new(seed, 20_000, 16 * 1024).churn(operations / 2);
    let done = thread::scope(|scope| {
        let other = scope.spawn(half(5));
        let own = half(6)();
        own.operations + other.join().expect("the load does not panic").operations
    });
    clock.done(done)
}

struct Population {
    random: Random,
    sizes: Vec<usize>,
    blocks: Vec<Block>,
}

impl Population {
    fn new(seed: u64, live: usize, largest: usize) -> Population {
        let mut random = Random::new(seed);
        let sizes = random.sizes(REPLACEMENTS, 8, largest);
        let blocks = (0..live)
            .map(|at| Block::new(sizes[at % REPLACEMENTS]))
            .collect();
        Population {
            random,
            sizes,
            blocks,
        }
    }

    fn churn(mut self, operations: u64) -> Done {
        let done = repeat(operations, REPLACEMENTS as u64, || {
            for &size in &self.sizes {
                let at = self.random.below(self.blocks.len());
                std::mem::replace(&mut self.blocks[at], Block::new(size)).free();
            }
        });
        self.blocks.into_iter().for_each(Block::free);
        done
    }
}
