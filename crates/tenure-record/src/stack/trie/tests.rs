//! A stack has one node, whoever asks for it first.

use super::*;
use std::boxed::Box;
use std::collections::HashSet;
use std::sync::Barrier;
use std::vec::Vec;

/// A fixed array of nodes.
pub(in super::super) struct Fixed {
    nodes: Box<[core::cell::UnsafeCell<Node>]>,
    count: AtomicU64,
    lost: AtomicU64,
}

// SAFETY: the trie alone writes to nodes, each once and before anybody reads it.
unsafe impl Sync for Fixed {}

impl Fixed {
    pub(in super::super) fn new(room: usize) -> Self {
        Self {
            nodes: (0..room)
                .map(|_| core::cell::UnsafeCell::default())
                .collect(),
            count: AtomicU64::new(1),
            lost: AtomicU64::new(0),
        }
    }
}

// SAFETY: the boxed array stays where it is, zeroed, and has as many nodes as it is long.
unsafe impl NodeMemory for Fixed {
    fn first(&self) -> NonNull<Node> {
        NonNull::new(self.nodes.as_ptr().cast_mut().cast()).unwrap()
    }
    fn grow(&self, count: u32) -> bool {
        count as usize <= self.nodes.len()
    }
    fn count(&self) -> &AtomicU64 {
        &self.count
    }
    fn lost(&self) -> &AtomicU64 {
        &self.lost
    }
}

#[test]
fn the_same_step_gives_the_same_node_and_another_step_another() {
    let trie = Trie::new(Fixed::new(100));
    let first = trie.child(0, 7).unwrap();
    let below = trie.child(first, 7).unwrap();
    assert_eq!(trie.child(0, 7), Some(first));
    assert_eq!(trie.child(first, 7), Some(below));
    assert_ne!(trie.child(0, 8), Some(first));
    assert_eq!(
        trie.node(below),
        Node {
            frame: 7,
            parent: first,
            flags: 0
        }
    );
    assert_eq!(trie.node(0), Node::default());
}

#[test]
fn a_full_array_says_so_and_still_finds_what_it_holds() {
    let trie = Trie::new(Fixed::new(11));
    let held: Vec<u32> = (1..=10)
        .map(|frame| trie.child(0, frame).unwrap())
        .collect();
    assert_eq!(trie.child(0, 11), None);
    assert_eq!(trie.child(held[0], 1), None);
    assert_eq!(trie.memory().lost().load(Relaxed), 2);
    assert_eq!(trie.memory().count().load(Relaxed), 11);
    for (index, id) in held.iter().enumerate() {
        assert_eq!(trie.child(0, index as u64 + 1), Some(*id));
    }
}

#[test]
fn wider_tables_find_what_narrower_ones_hold() {
    let trie = Trie::new(Fixed::new(50_000));
    let ids: Vec<u32> = (0..40_000)
        .map(|step| trie.child(step % 7, step.into()).unwrap())
        .collect();
    let again: Vec<u32> = (0..40_000)
        .map(|step| trie.child(step % 7, step.into()).unwrap())
        .collect();
    assert_eq!(ids, again);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 40_000);
}

/// Four threads intern the same tree, each in another order, through several widenings.
#[test]
fn threads_that_intern_at_once_agree_on_every_node() {
    const ROUNDS: u64 = 12;
    const STACKS: u64 = 3_000;
    for round in 0..ROUNDS {
        let trie = Trie::new(Fixed::new(200_000));
        let start = Barrier::new(4);
        let results: Vec<Vec<(u64, u32)>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4u64)
                .map(|thread| {
                    let (trie, start) = (&trie, &start);
                    scope.spawn(move || {
                        start.wait();
                        let mut ids: Vec<(u64, u32)> = (0..STACKS)
                            .map(|step| {
                                let stack = (step * (2 * thread + 1) + round) % STACKS;
                                let leaf = (0..6).fold(0, |node, level| {
                                    trie.child(node, stack >> (10 - 2 * level)).unwrap()
                                });
                                (stack, leaf)
                            })
                            .collect();
                        ids.sort_unstable();
                        ids
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        for other in &results[1..] {
            let same = |(stack, leaf): &(u64, u32)| results[0].contains(&(*stack, *leaf));
            assert!(other.iter().step_by(97).all(same));
        }
        let by_stack = |results: &[(u64, u32)]| {
            let mut leaves = std::collections::BTreeMap::new();
            for (stack, leaf) in results {
                assert_eq!(*leaves.entry(*stack).or_insert(*leaf), *leaf);
            }
            leaves
        };
        let first = by_stack(&results[0]);
        for other in &results[1..] {
            for (stack, leaf) in by_stack(other) {
                if let Some(known) = first.get(&stack) {
                    assert_eq!(*known, leaf, "stack {stack} has two nodes");
                }
            }
        }
    }
}
