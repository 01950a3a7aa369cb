//! A server's life: each thread replaces blocks at random for a while, then hands all of them to
//! the thread that comes after it, and ends.

use std::thread;

use crate::block::Block;
use crate::load::{Clock, Done};
use crate::random::Random;

/// Threads at a time, each followed by its own line of heirs.
const LINES: u64 = 2;

/// Live blocks of one line.
const BLOCKS: usize = 2_000;

/// Replacements before a thread gives way to the next.
const LIFETIME: u64 = 20_000;

pub(super) fn larson(operations: u64) -> Done {
    let generations = operations.div_ceil(LINES * LIFETIME);
    let clock = Clock::start();
    thread::scope(|scope| {
        for line in 0..LINES {
            scope.spawn(move || follow(line, generations));
        }
    });
    clock.done(generations * LINES * LIFETIME)
}

/// Lets one generation follow the other. This thread only waits for them.
fn follow(line: u64, generations: u64) {
    let mut random = Random::new(20 + line);
    let mut blocks: Vec<Block> = (0..BLOCKS).map(|_| Block::new(size(&mut random))).collect();
    for _ in 0..generations {
        let life = thread::spawn(move || live(random, blocks));
        (random, blocks) = life.join().expect("the load does not panic");
    }
    blocks.into_iter().for_each(Block::free);
}

/// The life of one thread.
fn live(mut random: Random, mut blocks: Vec<Block>) -> (Random, Vec<Block>) {
    for _ in 0..LIFETIME {
        let at = random.below(BLOCKS);
        let block = Block::new(size(&mut random));
        std::mem::replace(&mut blocks[at], block).free();
    }
    (random, blocks)
}

fn size(random: &mut Random) -> usize {
    8 + random.below(992)
}
