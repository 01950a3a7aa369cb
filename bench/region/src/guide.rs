//! The two claims of the guide, in each of their shapes: a pool is 10 to 50 times as fast as
//! malloc, an arena 5 to 20 times.
//!
//! *Again* is memory that was touched before: the pool or arena of the turn before, and glibc keeps
//! small blocks in lists by itself. `new` makes the arena anew each turn, as the guide does, beside
//! a malloc that keeps what it has. `first` is one turn of a fresh process: nobody has touched any.

use std::alloc::{Layout, alloc, dealloc};
use std::hint::black_box;

use tenure_region::{Arena, Bump, LocalBox, LocalPool, Pool, Slots};

use crate::loads::{Load, load, timed};

/// Blocks at once that stay in a cache.
const FEW: usize = 10_000;
/// Blocks at once that do not.
const MANY: usize = 1_000_000;
/// A block of the guide's pool.
type Node = [u64; 4];
/// A block of the guide's arena.
const BLOCK: Layout = Layout::new::<[u8; 100]>();

/// Every load of the guide.
pub(crate) const ALL: &[Load] = &[
    load("guide-pool-pair", "tenure", 50_000_000, pool_pair),
    load("guide-pool-pair", "malloc", 50_000_000, malloc_pair),
    load("guide-pool-few", "tenure", 20_000_000, pool::<FEW>),
    load("guide-pool-few", "malloc", 10_000_000, malloc::<FEW>),
    load("guide-pool-few-all", "tenure", 20_000_000, pool_all::<FEW>),
    load("guide-pool-few-all", "malloc", 10_000_000, malloc::<FEW>),
    load("guide-pool-many", "tenure", 10_000_000, pool::<MANY>),
    load("guide-pool-many", "malloc", 10_000_000, malloc::<MANY>),
    load(
        "guide-pool-many-all",
        "tenure",
        10_000_000,
        pool_all::<MANY>,
    ),
    load("guide-pool-many-all", "malloc", 10_000_000, malloc::<MANY>),
    load("guide-pool-first", "tenure", 1_000_000, pool::<MANY>),
    load("guide-pool-first", "malloc", 1_000_000, malloc::<MANY>),
    load("guide-static-many", "tenure", 5_000_000, static_many),
    load("guide-static-many", "malloc", 10_000_000, malloc::<MANY>),
    load("guide-slots-many", "tenure", 5_000_000, slots_many),
    load("guide-slots-many", "malloc", 10_000_000, malloc::<MANY>),
    load("guide-arena-pair", "tenure", 50_000_000, arena_pair),
    load("guide-arena-pair", "malloc", 50_000_000, malloc_100_pair),
    load("guide-arena-tail", "tenure", 50_000_000, arena_tail),
    load("guide-arena-tail", "malloc", 50_000_000, malloc_100_pair),
    load(
        "guide-arena-untouched",
        "tenure",
        20_000_000,
        arena::<FEW, false>,
    ),
    load(
        "guide-arena-untouched",
        "malloc",
        10_000_000,
        malloc_100::<FEW, false>,
    ),
    load(
        "guide-arena-written",
        "tenure",
        20_000_000,
        arena::<FEW, true>,
    ),
    load(
        "guide-arena-written",
        "malloc",
        10_000_000,
        malloc_100::<FEW, true>,
    ),
    load(
        "guide-arena-untouched-new",
        "tenure",
        20_000_000,
        arena_new::<false>,
    ),
    load(
        "guide-arena-untouched-new",
        "malloc",
        10_000_000,
        malloc_100::<FEW, false>,
    ),
    load(
        "guide-arena-written-new",
        "tenure",
        5_000_000,
        arena_new::<true>,
    ),
    load(
        "guide-arena-written-new",
        "malloc",
        10_000_000,
        malloc_100::<FEW, true>,
    ),
    load(
        "guide-arena-first",
        "tenure",
        1_000_000,
        arena::<MANY, true>,
    ),
    load(
        "guide-arena-first",
        "malloc",
        1_000_000,
        malloc_100::<MANY, true>,
    ),
];

static NODES: Pool<Node, MANY> = Pool::new();

/// Runs `turn`, which makes and frees so many, as often as the operations need. One turn is run
/// before the clock starts, unless there is no other.
fn turns(count: usize, operations: u64, mut turn: impl FnMut()) -> f64 {
    let turns = operations.div_ceil(count as u64);
    if turns > 1 {
        turn();
    }
    timed(turns * count as u64, || (0..turns).for_each(|_| turn()))
}

