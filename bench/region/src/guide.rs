//! The two claims of the guide, each in both of its shapes: a pool is 10 to 50 times as fast as
//! malloc, an arena 5 to 20 times.

use std::alloc::{Layout, alloc, dealloc};
use std::hint::black_box;

use crate::loads::{FILLING, Load, fillings, load, timed};

/// Every load of the guide.
pub(crate) const ALL: &[Load] = &[
    load("guide-pool-many", "tenure", 10_000_000, pool_many),
    load("guide-pool-many", "malloc", 10_000_000, malloc_many),
    load("guide-pool-pair", "tenure", 50_000_000, pool_pair),
    load("guide-pool-pair", "malloc", 50_000_000, malloc_pair),
    load("guide-slots-many", "tenure", 10_000_000, slots_many),
    load("guide-slots-many", "malloc", 10_000_000, malloc_many),
    load(
        "guide-arena-untouched",
        "tenure",
        20_000_000,
        arena::<false>,
    ),
    load(
        "guide-arena-untouched",
        "malloc",
        10_000_000,
        malloc_100::<false>,
    ),
    load("guide-arena-written", "tenure", 20_000_000, arena::<true>),
    load(
        "guide-arena-written",
        "malloc",
        10_000_000,
        malloc_100::<true>,
    ),
];

/// Blocks of the guide's pool that live at once.
const MANY: usize = 1_000_000;
/// A block of the guide's pool.
type Node = [u64; 4];

static NODES: tenure_region::Pool<Node, MANY> = tenure_region::Pool::new();

/// Runs `turn`, which makes and frees a million, as often as the operations need.
fn turns(operations: u64, mut turn: impl FnMut()) -> f64 {
    let turns = operations.div_ceil(MANY as u64);
    timed(turns * MANY as u64, || (0..turns).for_each(|_| turn()))
}

fn pool_many(operations: u64) -> f64 {
    let mut kept = Vec::with_capacity(MANY);
    turns(operations, || {
        kept.extend((0..MANY).filter_map(|n| NODES.alloc([n as u64; 4]).ok()));
        kept.clear();
    })
}

fn slots_many(operations: u64) -> f64 {
    let mut nodes = tenure_region::Slots::<Node>::new();
    let mut kept = Vec::with_capacity(MANY);
    turns(operations, || {
        kept.extend((0..MANY).map(|n| nodes.insert([n as u64; 4])));
        for key in kept.drain(..) {
            black_box(nodes.remove(key));
        }
    })
}

fn malloc_many(operations: u64) -> f64 {
    let mut kept: Vec<Box<Node>> = Vec::with_capacity(MANY);
    turns(operations, || {
        kept.extend((0..MANY).map(|n| Box::new([n as u64; 4])));
        kept.clear();
    })
}

fn pool_pair(operations: u64) -> f64 {
    timed(operations, || {
        for n in 0..operations {
            black_box(&NODES.alloc([n; 4]));
        }
    })
}

fn malloc_pair(operations: u64) -> f64 {
    timed(operations, || {
        for n in 0..operations {
            black_box(&Box::new([n; 4]));
        }
    })
}

/// A hundred bytes, ten thousand times, then all at once; the arena is made and ended each time.
fn arena<const IS_WRITTEN: bool>(operations: u64) -> f64 {
    fillings(operations, || {
        let arena = tenure_region::Arena::new();
        for n in 0..FILLING {
            let Ok(block) = arena.try_slice_uninit::<u8>(100) else {
                break;
            };
            if IS_WRITTEN {
                block[..8].write_copy_of_slice(&n.to_ne_bytes());
            }
            black_box(block.as_mut_ptr());
        }
    })
}

fn malloc_100<const IS_WRITTEN: bool>(operations: u64) -> f64 {
    let layout = Layout::new::<[u8; 100]>();
    let mut kept = Vec::with_capacity(FILLING as usize);
    fillings(operations, || {
        for n in 0..FILLING {
            // SAFETY: the layout is not empty, and the memory is there or the process has none.
            let block = black_box(unsafe { alloc(layout) });
            if IS_WRITTEN {
                // SAFETY: as above; a hundred bytes have room for eight.
                unsafe { block.cast::<u64>().write_unaligned(n) };
            }
            kept.push(block);
        }
        for block in kept.drain(..) {
            // SAFETY: allocated above with this layout.
            unsafe { dealloc(block, layout) };
        }
    })
}
