//! Counted handles without cycles: counts, weak handles, exclusive access, shapes of values.

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use tenure_gc::{Cc, CountedHeap, Cycles, Trace, WeakCc, unsize};

/// Both ways to find cycles.
pub(crate) const WAYS: [Cycles; 2] = [Cycles::Trial, Cycles::CPYTHON];

#[derive(Trace, Clone)]
struct Tree {
    children: Vec<Cc<Tree>>,
    name: u32,
}

fn leaf(name: u32) -> Tree {
    Tree {
        children: Vec::new(),
        name,
    }
}

#[test]
fn a_value_is_freed_with_its_last_handle() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        let first = heap.cc(leaf(1));
        let second = Cc::clone(&first);
        assert_eq!((Cc::strong_count(&first), second.name), (2, 1));
        assert!(Cc::ptr_eq(&first, &second));
        drop(first);
        assert_eq!(heap.stats().objects, 1);
        drop(second);
        assert_eq!((heap.stats().objects, heap.stats().bytes), (0, 0));
        assert_eq!(heap.stats().listed, 0);
        heap.check();
    }
}

#[test]
fn an_assignment_of_a_handle_to_itself_keeps_the_value() {
    let heap = CountedHeap::new();
    let mut handle = heap.cc(leaf(7));
    // Who releases first and retains then frees the value here.
    let again = handle.clone();
    handle = again;
    assert_eq!((handle.name, Cc::strong_count(&handle)), (7, 1));
}

#[test]
fn five_thousand_children_are_found_and_freed() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        let kept = heap.cc(leaf(1));
        let parent = heap.cc(Tree {
            children: (0..5000)
                .map(|name| match name {
                    4999 => Cc::clone(&kept),
                    _ => heap.cc(leaf(name)),
                })
                .collect(),
            name: 0,
        });
        let other = Cc::clone(&parent);
        drop(other);
        assert_eq!(heap.collect().objects, 0);
        assert_eq!(parent.children.len(), 5000);
        assert!(
            parent
                .children
                .iter()
                .take(4999)
                .zip(0..)
                .all(|(a, b)| a.name == b)
        );
        drop(parent);
        assert_eq!(heap.stats().objects, 1);
        assert_eq!(kept.name, 1);
    }
}

#[test]
fn a_weak_handle_leads_to_the_value_until_it_is_gone() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        let handle = heap.cc(leaf(3));
        let weak = Cc::downgrade(&handle);
        let copy = weak.clone();
        assert!(WeakCc::ptr_eq(&weak, &Cc::downgrade(&handle)));
        assert_eq!(weak.upgrade().map(|up| up.name), Some(3));
        drop(handle);
        // The block is gone, weak handles or not.
        assert_eq!(heap.stats().bytes, 0);
        assert!(weak.upgrade().is_none() && copy.upgrade().is_none());
        drop(heap);
        assert!(copy.upgrade().is_none());
    }
}

#[derive(Trace)]
struct Own {
    me: WeakCc<Own>,
    born: Cell<bool>,
}

#[test]
fn a_value_may_know_itself_weakly() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        let own = heap.cyclic(|me: &WeakCc<Own>| {
            assert!(me.upgrade().is_none());
            Own {
                me: me.clone(),
                born: Cell::new(true),
            }
        });
        assert!(own.me.upgrade().is_some_and(|up| Cc::ptr_eq(&up, &own)));
        assert!(own.born.get());
        drop(own);
        assert_eq!(heap.stats().objects, 0);
    }
}

#[test]
fn a_value_that_fails_to_be_made_leaves_nothing() {
    let heap = CountedHeap::new();
    let mut kept = None;
    let failed = catch_unwind(AssertUnwindSafe(|| {
        heap.cyclic(|me: &WeakCc<Own>| {
            kept = Some(me.clone());
            panic!("no value")
        })
    }));
    assert!(failed.is_err());
    assert_eq!(heap.stats().bytes, 0);
    assert!(kept.expect("it was called").upgrade().is_none());
}

#[test]
fn only_the_only_handle_gets_the_value_mutably() {
    let heap = CountedHeap::new();
    let mut handle = heap.cc(leaf(1));
    Cc::get_mut(&mut handle).expect("the only one").name = 2;
    let other = Cc::clone(&handle);
    assert!(Cc::get_mut(&mut handle).is_none());
    drop(other);
    let weak = Cc::downgrade(&handle);
    assert!(
        Cc::get_mut(&mut handle).is_none(),
        "a weak handle could look"
    );
    drop(weak);
    assert_eq!(Cc::get_mut(&mut handle).expect("the only one").name, 2);
}

#[test]
fn a_copy_is_made_on_the_first_write_to_what_is_shared() {
    let heap = CountedHeap::new();
    let mut handle = heap.cc(leaf(1));
    let other = Cc::clone(&handle);
    Cc::make_mut(&mut handle).name = 2;
    assert_eq!((handle.name, other.name), (2, 1));
    let weak = Cc::downgrade(&handle);
    Cc::make_mut(&mut handle).name = 3;
    assert!(
        weak.upgrade().is_none(),
        "weak handles lose what is written to"
    );
    assert_eq!(heap.stats().objects, 2);
}