fn pool<const COUNT: usize>(operations: u64) -> f64 {
    let nodes = LocalPool::<Node>::new();
    let mut kept = Vec::with_capacity(COUNT);
    turns(COUNT, operations, || {
        kept.extend((0..COUNT).map(|n| nodes.alloc([n as u64; 4])));
        black_box(&mut kept).clear();
    })
}

/// All places come back at once.
fn pool_all<const COUNT: usize>(operations: u64) -> f64 {
    let mut nodes = LocalPool::<Node>::new();
    turns(COUNT, operations, || {
        nodes.reset();
        for n in 0..COUNT {
            black_box(LocalBox::leak(nodes.alloc([n as u64; 4])));
        }
    })
}

fn static_many(operations: u64) -> f64 {
    let mut kept = Vec::with_capacity(MANY);
    turns(MANY, operations, || {
        kept.extend((0..MANY).filter_map(|n| NODES.alloc([n as u64; 4]).ok()));
        black_box(&mut kept).clear();
    })
}

fn slots_many(operations: u64) -> f64 {
    let mut nodes = Slots::<Node>::new();
    let mut kept = Vec::with_capacity(MANY);
    turns(MANY, operations, || {
        kept.extend((0..MANY).map(|n| nodes.insert([n as u64; 4])));
        for key in kept.drain(..) {
            black_box(nodes.remove(key));
        }
    })
}

fn malloc<const COUNT: usize>(operations: u64) -> f64 {
    let mut kept: Vec<Box<Node>> = Vec::with_capacity(COUNT);
    turns(COUNT, operations, || {
        kept.extend((0..COUNT).map(|n| Box::new([n as u64; 4])));
        black_box(&mut kept).clear();
    })
}

fn pool_pair(operations: u64) -> f64 {
    let nodes = LocalPool::<Node>::new();
    timed(operations, || {
        for n in 0..operations {
            black_box(&nodes.alloc([n; 4]));
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

/// A hundred bytes of which eight are written, if any.
#[inline(always)]
fn block<const IS_WRITTEN: bool>(arena: &Bump, n: u64) {
    let Ok(block) = arena.try_slice_uninit::<u8>(100) else {
        return;
    };
    if IS_WRITTEN {
        block[..8].write_copy_of_slice(&n.to_ne_bytes());
    }
    black_box(block.as_mut_ptr());
}

fn arena_pair(operations: u64) -> f64 {
    let mut arena = Arena::new();
    timed(operations, || {
        for n in 0..operations {
            block::<true>(&arena, n);
            arena.reset();
        }
    })
}

/// The pair with a scope in the place of the reset.
fn arena_tail(operations: u64) -> f64 {
    let mut arena = Arena::new();
    arena.alloc_plain(0u64);
    timed(operations, || {
        for n in 0..operations {
            arena.tail(|scope| block::<true>(&scope, n));
        }
    })
}

fn arena<const COUNT: usize, const IS_WRITTEN: bool>(operations: u64) -> f64 {
    let mut arena = Arena::new();
    turns(COUNT, operations, || {
        arena.reset();
        (0..COUNT).for_each(|n| block::<IS_WRITTEN>(&arena, n as u64));
    })
}

fn arena_new<const IS_WRITTEN: bool>(operations: u64) -> f64 {
    turns(FEW, operations, || {
        let arena = Arena::new();
        (0..FEW).for_each(|n| block::<IS_WRITTEN>(&arena, n as u64));
    })
}

/// A hundred bytes of malloc.
#[inline(always)]
fn malloc_block<const IS_WRITTEN: bool>(n: u64) -> *mut u8 {
    // SAFETY: the layout is not empty.
    let block = black_box(unsafe { alloc(BLOCK) });
    if IS_WRITTEN {
        // SAFETY: the memory is there, or the process has none; it has room for eight bytes.
        unsafe { block.cast::<u64>().write_unaligned(n) };
    }
    block
}

fn malloc_100_pair(operations: u64) -> f64 {
    timed(operations, || {
        for n in 0..operations {
            let block = malloc_block::<true>(n);
            // SAFETY: allocated just now with this layout.
            unsafe { dealloc(block, BLOCK) };
        }
    })
}

fn malloc_100<const COUNT: usize, const IS_WRITTEN: bool>(operations: u64) -> f64 {
    let mut kept = Vec::with_capacity(COUNT);
    turns(COUNT, operations, || {
        kept.extend((0..COUNT).map(|n| malloc_block::<IS_WRITTEN>(n as u64)));
        for block in kept.drain(..) {
            // SAFETY: allocated above with this layout.
            unsafe { dealloc(block, BLOCK) };
        }
    })
}
