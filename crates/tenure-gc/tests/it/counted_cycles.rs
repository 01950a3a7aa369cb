//! When and how cycles are found.

use std::cell::RefCell;
use std::mem;

use tenure_gc::{Cc, CountedHeap, Cycles, Trace};

use crate::counted_handles::WAYS;

#[derive(Trace, Default)]
struct Node {
    edges: RefCell<Vec<Cc<Node>>>,
}

impl Node {
    fn point(&self, to: &Cc<Node>) {
        self.edges.borrow_mut().push(Cc::clone(to));
    }
}

fn ring(heap: &CountedHeap) -> Cc<Node> {
    let node = heap.cc(Node::default());
    node.point(&node);
    node
}

#[test]
fn a_cycle_that_somebody_holds_is_kept_with_all_it_reaches() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        let (a, b) = (ring(&heap), ring(&heap));
        let tail = heap.cc(Node::default());
        a.point(&b);
        b.point(&a);
        b.point(&tail);
        drop((b, tail));
        assert_eq!(heap.collect().objects, 0, "{way:?}");
        assert_eq!(a.edges.borrow()[1].edges.borrow().len(), 3);
        // The reached tail is no part of the cycle, but nothing else keeps it.
        drop(a);
        assert_eq!(heap.collect().objects, 3, "{way:?}");
        assert_eq!(heap.stats().bytes, 0);
    }
}

#[test]
fn what_a_lost_cycle_shares_with_the_living_stays() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        let (lost, shared) = (ring(&heap), heap.cc(Node::default()));
        lost.point(&shared);
        drop(lost);
        assert_eq!(heap.collect().objects, 1);
        assert_eq!((heap.stats().objects, Cc::strong_count(&shared)), (1, 1));
    }
}

#[test]
fn what_is_borrowed_mutably_counts_as_in_use() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        let (holder, held) = (heap.cc(Node::default()), ring(&heap));
        holder.point(&held);
        drop(held);
        let borrow = holder.edges.borrow_mut();
        assert_eq!(heap.collect().objects, 0, "{way:?}");
        assert_eq!(borrow[0].edges.borrow().len(), 1);
        drop(borrow);
        drop(holder);
        assert_eq!(heap.collect().objects, 1);
    }
}

#[test]
fn a_borrow_that_is_never_given_back_makes_a_cycle_stay_and_no_more() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        let node = ring(&heap);
        let edges = node.edges.as_ptr();
        mem::forget(node.edges.borrow_mut());
        drop(node);
        assert_eq!(heap.collect().objects, 0);
        assert_eq!(heap.stats().objects, 1);
        heap.check();
        // SAFETY: the object is there, as was just seen, and its borrow is used by nobody.
        drop(mem::take(unsafe { &mut *edges }));
        assert_eq!(heap.stats().objects, 0, "its last handle was its own");
    }
}

#[test]
fn a_forgotten_handle_keeps_its_cycle() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        let forgotten = Cc::into_raw(ring(&heap));
        assert_eq!((heap.collect().objects, heap.stats().objects), (0, 1));
        // SAFETY: it was taken apart above.
        drop(unsafe { Cc::from_raw(forgotten) });
        assert_eq!((heap.collect().objects, heap.stats().objects), (1, 0));
    }
}

#[test]
fn lost_cycles_do_not_pile_up() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        let mut most = 0;
        for _ in 0..20_000 {
            drop(ring(&heap));
            most = most.max(heap.stats().objects);
        }
        assert!(most <= 1002, "{way:?}: {most}");
        let stats = heap.stats();
        assert!(stats.fruitful > 0 && stats.fruitful <= stats.collections);
        assert_eq!(stats.freed_in_cycles as usize + stats.objects, 20_000);
        assert!(stats.pause_ns_max > 0 && stats.pause_ns_max <= stats.pause_ns_total);
    }
}

#[test]
fn nothing_comes_by_itself_when_that_is_not_wanted() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        heap.set_automatic(false);
        (0..5000).for_each(|_| drop(ring(&heap)));
        assert_eq!((heap.stats().objects, heap.stats().collections), (5000, 0));
        heap.set_automatic(true);
        drop(ring(&heap));
        assert_eq!(heap.stats().collections, 1);
        assert!(heap.stats().objects <= 1);
    }
}

#[test]
fn a_step_looks_at_no_more_candidates_than_it_is_told() {
    let heap = CountedHeap::new();
    heap.set_automatic(false);
    (0..100).for_each(|_| drop(ring(&heap)));
    for done in 1..=10 {
        assert_eq!(heap.step(10).objects, 10);
        assert_eq!(heap.stats().objects, 100 - 10 * done);
    }
    assert_eq!(heap.step(10).examined, 0);
}

#[test]
fn survivors_grow_old_and_are_looked_at_seldom() {
    let heap = CountedHeap::with(Cycles::CPYTHON);
    let kept: Vec<_> = (0..100_000).map(|_| heap.cc(Node::default())).collect();
    // Every object is looked at when young; the rule of a quarter bounds how often when old.
    let examined = heap.stats().examined;
    assert!(
        (100_000..600_000).contains(&(examined as usize)),
        "{examined}"
    );
    heap.collect();
    let old = heap.stats().examined;
    (0..700).for_each(|_| drop(ring(&heap)));
    assert_eq!(heap.collect_generation(0).objects, 700);
    assert!(heap.stats().examined - old <= 701, "the old are left alone");
    heap.check();
    drop(kept);
    assert_eq!(heap.stats().bytes, 0);
}

#[test]
fn removal_from_every_age_keeps_the_list_in_order() {
    let heap = CountedHeap::with(Cycles::CPYTHON);
    heap.set_automatic(false);
    let mut kept: Vec<_> = Vec::new();
    for generation in [2, 1, 0] {
        kept.extend((0..10).map(|_| heap.cc(Node::default())));
        heap.check();
        if generation > 0 {
            heap.collect_generation(generation - 1);
            heap.check();
        }
    }
    while !kept.is_empty() {
        let at = kept.len() * 7 % 13 % kept.len();
        kept.remove(at);
        heap.check();
        assert_eq!(heap.stats().listed, kept.len());
    }
}

#[test]
fn types_without_handles_are_never_listed() {
    let heap = CountedHeap::with(Cycles::CPYTHON);
    let texts: Vec<_> = (0..1000).map(|at: u32| heap.cc(at.to_string())).collect();
    assert_eq!((heap.stats().listed, heap.stats().collections), (0, 0));
    let heap = CountedHeap::new();
    let text = heap.cc(String::new());
    drop(Cc::clone(&text));
    assert_eq!((heap.stats().listed, texts.len()), (0, 1000));
}

#[test]
fn a_dense_graph_is_judged_as_a_whole() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        let all: Vec<_> = (0..300).map(|_| heap.cc(Node::default())).collect();
        all.iter().for_each(|a| all.iter().for_each(|b| a.point(b)));
        let one = Cc::clone(&all[150]);
        drop(all);
        assert_eq!(heap.collect().objects, 0);
        drop(one);
        assert_eq!(heap.collect().objects, 300);
        assert_eq!(heap.stats().bytes, 0);
    }
}
