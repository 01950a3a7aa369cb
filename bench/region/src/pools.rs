//! The loads of pools: values and objects that come and go.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::{Arc, Barrier, OnceLock};
use std::thread;
use std::time::Instant;

use crate::loads::{FILLING, Load, fillings, load, timed};

/// Every load of pools, of everybody.
pub(crate) const ALL: &[Load] = &[
    load("object", "tenure", 50_000_000, object_tenure),
    load("object", "lockfree", 20_000_000, object_lockfree),
    load("object", "opool", 20_000_000, object_opool),
    load("object", "local-vec", 50_000_000, object_local),
    load("object", "malloc", 20_000_000, object_malloc),
    load("object-2", "tenure", 50_000_000, |n| {
        two(n, probe_object_tenure)
    }),
    load("object-2", "lockfree", 10_000_000, |n| {
        two(n, probe_object_lockfree)
    }),
    load("object-2", "opool", 10_000_000, |n| {
        two(n, probe_object_opool)
    }),
    load("object-2", "local-vec", 50_000_000, |n| {
        two(n, probe_object_local_vec)
    }),
    load("object-2", "malloc", 20_000_000, |n| {
        two(n, probe_object_malloc)
    }),
    load("keyed-pair", "tenure", 50_000_000, pair_tenure),
    load("keyed-pair", "slotmap", 50_000_000, pair_slotmap),
    load("keyed-pair", "slab", 50_000_000, pair_slab),
    load("keyed-fill", "tenure", 20_000_000, fill_tenure),
    load("keyed-fill", "slotmap", 20_000_000, fill_slotmap),
    load("keyed-fill", "slab", 20_000_000, fill_slab),
    load("keyed-get", "tenure", 50_000_000, get_tenure),
    load("keyed-get", "slotmap", 50_000_000, get_slotmap),
    load("keyed-get", "slab", 50_000_000, get_slab),
    load("local", "tenure", 50_000_000, local_tenure),
    load("local", "malloc", 50_000_000, local_malloc),
    load("local", "stack", 50_000_000, local_stack),
    load("static", "tenure", 20_000_000, static_tenure),
    load("static", "tenure-box", 20_000_000, static_tenure_box),
    load("static", "heapless", 20_000_000, static_heapless),
];

/// Bytes of a buffer.
const BUFFER: usize = 1024;

fn buffer() -> Vec<u8> {
    Vec::with_capacity(BUFFER)
}

static BUFFERS: tenure_region::ObjectPool<Vec<u8>> = tenure_region::ObjectPool::new(buffer);

type Lockfree = lockfree_object_pool::LinearObjectPool<Vec<u8>>;
static LOCKFREE: OnceLock<Lockfree> = OnceLock::new();

struct Buffers;
impl opool::PoolAllocator<Vec<u8>> for Buffers {
    #[inline]
    fn allocate(&self) -> Vec<u8> {
        buffer()
    }
    #[inline]
    fn reset(&self, object: &mut Vec<u8>) {
        object.clear();
    }
}
static OPOOL: OnceLock<opool::Pool<Buffers, Vec<u8>>> = OnceLock::new();

thread_local!(static LOCAL: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) });

#[inline(never)]
fn probe_object_tenure(n: u64) {
    black_box(&mut *BUFFERS.take()).push(n as u8);
}

#[inline(never)]
fn probe_object_lockfree(n: u64) {
    let pool = LOCKFREE.get_or_init(|| Lockfree::new(buffer, Vec::clear));
    black_box(&mut *pool.pull()).push(n as u8);
}

#[inline(never)]
fn probe_object_opool(n: u64) {
    let pool = OPOOL.get_or_init(|| opool::Pool::new(64, Buffers));
    black_box(&mut *pool.get()).push(n as u8);
}

#[inline(never)]
fn probe_object_local_vec(n: u64) {
    let mut object = LOCAL.with_borrow_mut(|kept| kept.pop().unwrap_or_else(buffer));
    black_box(&mut object).push(n as u8);
    object.clear();
    LOCAL.with_borrow_mut(|kept| kept.push(object));
}

#[inline(never)]
fn probe_object_malloc(n: u64) {
    black_box(&mut buffer()).push(n as u8);
}

fn repeat(operations: u64, step: fn(u64)) -> f64 {
    step(0);
    timed(operations, || (0..operations).for_each(step))
}

fn object_tenure(operations: u64) -> f64 {
    repeat(operations, probe_object_tenure)
}
fn object_lockfree(operations: u64) -> f64 {
    repeat(operations, probe_object_lockfree)
}
fn object_opool(operations: u64) -> f64 {
    repeat(operations, probe_object_opool)
}
fn object_local(operations: u64) -> f64 {
    repeat(operations, probe_object_local_vec)
}
fn object_malloc(operations: u64) -> f64 {
    repeat(operations, probe_object_malloc)
}

/// Two threads at once, each with so many operations: nanoseconds for one of a thread, the mean of
/// both.
fn two(operations: u64, step: fn(u64)) -> f64 {
    let start = Arc::new(Barrier::new(2));
    let threads = [(); 2].map(|()| {
        let start = Arc::clone(&start);
        thread::spawn(move || {
            step(0);
            start.wait();
            let begin = Instant::now();
            (0..operations).for_each(step);
            begin.elapsed().as_nanos() as f64 / operations as f64
        })
    });
    let each = threads.map(|thread| thread.join().expect("no step panics"));
    (each[0] + each[1]) / 2.0
}

