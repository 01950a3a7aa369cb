//! The pool of one thread beside a shadow model, and the ends of its ranges.

use super::*;
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::string::{String, ToString};
use std::vec::Vec;

#[derive(Clone, Debug)]
enum Op {
    Alloc(u32),
    Fill(u8),
    Drop(usize),
    Drain(usize),
    Out(usize),
    Change(usize, u32),
    Forget(usize),
    Trim,
    Move,
    Reset,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        8 => any::<u32>().prop_map(Op::Alloc),
        2 => any::<u8>().prop_map(Op::Fill),
        6 => any::<usize>().prop_map(Op::Drop),
        1 => any::<usize>().prop_map(Op::Drain),
        2 => any::<usize>().prop_map(Op::Out),
        2 => (any::<usize>(), any::<u32>()).prop_map(|(at, value)| Op::Change(at, value)),
        1 => any::<usize>().prop_map(Op::Forget),
        2 => Just(Op::Trim),
        1 => Just(Op::Move),
        1 => Just(Op::Reset),
    ];
    proptest::collection::vec(op, 0..if cfg!(miri) { 20 } else { 300 })
}

/// Runs the operations up to one that needs the pool without boxes; what is left of them, and how
/// many values were forgotten.
fn borrowed<'o, T: PartialEq + std::fmt::Debug>(
    pool: &LocalPool<T>,
    ops: &'o [Op],
    value: &impl Fn(u32) -> T,
    mut forgotten: usize,
) -> (&'o [Op], usize) {
    let mut live: Vec<(LocalBox<'_, T>, u32)> = Vec::new();
    for (number, op) in ops.iter().enumerate() {
        let at = |at: usize| at % live.len().max(1);
        match *op {
            Op::Alloc(n) => live.push((pool.alloc(value(n)), n)),
            Op::Fill(count) => {
                live.extend((0..u32::from(count)).map(|n| (pool.alloc(value(n)), n)));
            }
            Op::Drain(from) => live.truncate(at(from)),
            Op::Drop(at_any) if !live.is_empty() => drop(live.swap_remove(at(at_any))),
            Op::Out(at_any) if !live.is_empty() => {
                let (out, n) = live.swap_remove(at(at_any));
                assert_eq!(LocalBox::into_inner(out), value(n));
            }
            Op::Change(at_any, n) if !live.is_empty() => {
                let at = at(at_any);
                *live[at].0 = value(n);
                live[at].1 = n;
            }
            Op::Forget(at_any) if !live.is_empty() => {
                let (mut kept, _) = live.swap_remove(at(at_any));
                // Of what the value owns, nothing leaks from the test.
                *kept = value(0);
                let raw: *mut T = LocalBox::leak(kept);
                // SAFETY: leaked just now, and not looked at again.
                unsafe { raw.drop_in_place() };
                forgotten += 1;
            }
            Op::Trim => pool.trim(),
            Op::Move | Op::Reset => return (&ops[number..], forgotten),
            _ => {}
        }
        pool.check();
        assert_eq!(pool.len(), live.len() + forgotten);
        for (value_there, n) in &live {
            assert_eq!(**value_there, value(*n));
        }
    }
    (&[], forgotten)
}

fn agrees<T: PartialEq + std::fmt::Debug>(mut ops: &[Op], value: impl Fn(u32) -> T) {
    let mut pool = LocalPool::new();
    let mut forgotten = 0;
    loop {
        (ops, forgotten) = borrowed(&pool, ops, &value, forgotten);
        pool.check();
        assert_eq!(pool.len(), forgotten);
        match ops {
            [] => break,
            [Op::Reset, ..] => {
                pool.reset();
                forgotten = 0;
            }
            _ => pool = *std::boxed::Box::new(pool),
        }
        pool.check();
        ops = &ops[1..];
    }
    pool.reset();
    pool.trim();
    assert_eq!(pool.held_bytes(), 0);
}

#[derive(Debug, PartialEq)]
#[repr(align(4096))]
struct Aligned(u32);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 48 }))]
    #[test]
    fn scripts_agree_with_a_list(ops in ops()) {
        agrees(&ops, |n| n);
        agrees(&ops, |n| n as u8);
        agrees(&ops, |n| n.to_string());
        agrees(&ops, |_| ());
        agrees(&ops, Aligned);
    }
}

