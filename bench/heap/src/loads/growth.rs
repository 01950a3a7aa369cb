//! Blocks that grow: by a little, by doubling, by a mebibyte.

use crate::block::Block;
use crate::load::{Done, repeat};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
const OS_PAGE: usize = 4 * KIB;

pub(super) fn append(operations: u64) -> Done {
    const STEP: usize = 64;
    repeat(operations, (MIB / STEP) as u64, || {
        let mut block = Block::new(STEP);
        for size in (STEP..=MIB).step_by(STEP) {
            block = block.resized(size);
            block.touch(size);
        }
        block.free();
    })
}

pub(super) fn double(operations: u64) -> Done {
    const BLOCKS: usize = 8;
    const DOUBLINGS: usize = 16;
    repeat(operations, (BLOCKS * DOUBLINGS) as u64, || {
        let mut blocks: Vec<Block> = (0..BLOCKS).map(|_| Block::new(64)).collect();
        for doubling in 1..=DOUBLINGS {
            let size = 64 << doubling;
            blocks = blocks
                .into_iter()
                .map(|block| grown(block, size / 2, size))
                .collect();
        }
        blocks.into_iter().for_each(Block::free);
    })
}

pub(super) fn huge(operations: u64) -> Done {
    const STEPS: usize = 128;
    repeat(operations, STEPS as u64, || {
        let mut block = Block::new(OS_PAGE);
        for step in 1..=STEPS {
            block = grown(block, (step - 1) * MIB, step * MIB);
        }
        block.free();
    })
}

/// Resizes and writes to each new OS page.
fn grown(block: Block, old: usize, size: usize) -> Block {
    let mut block = block.resized(size);
    for offset in (old..size).step_by(OS_PAGE) {
        block.touch(offset);
    }
    block
}
