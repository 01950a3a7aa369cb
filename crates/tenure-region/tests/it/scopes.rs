//! Scopes that end in any order, nest, and live across an `.await`.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tenure_region::{Arena, ArenaVec, Side};

#[test]
fn side_scopes_end_in_any_order() {
    let arena = Arena::new();
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let mut scopes: Vec<Option<Side<'_>>> = (0..3).map(|_| Some(arena.side())).collect();
        for (n, scope) in scopes.iter().flatten().enumerate() {
            scope.slice_fill(1000 * (n + 1), n as u8);
        }
        for n in order {
            let scope = scopes[n].take().unwrap();
            let copy = scope.slice_fill(5000, n as u8);
            assert!(copy.iter().all(|byte| *byte == n as u8));
        }
    }
    assert_eq!(arena.usage().used_bytes, 0);
}

#[test]
fn a_scope_and_its_parent_grow_in_turn() {
    let arena = Arena::new();
    let mut outer = ArenaVec::new_in(&arena);
    for n in 0..300u32 {
        let scope = arena.side();
        let mut inner = ArenaVec::new_in(&scope);
        for m in 0..n {
            inner.push(m);
            outer.push(m);
        }
        let deeper = scope.side();
        deeper.slice_fill(100, 0u8);
        assert!(inner.iter().copied().eq(0..n));
    }
    let mut rest = &outer[..];
    for n in 0..300u32 {
        let (turn, behind) = rest.split_at(n as usize);
        assert!(turn.iter().copied().eq(0..n));
        rest = behind;
    }
}

#[test]
fn a_scope_outlives_the_scope_it_was_made_in() {
    let arena = Arena::new();
    let kept = {
        let first = arena.side();
        first.alloc_plain(1);
        // Of the arena, not of the scope: that would not compile.
        arena.side()
    };
    assert_eq!(*kept.alloc_plain(2), 2);
}

#[test]
fn a_scope_lives_across_an_await() {
    async fn work(arena: &Arena) -> u64 {
        let scope = arena.side();
        let value = scope.alloc_plain(3u64);
        std::future::ready(()).await;
        *value += 1;
        *value
    }
    let arena = Arena::new();
    let mut future = pin!(work(&arena));
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(4));
}

#[test]
fn tails_nest_and_end_by_panics_too() {
    let mut arena = Arena::new();
    arena.alloc_plain(1u8);
    let before = arena.usage();
    let deep = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        arena.tail(|mut a| {
            a.slice_fill(100_000, 1u8);
            a.tail(|mut b| {
                b.slice_fill(1 << 20, 2u8);
                b.tail(|c| -> u8 { panic!("{}", c.alloc_plain(3)) })
            })
        })
    }));
    assert!(deep.is_err());
    assert_eq!(arena.usage().used_bytes, before.used_bytes);
}
