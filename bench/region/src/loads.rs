//! The loads: what one operation is, for whom.

use std::alloc::Layout;
use std::hint::black_box;
use std::time::Instant;

use crate::probes::{self, Raw};

/// One load of one rival.
pub(crate) struct Load {
    /// What is done.
    pub(crate) name: &'static str,
    /// Who does it.
    pub(crate) rival: &'static str,
    /// How many operations make a run of some tenths of a second.
    pub(crate) operations: u64,
    /// Does so many; nanoseconds for one.
    pub(crate) run: fn(u64) -> f64,
}

/// A load.
pub(crate) const fn load(
    name: &'static str,
    rival: &'static str,
    operations: u64,
    run: fn(u64) -> f64,
) -> Load {
    Load {
        name,
        rival,
        operations,
        run,
    }
}

/// Every load of arenas, of everybody.
pub(crate) const ALL: &[Load] = &[
    load("u32", "tenure", 50_000_000, u32_tenure),
    load("u32", "bumpalo", 50_000_000, u32_bumpalo),
    load("u32", "bump-scope", 50_000_000, u32_bump_scope),
    load("grow", "tenure", 20_000_000, grow_tenure),
    load("grow", "bumpalo", 20_000_000, grow_bumpalo),
    load("grow", "bump-scope", 20_000_000, grow_bump_scope),
    load("fill-32", "tenure", 20_000_000, fill_tenure),
    load("fill-32", "bumpalo", 20_000_000, fill_bumpalo),
    load("fill-32", "bump-scope", 20_000_000, fill_bump_scope),
    load("fill-32", "blink-alloc", 20_000_000, fill_blink),
    load("fill-32", "malloc", 5_000_000, fill_malloc),
    load("typed-32", "tenure", 20_000_000, typed_tenure),
    load("typed-32", "typed-arena", 20_000_000, typed_typed),
    load("vector", "tenure", 50_000_000, vector_tenure),
    load("vector", "bumpalo", 50_000_000, vector_bumpalo),
    load("vector", "malloc", 50_000_000, vector_std),
    load("tail-scope", "tenure", 50_000_000, tail_tenure),
    load("tail-scope", "bump-scope", 50_000_000, tail_bump_scope),
    load("tail-scope", "bumpalo", 5_000_000, tail_bumpalo),
    load("side-scope", "tenure", 50_000_000, side_tenure),
    load("side-scope", "bump-scope", 50_000_000, side_bump_scope),
    load("scratch", "tenure", 50_000_000, scratch_tenure),
    load("scratch", "malloc", 20_000_000, scratch_malloc),
];

/// Values in one filling: more than a chunk's worth, less than a cache.
pub(crate) const FILLING: u64 = 10_000;

/// Nanoseconds for one of so many operations.
pub(crate) fn timed(operations: u64, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64 / operations as f64
}

macro_rules! steps {
    ($u32:ident, $grow:ident, $probe_u32:path, $probe_grow:path, $region:ty) => {
        fn $u32(operations: u64) -> f64 {
            let mut region = <$region>::new();
            timed(operations, || {
                for n in 0..operations {
                    if n % FILLING == 0 {
                        region.reset();
                    }
                    black_box($probe_u32(&region, n as u32));
                }
            })
        }

        fn $grow(operations: u64) -> f64 {
            let mut region = <$region>::new();
            timed(operations, || {
                let mut left = operations;
                while left > 0 {
                    region.reset();
                    let mut old = Layout::from_size_align(black_box(8), 8).unwrap();
                    let mut block = region.raw_allocate(old).unwrap();
                    for _ in 0..left.min(100) {
                        let new = Layout::from_size_align(old.size() + 8, 8).unwrap();
                        block = $probe_grow(&region, block, old, new).unwrap();
                        old = new;
                    }
                    left = left.saturating_sub(100);
                }
            })
        }
    };
}

steps!(
    u32_tenure,
    grow_tenure,
    probes::probe_u32_tenure,
    probes::probe_grow_tenure,
    tenure_region::Arena
);
steps!(
    u32_bumpalo,
    grow_bumpalo,
    probes::probe_u32_bumpalo,
    probes::probe_grow_bumpalo,
    bumpalo::Bump
);
steps!(
    u32_bump_scope,
    grow_bump_scope,
    probes::probe_u32_bump_scope,
    probes::probe_grow_bump_scope,
    bump_scope::Bump
);

/// Runs `fill` for as many fillings as the operations make.
pub(crate) fn fillings(operations: u64, mut fill: impl FnMut()) -> f64 {
    let fillings = operations.div_ceil(FILLING);
    timed(fillings * FILLING, || (0..fillings).for_each(|_| fill()))
}

fn fill_tenure(operations: u64) -> f64 {
    let mut arena = tenure_region::Arena::new();
    fillings(operations, || {
        arena.reset();
        for n in 0..FILLING {
            black_box(arena.alloc_plain([n; 4]));
        }
    })
}

