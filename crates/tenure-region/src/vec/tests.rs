//! A vector that is not the newest block, and one whose elements panic.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::vec::Vec;

use crate::{Arena, ArenaVec, Refused};

/// Counts its drops; the one with the fatal number panics.
struct Counted<'c> {
    number: usize,
    fatal: usize,
    drops: &'c Cell<[u8; 16]>,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        let mut drops = self.drops.get();
        drops[self.number] += 1;
        self.drops.set(drops);
        assert_ne!(self.number, self.fatal, "the fatal one");
    }
}

fn counted<'a, 'c>(
    arena: &'a Arena,
    fatal: usize,
    drops: &'c Cell<[u8; 16]>,
) -> ArenaVec<'a, Counted<'c>> {
    let mut vec = ArenaVec::new_in(arena);
    vec.extend((0..8).map(|number| Counted {
        number,
        fatal,
        drops,
    }));
    vec
}

#[test]
fn each_element_is_dropped_once_whichever_drop_panics() {
    type Act = fn(ArenaVec<'_, Counted<'_>>);
    let acts: [Act; 6] = [
        |vec| drop(vec),
        |mut vec| vec.clear(),
        |mut vec| vec.truncate(3),
        |vec| drop(vec.into_boxed()),
        |vec| drop(vec.into_iter().skip(2)),
        |mut vec| drop((vec.remove(1), vec.swap_remove(0))),
    ];
    for act in acts {
        for fatal in 0..8 {
            let (arena, drops) = (Arena::new(), Cell::new([0; 16]));
            let vec = counted(&arena, fatal, &drops);
            assert!(catch_unwind(AssertUnwindSafe(|| act(vec))).is_err());
            assert_eq!(drops.get()[..8], [1; 8]);
        }
    }
}

#[test]
fn a_panicking_predicate_drops_nothing_twice() {
    for fatal in 0..8 {
        let (arena, drops) = (Arena::new(), Cell::new([0; 16]));
        let mut vec = counted(&arena, 99, &drops);
        let kept = catch_unwind(AssertUnwindSafe(|| {
            vec.retain(|element| {
                assert_ne!(element.number, fatal, "the predicate");
                element.number % 2 == 0
            });
        }));
        assert!(kept.is_err());
        drop(vec);
        assert!(drops.get().iter().all(|count| *count <= 1));
        // What was looked at is not leaked.
        assert!(drops.get()[..fatal].iter().all(|count| *count == 1));
    }
}

#[test]
fn two_vectors_that_grow_in_turn_keep_their_elements() {
    let arena = Arena::new();
    let (mut a, mut b) = (ArenaVec::new_in(&arena), ArenaVec::new_in(&arena));
    for n in 0..10_000u32 {
        a.push(n);
        b.push(!n);
    }
    assert!(a.iter().copied().eq(0..10_000));
    assert!(b.iter().copied().eq((0..10_000).map(|n: u32| !n)));
}

#[test]
fn the_newest_vector_grows_in_place_and_gives_its_room_back() {
    let arena = Arena::new();
    let mut vec = ArenaVec::try_with_capacity_in(100, &arena).unwrap();
    vec.push(1u8);
    let first = &raw const vec[0];
    vec.extend((0..3000u32).map(|n| n as u8));
    assert_eq!(first, &raw const vec[0]);
    vec.shrink_to_fit();
    let rest = arena.rest_bytes();
    drop(vec);
    assert_eq!(arena.rest_bytes(), rest + 3001);
}

#[test]
fn growth_counts_from_the_capacity_and_not_the_length() {
    let arena = Arena::new();
    let mut vec = ArenaVec::<u32>::try_with_capacity_in(64, &arena).unwrap();
    vec.extend(0..10);
    arena.alloc_plain(0u8);
    vec.try_reserve(55).unwrap();
    assert!(vec.capacity() >= 65);
    assert!(vec.iter().copied().eq(0..10));
    assert_eq!(vec.try_reserve(usize::MAX), Err(Refused::TooLarge));
    assert_eq!(vec.try_reserve(usize::MAX - 10), Err(Refused::TooLarge));
    assert!(vec.iter().copied().eq(0..10));
}

#[test]
fn elements_without_a_size_cost_nothing() {
    let arena = Arena::new();
    let mut vec = ArenaVec::new_in(&arena);
    vec.extend([(); 1000]);
    assert_eq!((vec.len(), vec.capacity()), (1000, usize::MAX));
    vec.shrink_to_fit();
    assert_eq!(vec.into_iter().count(), 1000);
    assert_eq!(arena.usage().held_bytes, 0);
}

#[test]
fn a_dishonest_iterator_is_not_believed() {
    struct Liar(usize);
    impl Iterator for Liar {
        type Item = u8;
        fn next(&mut self) -> Option<u8> {
            self.0 = self.0.checked_sub(1)?;
            Some(self.0 as u8)
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, Some(0))
        }
    }
    let arena = Arena::new();
    assert_eq!(arena.slice_from_iter(Liar(300)).len(), 300);
    assert!(arena.usage().held_bytes <= 16 << 10);
}

#[test]
fn it_does_as_the_standard_vector_does() {
    let arena = Arena::new();
    let (mut ours, mut theirs) = (ArenaVec::new_in(&arena), Vec::new());
    let mut random = 1u32;
    for _ in 0..if cfg!(miri) { 300 } else { 20_000 } {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let at = (random >> 8) as usize % (theirs.len() + 1);
        match random >> 29 {
            0..3 => {
                ours.push(random);
                theirs.push(random);
            }
            3 => {
                ours.insert(at, random);
                theirs.insert(at, random);
            }
            4 if at < theirs.len() => assert_eq!(ours.remove(at), theirs.remove(at)),
            5 if at < theirs.len() => assert_eq!(ours.swap_remove(at), theirs.swap_remove(at)),
            6 => assert_eq!(ours.pop(), theirs.pop()),
            _ => {
                ours.shrink_to_fit();
                assert!(ours.iter().rev().eq(theirs.iter().rev()));
            }
        }
    }
    assert_eq!(ours, theirs[..]);
}
