//! Small graphs of objects that two threads make, drop, and swap with each other.

use std::hint::black_box;
use std::thread;

use crate::exchange::Exchange;
use crate::load::{Clock, Done};
use crate::random::Random;

const THREADS: u64 = 2;

/// Places where graphs change hands.
const EXCHANGES: usize = 500;

/// Graphs that one thread makes before it ends and a new one begins.
const GRAPHS: usize = 10_000;

/// Graphs that a thread keeps until its end.
const KEPT: usize = 2_000;

/// An object: some words of its own, and the objects it holds.
#[derive(Debug)]
struct Object {
    words: Vec<u64>,
    #[expect(clippy::vec_box, reason = "each object is a block of its own")]
    held: Vec<Box<Object>>,
}

impl Object {
    /// One that holds up to three others, `depth` levels down.
    fn graph(random: &mut Random, depth: u32) -> Box<Object> {
        let count = if depth == 0 { 0 } else { random.below(4) };
        Box::new(Object {
            words: vec![random.next(); words(random)],
            held: (0..count)
                .map(|_| Object::graph(random, depth - 1))
                .collect(),
        })
    }
}

/// Mostly a few words, one time in a hundred some kibibytes.
fn words(random: &mut Random) -> usize {
    match random.below(100) {
        0 => 100 + random.below(1_900),
        _ => 1 + random.below(24),
    }
}

/// One operation is one graph, of three objects or so.
pub(super) fn mstress(operations: u64) -> Done {
    let each = THREADS * GRAPHS as u64;
    let rounds = operations.div_ceil(each);
    let exchanges: Vec<Exchange<Object>> = (0..EXCHANGES).map(|_| Exchange::empty()).collect();
    let clock = Clock::start();
    for round in 0..rounds {
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let random = Random::new(30 + THREADS * round + thread);
                scope.spawn(|| live(random, &exchanges));
            }
        });
    }
    clock.done(rounds * each)
}

/// The life of one thread.
fn live(mut random: Random, exchanges: &[Exchange<Object>]) {
    let mut kept = Vec::new();
    let mut used: Vec<Option<Box<Object>>> = Vec::new();
    for _ in 0..GRAPHS {
        let graph = Object::graph(&mut random, 2);
        black_box(&graph.words);
        if kept.len() < KEPT && random.below(2) == 0 {
            kept.push(graph);
            continue;
        }
        used.push(Some(graph));
        if random.below(3) < 2 {
            let at = random.below(used.len());
            used[at] = None;
        }
        if random.below(4) == 0 {
            let at = random.below(used.len());
            let brought = used[at].take();
            used[at] = exchanges[random.below(EXCHANGES)].swap(brought);
        }
    }
    black_box(kept.iter().map(|graph| graph.held.len()).sum::<usize>());
}
