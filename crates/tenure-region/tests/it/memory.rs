//! How much is held, and how often the allocator is asked.

use std::thread;

use tenure_region::{Arena, ArenaPool, ArenaVec, TypedArena, VirtualArena};

#[test]
fn a_large_block_between_two_small_ones_holds_little_more_than_itself() {
    let arena = Arena::new();
    arena.slice_fill(10, 0u8);
    arena.slice_fill(1 << 20, 0u8);
    arena.slice_fill(10, 0u8);
    let held = arena.usage().held_bytes;
    assert!(held <= (11 << 20) / 10, "{held}");
}

#[test]
fn a_million_scopes_take_no_new_chunk() {
    let scopes = if cfg!(miri) { 100 } else { 1_000_000 };
    let mut arena = Arena::new();
    arena.alloc_plain(1u8);
    drop(arena.side().alloc(1u8));
    let held = arena.usage().held_bytes;
    for n in 0..scopes {
        let (outer, inner) = (arena.side(), arena.side());
        assert_eq!(*outer.alloc_plain(n), n);
        drop(outer);
        assert_eq!(*inner.alloc_plain(n), n);
    }
    let two = arena.usage().held_bytes;
    assert!(two <= held + (16 << 10), "{held} {two}");
    for n in 0..scopes {
        arena.tail(|scope| assert_eq!(*scope.alloc_plain(n), n));
    }
    assert_eq!(arena.usage().held_bytes, two);
}

#[test]
fn the_peak_is_kept_and_the_rest_is_counted() {
    let mut arena = Arena::named("peaks");
    arena.tail(|scope| scope.slice_fill(3 << 20, 0u8).len());
    let usage = arena.usage();
    assert_eq!(usage.used_bytes, 0);
    assert!(usage.peak_bytes >= 3 << 20 && usage.peak_bytes == usage.held_bytes);
    arena.trim(0);
    let usage = arena.usage();
    assert_eq!((usage.held_bytes, usage.used_bytes), (0, 0));
    assert!(usage.peak_bytes >= 3 << 20);
    assert_eq!(arena.slice_fill(100, 1u8), [1; 100]);
}

#[test]
fn trimming_keeps_what_is_in_use() {
    let mut arena = Arena::new();
    arena.adopt(String::from("kept"));
    arena.slice_fill(100_000, 1u8);
    arena.trim(0);
    assert!(arena.usage().used_bytes > 100_000);
}

#[test]
fn a_forgotten_scope_leaks_no_longer_than_to_the_next_reset() {
    let mut arena = Arena::new();
    let scope = arena.side();
    scope.slice_fill(100_000, 1u8);
    std::mem::forget(scope);
    assert!(arena.usage().used_bytes >= 100_000);
    arena.reset();
    let usage = arena.usage();
    assert_eq!(usage.used_bytes, 0);
    arena.slice_fill(100_000, 1u8);
    assert_eq!(arena.usage().held_bytes, usage.held_bytes);
}

#[test]
fn a_limit_is_exact_and_leaves_the_arena_usable() {
    let mut arena = Arena::new();
    arena.set_limit_bytes(100_000);
    let mut blocks = 0;
    while arena.try_slice_fill(1000, 0u8).is_ok() {
        blocks += 1;
    }
    assert!(blocks > 40, "{blocks}");
    assert!(arena.usage().held_bytes <= 100_000);
    arena.reset();
    assert!(arena.try_slice_fill(1000, 0u8).is_ok());
}

#[test]
fn an_arena_goes_to_another_thread_with_what_it_adopted() {
    let arena = Arena::new();
    arena.adopt(String::from("dropped elsewhere"));
    thread::spawn(move || drop(arena)).join().unwrap();
}

#[test]
fn threads_take_arenas_in_turn_and_their_values_stay() {
    let pool = ArenaPool::named("workers");
    let rounds = if cfg!(miri) { 3 } else { 200 };
    let texts: Vec<&str> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let pool = &pool;
                scope.spawn(move || -> Vec<&str> {
                    (0..rounds)
                        .map(|round| &*pool.take().text(&format!("{number}-{round}")))
                        .collect()
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    for (index, text) in texts.iter().enumerate() {
        assert_eq!(*text, format!("{}-{}", index / rounds, index % rounds));
    }
    assert!(pool.usage().held_bytes <= 4 * (64 << 10));
}

#[test]
fn a_full_reservation_refuses_and_is_whole_again_after_a_reset() {
    let mut arena = VirtualArena::reserve(1 << 20).unwrap();
    assert!(arena.try_slice_fill((1 << 20) + 1, 0u8).is_err());
    assert!(arena.try_slice_fill(1 << 20, 0u8).is_ok());
    assert!(arena.try_alloc(1u8).is_err());
    arena.reset();
    arena.trim(0);
    let mut vec = ArenaVec::new_in(&arena);
    while vec.try_push(1u8).is_ok() {}
    assert_eq!(vec.len(), 1 << 20);
}

#[test]
fn typed_values_stay_where_they_are() {
    let arena = TypedArena::new();
    let values: Vec<&mut usize> = (0..10_000).map(|n| arena.alloc(n)).collect();
    assert!(values.iter().enumerate().all(|(n, value)| **value == n));
    assert_eq!(arena.len(), 10_000);
    assert!(arena.into_values().eq(0..10_000));
}
