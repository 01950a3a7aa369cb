//! What a capture costs: a stack of 40 frames, of which 3, 8 or all are fresh.
//!
//! `cargo run --release -p tenure-record --example capture_bench` prints one line of JSON, times in
//! nanoseconds for one capture with its interning into a warm trie: the median of the rounds and
//! the best. `… -- CASE N` only makes N captures of one case, for an instruction counter.
//!
//! The functions on the stack are all different, except in `recursion`. The calls to and from the
//! fresh functions are in the figures.

use std::alloc::{Layout, alloc_zeroed};
use std::hint::black_box;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;
use tenure_record::stack::{Captured, Modules, Node, NodeMemory, ThreadStacks, Trie, here};

const NODES: usize = 1 << 16;
const FRAMES: u32 = 40;
const ROUNDS: usize = 31;
const CAPTURES: u32 = 20_000;

struct Pages {
    first: NonNull<Node>,
    count: AtomicU64,
    lost: AtomicU64,
}

// SAFETY: the array is never freed, and the trie alone writes to it.
unsafe impl Sync for Pages {}

// SAFETY: the array stays where it is, was zeroed, and has `NODES` nodes.
unsafe impl NodeMemory for Pages {
    fn first(&self) -> NonNull<Node> {
        self.first
    }
    fn grow(&self, count: u32) -> bool {
        count as usize <= NODES
    }
    fn count(&self) -> &AtomicU64 {
        &self.count
    }
    fn lost(&self) -> &AtomicU64 {
        &self.lost
    }
}

fn zeroed<T>(count: usize) -> NonNull<T> {
    // SAFETY: callers ask for at least one element of at least one byte.
    NonNull::new(unsafe { alloc_zeroed(Layout::array::<T>(count).unwrap()) }.cast()).unwrap()
}

/// What the functions on the stack hand down.
struct Run {
    stacks: &'static mut ThreadStacks,
    modules: Modules,
    trie: Trie<Pages>,
    /// How many captures the hub makes.
    captures: u32,
    /// Whether every capture begins with nothing remembered.
    is_forgetful: bool,
    elapsed_ns: f64,
    last: u32,
}

impl Run {
    #[inline(always)]
    fn capture(&mut self) {
        if self.is_forgetful {
            self.stacks.forget_frames();
        }
        let Captured {
            node, truncated, ..
        } = self.stacks.capture(&here(), &self.modules, &self.trie);
        assert!(!truncated);
        self.last = node;
    }

    fn depth(&self, leaf: u32) -> u32 {
        let mut depth = 0;
        let mut id = leaf;
        while id != 0 {
            // SAFETY: an id that the trie gave.
            id = unsafe { (*self.trie.memory().first.as_ptr().add(id as usize)).parent };
            depth += 1;
        }
        depth
    }
}

/// A chain of different functions: the one at `LEFT` calls the one at `LEFT - 1`.
macro_rules! chain {
    ($name:ident, $end:expr) => {
        #[inline(never)]
        fn $name<const LEFT: u32>(run: &mut Run, left: u32) -> u64 {
            let local = black_box(u64::from(LEFT));
            if left == 0 {
                $end(run);
            } else {
                macro_rules! next {
                    ($at:literal => $to:literal) => {
                        if LEFT == $at {
                            return $name::<$to>(run, left - 1) + black_box(local);
                        }
                    };
                }
                each_step!(next);
            }
            black_box(local)
        }
    };
}

macro_rules! each_step {
    ($next:ident) => {
        $next!(0 => 1); $next!(1 => 2); $next!(2 => 3); $next!(3 => 4); $next!(4 => 5);
        $next!(5 => 6); $next!(6 => 7); $next!(7 => 8); $next!(8 => 9); $next!(9 => 10);
        $next!(10 => 11); $next!(11 => 12); $next!(12 => 13); $next!(13 => 14); $next!(14 => 15);
        $next!(15 => 16); $next!(16 => 17); $next!(17 => 18); $next!(18 => 19); $next!(19 => 20);
        $next!(20 => 21); $next!(21 => 22); $next!(22 => 23); $next!(23 => 24); $next!(24 => 25);
        $next!(25 => 26); $next!(26 => 27); $next!(27 => 28); $next!(28 => 29); $next!(29 => 30);
        $next!(30 => 31); $next!(31 => 32); $next!(32 => 33); $next!(33 => 34); $next!(34 => 35);
        $next!(35 => 36); $next!(36 => 37); $next!(37 => 38); $next!(38 => 39); $next!(39 => 0);
    };
}

