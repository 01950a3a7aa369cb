//! Mistakes that others made with arenas and scratch memory, each as a test.
//!
//! Those that the compiler forbids here are programs in `tests/ui`; those inside the crate stand
//! beside its modules: growth that copies too much, empty cursors that share a chunk, chunks too
//! small for the next request (`bump`), iterators that lie, panics in drops and predicates, growth
//! from the wrong length (`vec`), a result on the scratch stack of its maker (`scratch`).

use std::cell::RefCell;

use tenure_region::{Arena, ArenaVec, Refused, SliceArena, scratch, scratch_beside};

fn is_send<T: Send>() {}

#[test]
fn what_may_go_to_another_thread_says_so() {
    is_send::<Arena>();
    is_send::<SliceArena<'_>>();
    is_send::<tenure_region::VirtualArena>();
    is_send::<tenure_region::TypedArena<u8>>();
    is_send::<tenure_region::ArenaBox<'_, Vec<u8>>>();
}

/// Shrinking or giving back a block must not move the cursor below a scope's begin: it cannot be
/// said in safe code (`tests/ui`), and a side scope has a cursor of its own.
#[test]
fn giving_back_a_parent_s_block_inside_a_side_scope_hurts_neither() {
    let arena = Arena::new();
    let mut outer = ArenaVec::new_in(&arena);
    outer.extend(0..100u8);
    let scope = arena.side();
    let kept = scope.slice_copy(&[7u8; 100]);
    outer.truncate(1);
    outer.shrink_to_fit();
    drop(outer);
    let again = arena.slice_copy(&[9u8; 200]);
    assert_eq!((&*kept, &*again), (&[7; 100][..], &[9; 200][..]));
}

#[test]
fn a_block_older_than_a_tail_scope_stays_below_it() {
    let mut arena = Arena::new();
    arena.tail(|mut outer| {
        let address = outer.slice_copy(&[1u8; 64]).as_ptr().addr();
        for _ in 0..3 {
            outer.tail(|inner| {
                let mut inside = ArenaVec::new_in(&inner);
                inside.extend(0..50u8);
                assert!(inside.as_ptr().addr() >= address + 64);
                drop(inside);
            });
        }
        assert!(outer.alloc_plain(1u8) as *const u8 as usize >= address + 64);
    });
}

#[test]
fn memory_that_starts_anywhere_and_is_of_any_length_is_served() {
    let mut memory = [std::mem::MaybeUninit::uninit(); 64];
    for start in 0..17 {
        for len in 0..40 {
            let mut arena = SliceArena::new(&mut memory[start..start + len]);
            while let Ok(value) = arena.try_alloc_plain(1u64) {
                assert_eq!((&raw const *value).addr() % 8, 0);
            }
            arena.reset();
            assert_eq!(arena.rest_bytes(), len);
            while arena.try_alloc_plain(1u8).is_ok() {}
            assert_eq!(arena.rest_bytes(), 0);
        }
    }
}

#[test]
fn without_memory_every_way_says_so() {
    let arena = SliceArena::new(&mut []);
    assert_eq!(arena.try_alloc(1u8).unwrap_err(), Refused::Full);
    assert_eq!(arena.try_alloc_plain(1u8), Err(Refused::Full));
    assert_eq!(arena.try_adopt(String::new()), Err(Refused::Full));
    assert_eq!(arena.try_text("a"), Err(Refused::Full));
    assert_eq!(arena.try_slice_copy(&[1]), Err(Refused::Full));
    assert_eq!(arena.try_format(format_args!("{}", 1)), Err(Refused::Full));
    assert_eq!(arena.try_slice_from_iter([1]).unwrap_err(), Refused::Full);
    assert_eq!(arena.side().try_alloc_plain(1u8), Err(Refused::Full));
    assert!(arena.try_alloc(()).is_ok());
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| arena.alloc(1u8)));
    assert!(refused.is_err());
}

#[test]
fn a_display_that_fails_is_told_from_a_want_of_memory() {
    struct Fails;
    impl std::fmt::Display for Fails {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            Err(std::fmt::Error)
        }
    }
    let arena = Arena::new();
    assert_eq!(
        arena.try_format(format_args!("{Fails}")),
        Err(Refused::Format)
    );
}

/// A value that is dropped in a reset uses the arena's thread again: what it sees is whole.
#[test]
fn a_drop_that_uses_regions_itself_finds_them_whole() {
    thread_local!(static OTHER: RefCell<Arena> = const { RefCell::new(Arena::new()) });
    struct Busy;
    impl Drop for Busy {
        fn drop(&mut self) {
            OTHER.with_borrow_mut(|arena| {
                arena.slice_fill(10_000, 1u8);
                arena.reset();
            });
            let sum = scratch(|s| Ok(s.slice_copied(&[1, 2, 3])?.iter().sum::<i32>()));
            assert_eq!(sum, Ok(6));
        }
    }
    let mut arena = Arena::new();
    arena.adopt(Busy);
    arena.tail(|scope| {
        scope.adopt(Busy);
    });
    arena.side().adopt(Busy);
    arena.reset();
    scratch(|s| {
        s.adopt(Busy);
        s.slice::<u8>(100_000)?;
        Ok(())
    })
    .unwrap();
}

/// Watermarks without a block: a scope on an arena that has no chunk yet leaves none in use.
#[test]
fn a_scope_on_an_empty_arena_leaves_it_empty() {
    let mut arena = Arena::new();
    for _ in 0..1000 {
        arena.tail(|scope| scope.slice_fill(3000, 1u8).len());
        assert_eq!(arena.usage().used_bytes, 0);
    }
    assert_eq!(arena.usage().held_bytes, 4096);
}

#[test]
fn a_result_two_frames_out_is_asked_for_beside() {
    scratch(|outer| {
        scratch(|_| {
            scratch_beside(&outer, |inner| {
                inner.slice::<u8>(1000)?;
                let mut result = ArenaVec::new_in(&outer);
                result.extend(0..1000u32);
                assert!(result.iter().copied().eq(0..1000));
                Ok(())
            })
        })
    })
    .unwrap();
}
