//! Many blocks of one size, then all of them freed: in order, backwards, scattered.

use std::hint::black_box;

use crate::block::Block;
use crate::load::{Done, repeat};
use crate::random::Random;

pub(super) fn fifo(operations: u64) -> Done {
    in_order(operations, 1_000, 64)
}

pub(super) fn wide(operations: u64) -> Done {
    in_order(operations, 1_000_000, 32)
}

fn in_order(operations: u64, count: usize, size: usize) -> Done {
    let size = black_box(size);
    let mut blocks = Vec::with_capacity(count);
    repeat(operations, count as u64, || {
        blocks.extend((0..count).map(|_| Block::new(size)));
        blocks.drain(..).for_each(Block::free);
    })
}

pub(super) fn lifo(operations: u64) -> Done {
    const COUNT: usize = 1_000;
    let size = black_box(64);
    let mut blocks = Vec::with_capacity(COUNT);
    repeat(operations, COUNT as u64, || {
        blocks.extend((0..COUNT).map(|_| Block::new(size)));
        while let Some(block) = blocks.pop() {
            block.free();
        }
    })
}

pub(super) fn random(operations: u64) -> Done {
    const COUNT: usize = 100_000;
    let size = black_box(64);
    let order = Random::new(2).order(COUNT);
    let mut blocks: Vec<Option<Block>> = Vec::with_capacity(COUNT);
    repeat(operations, COUNT as u64, || {
        blocks.clear();
        blocks.extend((0..COUNT).map(|_| Some(Block::new(size))));
        for &at in &order {
            blocks[at].take().into_iter().for_each(Block::free);
        }
    })
}