chain!(outer, hub_1);
chain!(outer_8, hub_6);
chain!(leaf, Run::capture);

#[inline(never)]
fn recursion(run: &mut Run, left: u32) -> u64 {
    let local = black_box([u64::from(left); 3]);
    if left == 0 {
        hub_1(run);
    } else {
        return black_box(local)[0] + recursion(run, left - 1) + local[1];
    }
    black_box(local)[2]
}

/// Calls two chains in turn, so that each capture meets the stack of the other.
macro_rules! hub {
    ($name:ident, $below:literal) => {
        #[inline(never)]
        fn $name(run: &mut Run) {
            let start = Instant::now();
            for _ in 0..run.captures / 2 {
                black_box(leaf::<0>(run, $below));
                black_box(leaf::<20>(run, $below));
            }
            run.elapsed_ns = start.elapsed().as_nanos() as f64 / f64::from(run.captures);
        }
    };
}

// The hub's own frame is fresh as well: it calls from another place.
hub!(hub_1, 1);
hub!(hub_6, 6);

const CASES: [&str; 5] = [
    "fresh_3",
    "fresh_8",
    "all_fresh",
    "recursion_3",
    "recursion_all",
];

/// Calls down to the hub of `case` through `outer_frames` functions, which makes `captures`.
#[inline(never)]
fn call(run: &mut Run, case: &str, outer_frames: u32, captures: u32) {
    run.captures = captures;
    match case {
        "fresh_8" => outer_8::<0>(run, outer_frames),
        "recursion_3" | "recursion_all" => recursion(run, outer_frames),
        _ => outer::<0>(run, outer_frames),
    };
}

#[inline(never)]
fn run_case(run: &mut Run, case: &str, captures: u32) -> f64 {
    run.is_forgetful = case.contains("all");
    // What the compiler inlines is found by trying.
    call(run, case, FRAMES / 2, 2);
    let outer_frames = FRAMES / 2 + FRAMES - run.depth(run.last);
    call(run, case, outer_frames, captures);
    assert_eq!(run.depth(run.last), FRAMES, "{case}");
    run.elapsed_ns
}

fn main() {
    let pages = Pages {
        first: zeroed(NODES),
        count: AtomicU64::new(1),
        lost: AtomicU64::new(0),
    };
    // SAFETY: all-zero bytes are a valid value; the memory is never freed.
    let stacks = unsafe { &mut *zeroed::<ThreadStacks>(1).as_ptr() };
    let mut run = Run {
        stacks,
        modules: Modules::new(),
        trie: Trie::new(pages),
        captures: 0,
        is_forgetful: false,
        elapsed_ns: 0.0,
        last: 0,
    };
    run.capture();
    let mut arguments = std::env::args().skip(1);
    if let (Some(case), Some(count)) = (arguments.next(), arguments.next()) {
        run_case(&mut run, &case, count.parse().unwrap());
        return;
    }
    let mut line = format!("{{\"bench\":\"capture/1\",\"frames\":{FRAMES}");
    for case in CASES {
        run_case(&mut run, case, CAPTURES);
        let mut rounds: Vec<f64> = (0..ROUNDS)
            .map(|_| run_case(&mut run, case, CAPTURES))
            .collect();
        rounds.sort_by(f64::total_cmp);
        let (median, best) = (rounds[ROUNDS / 2], rounds[0]);
        line += &format!(",\"{case}_ns\":{median:.1},\"{case}_best_ns\":{best:.1}");
    }
    assert_eq!(run.trie.memory().lost.load(Relaxed), 0);
    println!("{line}}}");
}