#[test]
fn a_collection_keeps_off_what_is_lent() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        let child = heap.cc(leaf(1));
        let mut parent = heap.cc(leaf(0));
        drop(Cc::clone(&parent));
        let mut lent = Cc::get_mut(&mut parent).expect("the only one");
        lent.children.push(child);
        // The parent is the one candidate: what it holds is not looked for.
        if way == Cycles::Trial {
            assert_eq!(heap.collect().examined, 1);
        }
        drop(Cc::clone(&lent.children[0]));
        // The child's one handle lies in a value that nobody may look into now.
        assert_eq!(heap.collect().objects, 0);
        lent.children.extend((0..10).map(|name| {
            heap.collect();
            heap.cc(leaf(name))
        }));
        drop(lent);
        assert_eq!((parent.children[0].name, parent.children.len()), (1, 11));
    }
}

#[derive(Trace)]
struct Empty;

#[derive(Trace)]
#[repr(align(128))]
struct Wide(#[trace(static)] u8, RefCell<Option<Cc<Wide>>>);

#[test]
fn values_without_bytes_and_with_wide_alignment_have_a_header_too() {
    let heap = CountedHeap::new();
    let empty = heap.cc(Empty);
    let two = Cc::clone(&empty);
    let wide = heap.cc(Wide(5, RefCell::new(None)));
    assert_eq!(std::ptr::from_ref(&*wide).addr() % 128, 0);
    *wide.1.borrow_mut() = Some(Cc::clone(&wide));
    assert_eq!(wide.0, 5);
    drop((empty, two, wide));
    assert_eq!(heap.collect().objects, 1);
    assert_eq!(heap.stats().bytes, 0);
}

#[test]
fn a_handle_may_be_to_a_trait_object_or_a_slice() {
    let heap = CountedHeap::new();
    let dropped = Rc::new(Cell::new(0));
    let shown: Cc<dyn Display> = unsize!(heap.cc(String::from("text")) => dyn Display);
    let slice: Cc<[Noted]> = unsize!(
        heap.cc([Noted(dropped.clone()), Noted(dropped.clone())]) => [Noted]
    );
    let weak = Cc::downgrade(&slice);
    assert_eq!((shown.to_string().as_str(), slice.len()), ("text", 2));
    assert_eq!(weak.upgrade().map(|slice| slice.len()), Some(2));
    drop((shown, slice));
    assert_eq!((dropped.get(), heap.stats().bytes), (2, 0));
}

/// Counts its drops.
#[derive(Trace)]
struct Noted(Rc<Cell<u32>>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[derive(Trace)]
struct Cells {
    cell: Cell<Option<Cc<Cells>>>,
    once: OnceCell<Cc<Cells>>,
    many: RefCell<Vec<Cc<Cells>>>,
}

#[test]
fn cycles_through_each_kind_of_cell_are_seen() {
    for (way, kind) in WAYS
        .into_iter()
        .flat_map(|way| (0..3).map(move |kind| (way, kind)))
    {
        let heap = CountedHeap::with(way);
        let node = heap.cc(Cells {
            cell: Cell::new(None),
            once: OnceCell::new(),
            many: RefCell::default(),
        });
        let own = Cc::clone(&node);
        match kind {
            0 => node.cell.set(Some(own)),
            1 => assert!(node.once.set(own).is_ok()),
            _ => node.many.borrow_mut().push(own),
        }
        drop(node);
        assert_eq!(heap.stats().objects, 1);
        assert_eq!(heap.collect().objects, 1, "{way:?} {kind}");
        assert_eq!(heap.stats().bytes, 0);
    }
}

#[test]
fn handles_may_outlive_their_heap() {
    for way in WAYS {
        let heap = CountedHeap::with(way);
        let mut handle = heap.cc(leaf(4));
        let parent = heap.cc(Tree {
            children: vec![Cc::clone(&handle)],
            name: 5,
        });
        drop(heap);
        Cc::make_mut(&mut handle).name = 6;
        assert_eq!((parent.children[0].name, handle.name), (4, 6));
        let weak = Cc::downgrade(&parent);
        drop(parent);
        assert!(weak.upgrade().is_none());
    }
}

#[test]
fn a_handle_of_another_heap_counts_as_from_elsewhere() {
    let (near, far) = (CountedHeap::new(), CountedHeap::with(Cycles::CPYTHON));
    let target = far.cc(leaf(1));
    let holder = near.cc(Tree {
        children: vec![target],
        name: 2,
    });
    drop(Cc::clone(&holder));
    assert_eq!((near.collect().objects, far.collect().objects), (0, 0));
    assert_eq!(holder.children[0].name, 1);
    drop(near);
    drop(holder);
    assert_eq!(far.stats().objects, 0);
}