#[test]
fn values_never_move_are_aligned_and_do_not_overlap() {
    let pool = LocalPool::new();
    let boxes: Vec<_> = (0..500).map(|n| pool.alloc(Aligned(n))).collect();
    let mut addresses: Vec<usize> = Vec::new();
    for (n, value) in boxes.iter().enumerate() {
        assert_eq!(value.0 as usize, n);
        addresses.push((&raw const **value).addr());
    }
    assert!(addresses.iter().all(|address| address % 4096 == 0));
    addresses.sort_unstable();
    assert!(addresses.windows(2).all(|pair| pair[1] - pair[0] >= 4096));
}

#[test]
fn the_place_that_came_back_last_is_used_first() {
    let pool = LocalPool::new();
    let (a, b) = (pool.alloc(1), pool.alloc(2));
    let (place_a, place_b) = (&raw const *a, &raw const *b);
    drop(a);
    drop(b);
    assert_eq!(&raw const *pool.alloc(3), place_b);
    let (c, d) = (pool.alloc(4), pool.alloc(5));
    assert_eq!((&raw const *c, &raw const *d), (place_b, place_a));
}

#[test]
fn chunks_double() {
    let pool = LocalPool::new();
    let mut held = Vec::new();
    let mut boxes = Vec::new();
    for n in 0u64..20_000 {
        boxes.push(pool.alloc(n));
        if held.last() != Some(&pool.held_bytes()) {
            held.push(pool.held_bytes());
        }
    }
    let chunks: Vec<usize> = held.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(chunks.len() > 4, "{chunks:?}");
    assert!(chunks.windows(2).all(|pair| pair[1] == 2 * pair[0]));
}

#[test]
fn a_chunk_with_a_value_stays_and_the_others_go() {
    let pool = LocalPool::new();
    let mut boxes: Vec<_> = (0..20_000u64).map(|n| pool.alloc(n)).collect();
    let all = pool.held_bytes();
    boxes.truncate(1);
    pool.trim();
    pool.check();
    assert!(
        pool.held_bytes() < all / 50,
        "{} of {all}",
        pool.held_bytes()
    );
    boxes.extend((1..20_000).map(|n| pool.alloc(n)));
    assert_eq!(pool.held_bytes(), all);
    assert!(boxes.iter().map(|value| **value).eq(0..20_000));
    pool.check();
}

#[test]
fn a_pool_that_moved_with_forgotten_boxes_is_whole() {
    let pool = LocalPool::new();
    for n in 0..10 {
        core::mem::forget(pool.alloc(n));
    }
    let moved = std::boxed::Box::new(pool);
    let again = moved.alloc(7);
    drop(again);
    moved.check();
    assert_eq!(moved.len(), 10);
}

struct Bomb(Rc<Cell<u32>>, bool);
impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        assert!(!self.1, "a drop that panics");
    }
}

#[test]
fn a_drop_that_panics_frees_the_place_and_ends_the_value_once() {
    let count = Rc::new(Cell::new(0));
    let pool = LocalPool::new();
    let mut boxes: Vec<_> = (0..300)
        .map(|n| pool.alloc(Bomb(Rc::clone(&count), n == 150)))
        .collect();
    let ended = catch_unwind(AssertUnwindSafe(|| boxes.clear()));
    assert!(ended.is_err());
    assert_eq!((count.get(), pool.len()), (300, 0));
    pool.check();
    let again = pool.alloc(Bomb(Rc::clone(&count), false));
    assert_eq!(pool.len(), 1);
    drop(again);
    assert_eq!(count.get(), 301);
}

