//! Threads that are born, allocate a little and end.

use std::thread;

use crate::block::Block;
use crate::load::{Done, repeat};
use crate::random::Random;

/// Blocks of one thread.
const BLOCKS: usize = 100;

pub(super) fn short(operations: u64) -> Done {
    let sizes = Random::new(9).sizes(BLOCKS, 8, 2048);
    repeat(operations, 1, || {
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut blocks = Vec::with_capacity(BLOCKS);
                blocks.extend(sizes.iter().map(|&size| Block::new(size)));
                blocks.into_iter().for_each(Block::free);
            });
        });
    })
}
