//! Two threads with a population each, that free some blocks of the other: one in eight as blocks
//! come (`sh8`), or a quarter at the end of each phase (`rptest`).

use std::mem;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::block::Block;
use crate::load::{Clock, Done};
use crate::random::Random;

/// Blocks in a letter box from which on it is full.
const LETTERS_MAX: usize = 4_000;

/// A letter box: the neighbour drops blocks in, the owner empties it and frees them.
#[derive(Default)]
struct LetterBox(Mutex<Vec<Block>>);

impl LetterBox {
    /// Drops the blocks in. When the box is full they are freed here and now, or memory would
    /// tell which of the threads the scheduler likes.
    fn post(&self, blocks: &mut Vec<Block>) {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if letters.len() < LETTERS_MAX {
            letters.append(blocks);
            return;
        }
        drop(letters);
        blocks.drain(..).for_each(Block::free);
    }

    fn empty(&self) {
        let letters = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        letters.into_iter().for_each(Block::free);
    }
}

/// Runs `life` in two threads, each with its own box and its neighbour's, until both are done.
fn two(operations: u64, life: fn(u64, Random, &LetterBox, &LetterBox) -> u64) -> Done {
    let boxes = [LetterBox::default(), LetterBox::default()];
    let [left, right] = &boxes;
    let clock = Clock::start();
    let done = thread::scope(|scope| {
        let other = scope.spawn(move || life(operations / 2, Random::new(50), right, left));
        let own = life(operations / 2, Random::new(51), left, right);
        own + other.join().expect("the load does not panic")
    });
    boxes.iter().for_each(LetterBox::empty);
    clock.done(done)
}

pub(super) fn sh8(operations: u64) -> Done {
    two(operations, skewed)
}

/// Replaces blocks, small ones mostly, and posts one in eight.
fn skewed(operations: u64, mut random: Random, own: &LetterBox, others: &LetterBox) -> u64 {
    const BLOCKS: usize = 5_000;
    const SIZES: usize = 4_096;
    let sizes = random.sizes(SIZES, 8, 2_048);
    let mut blocks: Vec<Block> = (0..BLOCKS)
        .map(|at| Block::new(sizes[at % SIZES]))
        .collect();
    let mut letters = Vec::with_capacity(SIZES / 8);
    let rounds = operations.div_ceil(SIZES as u64);
    for _ in 0..rounds {
        for (count, &size) in sizes.iter().enumerate() {
            let at = random.below(BLOCKS);
            let old = mem::replace(&mut blocks[at], Block::new(size));
            if count % 8 == 0 {
                letters.push(old);
            } else {
                old.free();
            }
        }
        others.post(&mut letters);
        own.empty();
    }
    blocks.into_iter().for_each(Block::free);
    rounds * SIZES as u64
}

pub(super) fn rptest(operations: u64) -> Done {
    two(operations, in_phases)
}

/// Phases: allocate many, free a quarter newest first, post a quarter, keep half until the phase
/// after.
fn in_phases(operations: u64, mut random: Random, own: &LetterBox, others: &LetterBox) -> u64 {
    const BLOCKS: usize = 4_000;
    let mut kept: Vec<Block> = Vec::with_capacity(BLOCKS);
    let mut letters = Vec::with_capacity(BLOCKS);
    let phases = operations.div_ceil(BLOCKS as u64);
    for phase in 0..phases {
        // Even sizes, then skewed ones: the classes that were filled fall out of use.
        let size = |random: &mut Random| match phase % 2 {
            0 => 16 + random.below(7_984),
            _ => random.size(16, 8_000),
        };
        let mut blocks: Vec<Block> = (0..BLOCKS).map(|_| Block::new(size(&mut random))).collect();
        kept.drain(..).for_each(Block::free);
        while let Some(block) = blocks.pop() {
            match blocks.len() % 4 {
                0 => block.free(),
                1 => letters.push(block),
                _ => kept.push(block),
            }
        }
        others.post(&mut letters);
        own.empty();
    }
    kept.into_iter().for_each(Block::free);
    phases * BLOCKS as u64
}
