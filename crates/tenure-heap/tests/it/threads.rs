//! Blocks that cross threads, and threads that end before their blocks.

use crate::support;
use std::sync::mpsc::channel;
use tenure_heap::script::{Held, Op, Player, SLOTS};

/// Small, fast, repeatable.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize
    }
}

fn op(random: &mut Random) -> Op {
    let slot = random.next() % SLOTS;
    let bytes = random.next() % (16 << (random.next() % 12));
    match random.next() % 10 {
        0..=4 => Op::Allocate { slot, bytes },
        5 => Op::Resize { slot, bytes },
        _ => Op::Free { slot },
    }
}

#[test]
fn blocks_freed_by_other_threads_stay_whole() {
    support::alone("threads::blocks_freed_by_other_threads_stay_whole", || {
        const THREADS: usize = 4;
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..THREADS).map(|_| channel::<Held>()).unzip();
        std::thread::scope(|scope| {
            for (number, receiver) in receivers.into_iter().enumerate() {
                let senders = senders.clone();
                scope.spawn(move || {
                    let mut random = Random(0x9e37_79b9 + number as u64);
                    let mut player = Player::new();
                    for step in 0..40_000 {
                        player.play(op(&mut random)).unwrap();
                        if step % 3 == 0
                            && let Some(held) = player.hand_over(random.next() % SLOTS)
                        {
                            // A thread that is done takes no more: what it refuses is freed here.
                            if let Err(refused) = senders[random.next() % THREADS].send(held) {
                                refused.0.free().unwrap();
                            }
                        }
                        while let Ok(held) = receiver.try_recv() {
                            held.free().unwrap();
                        }
                        if step % 4096 == 0 {
                            tenure_heap::check();
                        }
                    }
                    drop(senders);
                    player.finish().unwrap();
                    while let Ok(held) = receiver.try_recv() {
                        held.free().unwrap();
                    }
                    tenure_heap::check();
                });
            }
            drop(senders);
        });
    });
}

#[test]
fn blocks_crossing_threads_stay_whole_when_counted() {
    support::again_recorded("blocks_freed_by_other");
}

#[test]
fn pages_of_ended_threads_are_adopted_and_given_back() {
    support::alone(
        "threads::pages_of_ended_threads_are_adopted_and_given_back",
        || {
            let before = tenure_heap::usage();
            for round in 0..20 {
                let mut held = Vec::new();
                for thread in 0..4u64 {
                    held.extend(
                        std::thread::spawn(move || {
                            let mut random = Random(77 + thread + round);
                            let mut held = Vec::new();
                            for _ in 0..200 {
                                let mut player = Player::new();
                                for slot in 0..SLOTS {
                                    let bytes = random.next() % 2000;
                                    player.play(Op::Allocate { slot, bytes }).unwrap();
                                }
                                held.extend((0..SLOTS).filter_map(|slot| player.hand_over(slot)));
                            }
                            held
                        })
                        .join()
                        .unwrap(),
                    );
                }
                for block in held {
                    block.free().unwrap();
                }
            }
            tenure_heap::trim();
            let after = tenure_heap::usage();
            assert!(
                after.live_blocks <= before.live_blocks + SLOTS * 8,
                "{before:?} {after:?}"
            );
            assert!(
                after.heap_pages <= before.heap_pages + 64,
                "{before:?} {after:?}"
            );
        },
    );
}

#[test]
fn many_short_threads_leave_nothing_behind() {
    support::alone("threads::many_short_threads_leave_nothing_behind", || {
        let run = |threads: usize| {
            for number in 0..threads {
                std::thread::spawn(move || {
                    let mut random = Random(1 + number as u64);
                    let mut player = Player::new();
                    for _ in 0..100 {
                        player.play(op(&mut random)).unwrap();
                    }
                    player.finish().unwrap();
                })
                .join()
                .unwrap();
            }
        };
        // Long enough for every class to have found its place.
        run(2000);
        let before = tenure_heap::usage();
        run(4000);
        let after = tenure_heap::usage();
        assert!(
            after.held_bytes <= before.held_bytes + (2 << 20),
            "{before:?} {after:?}"
        );
        assert!(
            after.table_bytes <= before.table_bytes + (64 << 10),
            "{before:?} {after:?}"
        );
    });
}

#[test]
fn the_walk_finds_exactly_the_blocks_in_use() {
    support::alone("threads::the_walk_finds_exactly_the_blocks_in_use", || {
        let mine: Vec<usize> = (0..3000)
            .map(|i| tenure_heap::allocate(i % 700 + (i % 50) * 13).expose_provenance())
            .collect();
        let huge = tenure_heap::allocate(3 << 20).expose_provenance();
        let mut seen = Vec::with_capacity(1 << 20);
        tenure_heap::for_each_block(&mut |block| seen.push(block.address));
        assert!(seen.is_sorted());
        assert!(
            mine.iter()
                .chain([&huge])
                .all(|address| seen.binary_search(address).is_ok())
        );
        for address in mine.iter().chain([&huge]) {
            // SAFETY: allocated above and freed once.
            unsafe { tenure_heap::deallocate(core::ptr::with_exposed_provenance_mut(*address)) };
        }
        seen.clear();
        tenure_heap::for_each_block(&mut |block| seen.push(block.address));
        assert!(
            mine.iter()
                .chain([&huge])
                .all(|address| seen.binary_search(address).is_err())
        );
    });
}