fn fill_bumpalo(operations: u64) -> f64 {
    let mut arena = bumpalo::Bump::new();
    fillings(operations, || {
        arena.reset();
        for n in 0..FILLING {
            black_box(arena.alloc([n; 4]));
        }
    })
}

fn fill_bump_scope(operations: u64) -> f64 {
    let mut arena: bump_scope::Bump = bump_scope::Bump::new();
    fillings(operations, || {
        arena.reset();
        for n in 0..FILLING {
            black_box(bump_scope::BumpBox::leak(arena.alloc([n; 4])));
        }
    })
}

fn fill_blink(operations: u64) -> f64 {
    let mut arena = blink_alloc::Blink::new();
    fillings(operations, || {
        arena.reset();
        for n in 0..FILLING {
            black_box(arena.put([n; 4]));
        }
    })
}

fn fill_malloc(operations: u64) -> f64 {
    let mut kept: Vec<Box<[u64; 4]>> = Vec::with_capacity(FILLING as usize);
    fillings(operations, || {
        kept.clear();
        kept.extend((0..FILLING).map(|n| black_box(Box::new([n; 4]))));
    })
}

fn typed_tenure(operations: u64) -> f64 {
    fillings(operations, || {
        let arena = tenure_region::TypedArena::new();
        for n in 0..FILLING {
            black_box(arena.alloc([n; 4]));
        }
    })
}

fn typed_typed(operations: u64) -> f64 {
    fillings(operations, || {
        let arena = typed_arena::Arena::new();
        for n in 0..FILLING {
            black_box(arena.alloc([n; 4]));
        }
    })
}

fn vector_tenure(operations: u64) -> f64 {
    let mut arena = tenure_region::Arena::new();
    fillings(operations, || {
        arena.reset();
        let mut vector = tenure_region::ArenaVec::new_in(&arena);
        (0..FILLING as u32).for_each(|n| vector.push(black_box(n)));
        black_box(&vector);
    })
}

fn vector_bumpalo(operations: u64) -> f64 {
    let mut arena = bumpalo::Bump::new();
    fillings(operations, || {
        arena.reset();
        let mut vector = allocator_api2::vec::Vec::new_in(&arena);
        (0..FILLING as u32).for_each(|n| vector.push(black_box(n)));
        black_box(&vector);
    })
}

fn vector_std(operations: u64) -> f64 {
    fillings(operations, || {
        let mut vector = Vec::new();
        (0..FILLING as u32).for_each(|n| vector.push(black_box(n)));
        black_box(&vector);
    })
}

fn tail_tenure(operations: u64) -> f64 {
    let mut arena = tenure_region::Arena::new();
    arena.alloc_plain(0u32);
    timed(operations, || {
        for n in 0..operations {
            arena.tail(|scope| {
                black_box(scope.alloc_plain(n));
            });
        }
    })
}

fn tail_bump_scope(operations: u64) -> f64 {
    let mut arena: bump_scope::Bump = bump_scope::Bump::new();
    arena.alloc(0u32);
    timed(operations, || {
        for n in 0..operations {
            arena.scoped(|scope| {
                black_box(bump_scope::BumpBox::leak(scope.alloc(n)));
            });
        }
    })
}

fn tail_bumpalo(operations: u64) -> f64 {
    timed(operations, || {
        for n in 0..operations {
            let arena = bumpalo::Bump::new();
            black_box(arena.alloc(n));
        }
    })
}

fn side_tenure(operations: u64) -> f64 {
    let arena = tenure_region::Arena::new();
    arena.alloc_plain(0u32);
    timed(operations, || {
        for n in 0..operations {
            let scope = arena.side();
            black_box(scope.alloc_plain(n));
        }
    })
}

/// Its nearest: the parent is not usable while the scope lasts.
fn side_bump_scope(operations: u64) -> f64 {
    let arena: bump_scope::Bump = bump_scope::Bump::new();
    arena.alloc(0u32);
    timed(operations, || {
        for n in 0..operations {
            arena.claim().scoped(|scope| {
                black_box(bump_scope::BumpBox::leak(scope.alloc(n)));
            });
        }
    })
}

fn scratch_tenure(operations: u64) -> f64 {
    timed(operations, || {
        for n in 0..operations {
            let done = tenure_region::scratch(|s| {
                black_box(s.slice_uninit::<u64>(black_box(100))?)[0].write(n);
                Ok(())
            });
            black_box(done).expect("a hundred words fit");
        }
    })
}

fn scratch_malloc(operations: u64) -> f64 {
    timed(operations, || {
        for n in 0..operations {
            let mut buffer = Vec::<u64>::with_capacity(black_box(100));
            black_box(&mut buffer).push(n);
        }
    })
}