/// One operation is an insertion, a look and a removal, in a map with a hundred values.
macro_rules! keyed {
    ($pair:ident, $probe:ident, $fill:ident, $get:ident, $map:ty, $key:ty) => {
        #[inline(never)]
        fn $probe(map: &mut $map, n: u64) -> Option<u64> {
            let key = map.insert([n; 4]);
            let found = map.get(black_box(key)).map(|value| value[3]);
            let _ = black_box(map.remove(key));
            found
        }

        fn $pair(operations: u64) -> f64 {
            let mut map = <$map>::new();
            for n in 0..100 {
                map.insert([n; 4]);
            }
            timed(operations, || {
                for n in 0..operations {
                    black_box($probe(&mut map, n));
                }
            })
        }

        fn $fill(operations: u64) -> f64 {
            let mut map = <$map>::new();
            let mut keys: Vec<$key> = Vec::with_capacity(FILLING as usize);
            fillings(operations, || {
                keys.extend((0..FILLING).map(|n| map.insert([n; 4])));
                for key in keys.drain(..) {
                    let _ = black_box(map.remove(key));
                }
            })
        }

        fn $get(operations: u64) -> f64 {
            let mut map = <$map>::new();
            let keys: Vec<$key> = (0..FILLING).map(|n| map.insert([n; 4])).collect();
            timed(operations, || {
                let (mut at, mut sum) = (1usize, 0u64);
                for _ in 0..operations {
                    at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let key = keys[(at >> 40) % keys.len()];
                    sum = sum.wrapping_add(map.get(key).map_or(0, |value| value[0]));
                }
                black_box(sum);
            })
        }
    };
}

keyed!(
    pair_tenure,
    probe_keyed_tenure,
    fill_tenure,
    get_tenure,
    tenure_region::Slots<[u64; 4]>,
    tenure_region::SlotKey
);
keyed!(
    pair_slotmap,
    probe_keyed_slotmap,
    fill_slotmap,
    get_slotmap,
    Slotmap,
    slotmap::DefaultKey
);
keyed!(
    pair_slab,
    probe_keyed_slab,
    fill_slab,
    get_slab,
    Slab,
    usize
);

/// `slotmap`'s map with a `new` that needs no type of key.
struct Slotmap(slotmap::SlotMap<slotmap::DefaultKey, [u64; 4]>);

impl Slotmap {
    fn new() -> Self {
        Self(slotmap::SlotMap::new())
    }
    #[inline(always)]
    fn insert(&mut self, value: [u64; 4]) -> slotmap::DefaultKey {
        self.0.insert(value)
    }
    #[inline(always)]
    fn get(&self, key: slotmap::DefaultKey) -> Option<&[u64; 4]> {
        self.0.get(key)
    }
    #[inline(always)]
    fn remove(&mut self, key: slotmap::DefaultKey) -> Option<[u64; 4]> {
        self.0.remove(key)
    }
}

type Slab = slab::Slab<[u64; 4]>;

/// One operation is a value that comes and goes, in the pool of one thread.
#[inline(never)]
fn probe_local_tenure(pool: &tenure_region::LocalPool<[u64; 4]>, n: u64) {
    black_box(&pool.alloc([n; 4]));
}

#[inline(never)]
fn probe_local_malloc(n: u64) {
    black_box(&Box::new([n; 4]));
}

/// What the value itself costs: it lies on the stack.
#[inline(never)]
fn probe_local_stack(n: u64) {
    black_box(&[n; 4]);
}

fn local_tenure(operations: u64) -> f64 {
    let pool = tenure_region::LocalPool::new();
    timed(operations, || {
        (0..operations).for_each(|n| probe_local_tenure(black_box(&pool), n));
    })
}
fn local_malloc(operations: u64) -> f64 {
    repeat(operations, probe_local_malloc)
}
fn local_stack(operations: u64) -> f64 {
    repeat(operations, probe_local_stack)
}

static TILES: tenure_region::Pool<[u64; 4], 64> = tenure_region::Pool::new();
tenure_region::static_pool! { struct Tiles: [u64; 4]; 64 }
heapless::box_pool!(HeaplessTiles: [u64; 4]);

#[inline(never)]
fn probe_static_tenure(n: u64) {
    black_box(&TILES.alloc([n; 4]));
}

#[inline(never)]
fn probe_static_tenure_box(n: u64) {
    black_box(&tenure_region::HomeBox::<Tiles>::new([n; 4]));
}

#[inline(never)]
fn probe_static_heapless(n: u64) {
    black_box(&HeaplessTiles.alloc([n; 4]));
}

fn static_tenure(operations: u64) -> f64 {
    repeat(operations, probe_static_tenure)
}
fn static_tenure_box(operations: u64) -> f64 {
    repeat(operations, probe_static_tenure_box)
}
fn static_heapless(operations: u64) -> f64 {
    let blocks: Vec<_> = (0..64)
        .map(|_| heapless::pool::boxed::BoxBlock::new())
        .collect();
    for block in blocks.leak() {
        HeaplessTiles.manage(block);
    }
    repeat(operations, probe_static_heapless)
}