#[test]
fn a_drop_may_use_the_pool() {
    struct Again<'p>(&'p LocalPool<u32>, Cell<u32>);
    impl Drop for Again<'_> {
        fn drop(&mut self) {
            let boxes: Vec<_> = (0..500).map(|n| self.0.alloc(n)).collect();
            self.1.set(boxes.iter().map(|value| **value).sum());
            drop(boxes);
            self.0.trim();
            self.0.check();
        }
    }
    let pool = LocalPool::new();
    let outer = LocalPool::new();
    drop(outer.alloc(Again(&pool, Cell::new(0))));
    assert_eq!((pool.held_bytes(), outer.len()), (0, 0));
}

#[test]
fn what_a_box_owns_ends_with_it_and_what_is_reset_does_not() {
    let count = Rc::new(Cell::new(0));
    let mut pool = LocalPool::new();
    drop(pool.alloc(Bomb(Rc::clone(&count), false)));
    assert_eq!(count.get(), 1);
    let kept: *mut Bomb = LocalBox::leak(pool.alloc(Bomb(Rc::clone(&count), false)));
    // SAFETY: the pool is as it was, and nobody has the value.
    let kept = unsafe { kept.read() };
    pool.reset();
    pool.check();
    assert_eq!((count.get(), pool.len()), (1, 0));
    drop(kept);
    assert_eq!(count.get(), 2);
}

#[test]
fn an_account_that_is_full_refuses_and_the_value_comes_back() {
    static ACCOUNT: Account = Account::new();
    let pool = LocalPool::named("refusing", &ACCOUNT);
    let mut boxes = std::vec![pool.alloc(String::from("a"))];
    assert_eq!(ACCOUNT.held_bytes(), pool.held_bytes());
    ACCOUNT.set_limit(pool.held_bytes());
    let (back, why) = loop {
        match pool.try_alloc(String::from("b")) {
            Ok(value) => boxes.push(value),
            Err(refused) => break refused,
        }
    };
    assert_eq!((back.as_str(), why), ("b", Refused::Limit));
    pool.check();
    boxes.pop();
    boxes.push(pool.try_alloc(back).unwrap());
    drop(boxes);
    pool.trim();
    assert_eq!((ACCOUNT.held_bytes(), pool.held_bytes()), (0, 0));
    drop(pool.alloc(String::new()));
    drop(pool);
    assert_eq!(ACCOUNT.held_bytes(), 0);
    assert!(ACCOUNT.read().is_none());
}

#[test]
fn values_larger_than_any_memory_are_refused() {
    let pool = LocalPool::<[u8; 1 << 46]>::new();
    for _ in 0..2 {
        assert_eq!(pool.refill().err(), Some(Refused::NoMemory));
        pool.check();
    }
    assert!(pool.memory.core().layout(0).is_some());
    assert!(pool.memory.core().layout(CHUNKS - 1).is_none());
    pool.trim();
    assert_eq!(pool.held_bytes(), 0);
}

#[test]
fn a_value_may_hold_boxes_of_its_own_pool() {
    struct Node<'p>(u32, [Option<LocalBox<'p, Node<'p>>>; 2]);
    fn tree<'p>(pool: &'p LocalPool<Node<'p>>, depth: u32) -> LocalBox<'p, Node<'p>> {
        let below = depth.checked_sub(1);
        pool.alloc(Node(
            depth,
            [(); 2].map(|()| below.map(|depth| tree(pool, depth))),
        ))
    }
    let pool = LocalPool::new();
    let top = tree(&pool, 9);
    pool.check();
    assert_eq!((pool.len(), top.1[1].as_ref().unwrap().0), (1023, 8));
    drop(top);
    assert_eq!(pool.len(), 0);
    pool.check();
    core::mem::forget(tree(&pool, 3));
}

#[test]
fn a_box_is_eight_bytes() {
    assert_eq!(size_of::<Option<LocalBox<'_, [u8; 100]>>>(), 8);
}
