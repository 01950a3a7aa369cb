//! Threads that write to blocks of a few bytes: an allocator that puts the blocks of two threads
//! into one cache line makes both slow.

use std::thread;

use crate::block::Block;
use crate::load::{Clock, Done};

/// Bytes of a block.
const SIZE: usize = 8;

/// Writes to a block before it is freed.
const WRITES: usize = 100;

/// One thread gives each of two threads a block that lies beside the other's. They free it at
/// once, and then want blocks of their own.
pub(super) fn scratch(operations: u64) -> Done {
    let given = [Block::new(SIZE), Block::new(SIZE)].map(Some);
    write_in_threads(operations, given)
}

/// Two threads that want blocks of their own from the beginning.
pub(super) fn thrash(operations: u64) -> Done {
    write_in_threads(operations, [None, None])
}

fn write_in_threads(operations: u64, given: [Option<Block>; 2]) -> Done {
    let each = operations.div_ceil(2);
    let clock = Clock::start();
    thread::scope(|scope| {
        for block in given {
            scope.spawn(move || {
                block.into_iter().for_each(Block::free);
                for _ in 0..each {
                    let mut block = Block::new(SIZE);
                    for offset in 0..WRITES {
                        block.touch(offset % SIZE);
                    }
                    block.free();
                }
            });
        }
    });
    clock.done(2 * each)
}
