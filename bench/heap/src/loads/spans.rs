//! Blocks that are zeroed, large or aligned.

use std::hint::black_box;

use crate::block::Block;
use crate::load::{Done, repeat};
use crate::random::Random;

const KIB: usize = 1024;
const OS_PAGE: usize = 4 * KIB;

/// Operations in one round.
const ROUND: u64 = 64;

pub(super) fn zeros_4k(operations: u64) -> Done {
    let size = black_box(OS_PAGE);
    repeat(operations, ROUND, || {
        for _ in 0..ROUND {
            Block::zeroed(size).free();
        }
    })
}

pub(super) fn zeros_1m(operations: u64) -> Done {
    let size = black_box(1024 * KIB);
    repeat(operations, ROUND, || {
        for _ in 0..ROUND {
            let mut block = Block::zeroed(size);
            for offset in (0..size).step_by(OS_PAGE) {
                block.touch(offset);
            }
            block.free();
        }
    })
}

pub(super) fn large(operations: u64) -> Done {
    const LIVE: usize = 64;
    let mut random = Random::new(8);
    let sizes = random.sizes(1024, 32 * KIB, 1024 * KIB);
    let mut blocks: Vec<Block> = sizes
        .iter()
        .take(LIVE)
        .map(|&size| Block::new(size))
        .collect();
    let done = repeat(operations, sizes.len() as u64, || {
        for &size in &sizes {
            let mut block = Block::new(size);
            block.touch(size);
            std::mem::replace(&mut blocks[random.below(LIVE)], block).free();
        }
    });
    blocks.into_iter().for_each(Block::free);
    done
}

/// A block of 5 to 25 MiB, each OS page touched, takes the place of one of eight.
pub(super) fn large_5m(operations: u64) -> Done {
    const LIVE: usize = 8;
    const MIB: usize = 1024 * KIB;
    let mut random = Random::new(10);
    let mut blocks: Vec<Option<Block>> = (0..LIVE).map(|_| None).collect();
    repeat(operations, 1, || {
        let at = random.below(LIVE);
        // The old one goes first, as a program would that is short of memory.
        blocks[at].take().into_iter().for_each(Block::free);
        let size = 5 * MIB + random.below(20 * MIB);
        let mut block = Block::new(size);
        for offset in (0..size).step_by(OS_PAGE) {
            block.touch(offset);
        }
        blocks[at] = Some(block);
    })
}

pub(super) fn aligned_64(operations: u64) -> Done {
    aligned(operations, 64)
}

pub(super) fn aligned_4k(operations: u64) -> Done {
    aligned(operations, OS_PAGE)
}

fn aligned(operations: u64, align: usize) -> Done {
    const COUNT: usize = 100;
    let (align, size) = (black_box(align), black_box(200));
    let mut blocks = Vec::with_capacity(COUNT);
    repeat(operations, COUNT as u64, || {
        blocks.extend((0..COUNT).map(|_| Block::aligned(align, size)));
        blocks.drain(..).for_each(Block::free);
    })
}
