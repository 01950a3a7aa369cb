//! What the heap graph costs: building, kinds, dominators, ways and sums, for one shape and size.
//!
//! `cargo run --release -p tenure-model --example graph_bench -- SHAPE NODES` prints one line of
//! `name=value`: processor time in seconds, and the bytes for each node that are taken beside the
//! graph, as counted at the allocator. `cargo xtask bench graph` runs all shapes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::env;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tenure_model::graph::{
    Builder, Census, Dominators, Follow, Graph, GraphError, Kinds, Label, Paths,
};

/// Counts what is allocated now, and the most that ever was.
struct Counting {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Counting {
    fn add(&self, bytes: usize) {
        let now = self.now.fetch_add(bytes, Relaxed) + bytes;
        self.most.fetch_max(now, Relaxed);
    }
}

// SAFETY: each call is handed to the system's allocator as it came; counting touches no block.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.add(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, which is the same here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.add(layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is the same here.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.now.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the block came from `System` with this layout, as all blocks do.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        // Both blocks exist while one is copied to the other.
        self.add(bytes);
        self.now.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the block came from `System` with this layout; the caller vouches for `bytes`.
        unsafe { System.realloc(block, layout, bytes) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting {
    now: AtomicUsize::new(0),
    most: AtomicUsize::new(0),
};

struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        // xorshift64*, of which the upper half is scaled.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let upper = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        ((upper * u64::from(end)) >> 32) as u32
    }
}

/// Sizes of blocks are 16 to 255 bytes, and there are this many groups.
const GROUPS: u32 = 5000;

fn builder(nodes: u32, random: &mut Random) -> Result<Builder, GraphError> {
    let mut builder = Builder::new(GROUPS);
    builder.reserve(nodes, 0)?;
    for _ in 0..nodes {
        builder.node(16 + u64::from(random.below(240)), random.below(GROUPS))?;
    }
    Ok(builder)
}

/// `links` pointers from each block to any others.
fn any(
    builder: &mut Builder,
    nodes: u32,
    links: u32,
    random: &mut Random,
) -> Result<(), GraphError> {
    for source in 0..nodes {
        for _ in 0..links {
            builder.edge(source, random.below(nodes), Label::START)?;
        }
    }
    Ok(())
}

/// A list through all blocks, whose places in memory have no order.
fn chain(builder: &mut Builder, nodes: u32, random: &mut Random) -> Result<(), GraphError> {
    let mut order: Vec<u32> = (0..nodes).collect();
    for place in (1..nodes).rev() {
        order.swap(place as usize, random.below(place + 1) as usize);
    }
    for pair in order.windows(2) {
        builder.edge(pair[0], pair[1], Label::START)?;
    }
    builder.root(0, order[0], Label::START)
}

/// Two halves; each block points to eight of the other.
fn mesh(builder: &mut Builder, nodes: u32, random: &mut Random) -> Result<(), GraphError> {
    let half = nodes / 2;
    for source in 0..half * 2 {
        let other = if source < half { half } else { 0 };
        for _ in 0..8 {
            builder.edge(source, other + random.below(half), Label::START)?;
        }
    }
    Ok(())
}

/// A list through four fifths of the blocks, and two pointers from each block to any.
fn deep(builder: &mut Builder, nodes: u32, random: &mut Random) -> Result<(), GraphError> {
    for source in 0..nodes {
        if source < nodes / 5 * 4 {
            builder.edge(source, source + 1, Label::START)?;
        } else {
            builder.edge(source, random.below(nodes), Label::START)?;
        }
        for _ in 0..2 {
            builder.edge(source, random.below(nodes), Label::START)?;
        }
    }
    Ok(())
}

/// A list through half of the blocks, whose last points to the other half, as a root does.
fn climbs(builder: &mut Builder, nodes: u32) -> Result<(), GraphError> {
    let half = nodes / 2;
    for source in 1..half {
        builder.edge(source - 1, source, Label::START)?;
    }
    for other in half..nodes {
        builder.edge(half - 1, other, Label::START)?;
        builder.root(0, other, Label::START)?;
    }
    Ok(())
}

fn build(shape: &str, nodes: u32) -> Result<Graph, GraphError> {
    let random = &mut Random(0x9e37_79b9_7f4a_7c15);
    let mut new = builder(nodes, random)?;
    match shape {
        "random" => any(&mut new, nodes, 3, random)?,
        "lost" => any(&mut new, nodes, 3, random)?,
        "chain" => chain(&mut new, nodes, random)?,
        "mesh" => mesh(&mut new, nodes, random)?,
        "deep" => deep(&mut new, nodes, random)?,
        _ => climbs(&mut new, nodes)?,
    }
    if !matches!(shape, "lost" | "chain") {
        for root in 0..10 {
            new.root(root, nodes / 10 * root, Label::START)?;
        }
    }
    new.build()
}

/// Processor time of this process, which has one thread, in seconds.
fn processor_s() -> f64 {
    let told = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let ns = told
        .split_whitespace()
        .next()
        .and_then(|ns| ns.parse().ok());
    ns.unwrap_or(0.0) / 1e9
}

/// Runs one step; prints its time, and the bytes for each node that it took at most and keeps.
fn step<T>(name: &str, nodes: u32, run: impl FnOnce() -> T) -> T {
    let before = COUNTING.now.load(Relaxed);
    COUNTING.most.store(before, Relaxed);
    let begin = processor_s();
    let result = run();
    let seconds = processor_s() - begin;
    let per_node = |bytes: &AtomicUsize| {
        bytes.load(Relaxed).saturating_sub(before) as f64 / f64::from(nodes.max(1))
    };
    let (most, kept) = (per_node(&COUNTING.most), per_node(&COUNTING.now));
    print!(" {name}_s={seconds:.3} {name}_most={most:.2} {name}_kept={kept:.2}");
    result
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let ([shape, nodes], true) = (&args[..], args.len() == 2) else {
        eprintln!("usage: graph_bench random|lost|chain|mesh|deep|climbs NODES");
        return ExitCode::from(2);
    };
    let Ok(nodes @ 10..) = nodes.parse() else {
        eprintln!("{nodes}: not a number of nodes from 10 on");
        return ExitCode::from(2);
    };
    print!("shape={shape} nodes={nodes}");
    let graph = match step("build", nodes, || build(shape, nodes)) {
        Ok(graph) => graph,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    print!(" edges={}", graph.edges());
    let kinds = step("kinds", nodes, || Kinds::of(&graph));
    let lost = Some(&kinds).filter(|_| shape == "lost");
    let found = step("dominators", nodes, || {
        Dominators::of(&graph, Follow::Strong, lost)
    });
    print!(" reached={}", found.total().1);
    let paths = step("paths", nodes, || Paths::of(&graph, Follow::Strong));
    drop(paths);
    let census = step("census", nodes, || {
        Census::of(&graph, Some(&kinds), Some(&found))
    });
    println!(" groups={}", census.iter().count());
    ExitCode::SUCCESS
}
