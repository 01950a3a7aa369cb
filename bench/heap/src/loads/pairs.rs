//! Allocate, free, allocate, free: the fast path and nothing else.

use std::hint::black_box;

use crate::block::Block;
use crate::load::{Done, repeat};
use crate::random::Random;

/// Pairs in one round.
const PAIRS: u64 = 1024;

pub(super) fn of_16(operations: u64) -> Done {
    pairs(operations, 16)
}

pub(super) fn of_64(operations: u64) -> Done {
    pairs(operations, 64)
}

pub(super) fn of_256(operations: u64) -> Done {
    pairs(operations, 256)
}

pub(super) fn of_1k(operations: u64) -> Done {
    pairs(operations, 1024)
}

pub(super) fn of_16k(operations: u64) -> Done {
    pairs(operations, 16 * 1024)
}

fn pairs(operations: u64, size: usize) -> Done {
    let size = black_box(size);
    repeat(operations, PAIRS, || {
        for _ in 0..PAIRS {
            Block::new(size).free();
        }
    })
}

pub(super) fn mixed(operations: u64) -> Done {
    let sizes = Random::new(1).sizes(PAIRS as usize, 8, 2048);
    repeat(operations, PAIRS, || {
        for &size in &sizes {
            Block::new(size).free();
        }
    })
}
