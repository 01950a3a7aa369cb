//! How counted values end: depth, order, panics, dead neighbours.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;

use tenure_gc::{Cc, CountedHeap, Trace, WeakCc};

use crate::counted_handles::WAYS;
use crate::nodes::many;

const MILLION: usize = many(1_000_000);

#[derive(Trace)]
struct Link {
    next: RefCell<Option<Cc<Link>>>,
}

fn link(next: Option<Cc<Link>>) -> Link {
    Link {
        next: RefCell::new(next),
    }
}

/// Runs with so little stack that a recursion of a thousand levels would not fit.
fn with_little_stack(work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(128 << 10).spawn(work);
    thread.expect("a thread").join().expect("no panic");
}

#[test]
fn a_list_of_a_million_is_dropped_on_a_small_stack() {
    with_little_stack(|| {
        for way in WAYS {
            let heap = CountedHeap::with(way);
            let mut head = None;
            for _ in 0..MILLION {
                head = Some(heap.cc(link(head)));
            }
            assert_eq!(heap.stats().objects, MILLION);
            drop(head);
            assert_eq!((heap.stats().objects, heap.stats().bytes), (0, 0));
        }
    });
}

#[test]
fn a_ring_of_a_million_is_freed_whole() {
    with_little_stack(|| {
        for way in WAYS {
            let heap = CountedHeap::with(way);
            let last = heap.cc(link(None));
            let mut head = Cc::clone(&last);
            for _ in 1..MILLION {
                head = heap.cc(link(Some(head)));
            }
            *last.next.borrow_mut() = Some(Cc::clone(&head));
            assert_eq!(heap.collect().objects, 0, "it is held");
            drop((head, last));
            assert_eq!(heap.stats().objects, MILLION);
            assert_eq!(heap.collect().objects, MILLION);
            assert_eq!((heap.stats().objects, heap.stats().bytes), (0, 0));
            heap.check();
        }
    });
}

/// Writes its name down when it is dropped, and may do more.
#[derive(Trace)]
struct Noted {
    name: u32,
    book: Rc<RefCell<Vec<u32>>>,
    others: RefCell<Vec<Cc<Noted>>>,
    weak: RefCell<Option<WeakCc<Noted>>>,
    last_words: Cell<Words>,
    #[trace(static)]
    given_away: Rc<RefCell<Vec<Cc<Noted>>>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Trace)]
enum Words {
    None,
    Panic,
    FollowOthers,
    AskOthers,
    GiveAway,
    Upgrade,
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.book.borrow_mut().push(self.name);
        let others = self.others.borrow();
        match self.last_words.get() {
            Words::None => {}
            Words::Panic => panic!("the drop of {}", self.name),
            Words::FollowOthers => {
                assert!(others[0].name < 100, "never reached for a dead one");
            }
            Words::AskOthers => assert!(others.iter().all(Cc::is_dead)),
            Words::GiveAway => self.given_away.borrow_mut().push(Cc::clone(&others[0])),
            Words::Upgrade => {
                let weak = self.weak.borrow();
                assert!(weak.as_ref().is_none_or(|weak| weak.upgrade().is_none()));
            }
        }
    }
}

type Book = Rc<RefCell<Vec<u32>>>;

fn noted(heap: &CountedHeap, book: &Book, name: u32, last_words: Words) -> Cc<Noted> {
    heap.cc(Noted {
        name,
        book: book.clone(),
        others: RefCell::default(),
        weak: RefCell::default(),
        last_words: Cell::new(last_words),
        given_away: Rc::default(),
    })
}

/// A ring of three, of which the second has these last words.
fn ring(heap: &CountedHeap, book: &Book, words: Words) -> [Cc<Noted>; 3] {
    let all = [0, 1, 2].map(|name| {
        let words = if name == 1 { words } else { Words::None };
        noted(heap, book, name, words)
    });
    for (at, node) in all.iter().enumerate() {
        node.others.borrow_mut().push(Cc::clone(&all[(at + 1) % 3]));
        *node.weak.borrow_mut() = Some(Cc::downgrade(&all[(at + 2) % 3]));
    }
    all
}

#[test]
fn values_inside_a_value_are_dropped_after_it_in_order() {
    let (heap, book) = (CountedHeap::new(), Book::default());
    let parent = noted(&heap, &book, 0, Words::None);
    for name in 1..4 {
        parent
            .others
            .borrow_mut()
            .push(noted(&heap, &book, name, Words::None));
    }
    drop(parent);
    assert_eq!(*book.borrow(), [0, 1, 2, 3]);
}

#[test]
fn each_value_of_a_cycle_is_dropped_once() {
    for way in WAYS {
        let (heap, book) = (CountedHeap::with(way), Book::default());
        drop(ring(&heap, &book, Words::AskOthers));
        assert_eq!(heap.collect().objects, 3);
        book.borrow_mut().sort_unstable();
        assert_eq!(
            (&book.borrow()[..], heap.stats().bytes),
            (&[0, 1, 2][..], 0)
        );
    }
}

#[test]
fn weak_handles_are_cleared_before_any_value_of_a_cycle_is_dropped() {
    for way in WAYS {
        let (heap, book) = (CountedHeap::with(way), Book::default());
        let all = ring(&heap, &book, Words::Upgrade);
        let weak = Cc::downgrade(&all[0]);
        assert!(weak.upgrade().is_some());
        drop(all);
        assert_eq!(heap.collect().objects, 3);
        assert!(weak.upgrade().is_none());
        assert_eq!((book.borrow().len(), heap.stats().bytes), (3, 0));
    }
}

#[test]
fn a_dead_neighbour_cannot_be_followed_and_the_others_are_dropped_all_the_same() {
    for way in WAYS {
        let (heap, book) = (CountedHeap::with(way), Book::default());
        drop(ring(&heap, &book, Words::FollowOthers));
        let told = catch_unwind(AssertUnwindSafe(|| heap.collect())).expect_err("it is dead");
        let told = told.downcast_ref::<&str>().expect("a text");
        assert!(told.contains("already dropped"), "{told}");
        assert_eq!((book.borrow().len(), heap.stats().bytes), (3, 0));
        heap.check();
    }
}

#[test]
fn a_drop_that_panics_leaves_nothing_and_drops_nothing_twice() {
    for way in WAYS {
        let (heap, book) = (CountedHeap::with(way), Book::default());
        drop(ring(&heap, &book, Words::Panic));
        assert!(catch_unwind(AssertUnwindSafe(|| heap.collect())).is_err());
        book.borrow_mut().sort_unstable();
        assert_eq!(
            (&book.borrow()[..], heap.stats().bytes),
            (&[0, 1, 2][..], 0)
        );
        // The heap goes on.
        drop(ring(&heap, &book, Words::None));
        assert_eq!(heap.collect().objects, 3);
        assert_eq!(heap.stats().collections, 2);
    }
}

#[test]
fn a_panic_deep_in_a_list_ends_no_other_drop() {
    let (heap, book) = (CountedHeap::new(), Book::default());
    for at in [0, 63, 64, 65, 500, 999] {
        book.borrow_mut().clear();
        let mut head = None;
        for name in (0..1000).rev() {
            let words = if name == at {
                Words::Panic
            } else {
                Words::None
            };
            let node = noted(&heap, &book, name, words);
            node.others.borrow_mut().extend(head);
            head = Some(node);
        }
        assert!(catch_unwind(AssertUnwindSafe(|| drop(head))).is_err());
        assert!(book.borrow().iter().copied().eq(0..1000), "{at}");
        assert_eq!(heap.stats().bytes, 0);
    }
}

#[test]
fn a_handle_given_away_by_a_drop_is_dead_and_keeps_only_the_block() {
    for way in WAYS {
        let (heap, book) = (CountedHeap::with(way), Book::default());
        let all = ring(&heap, &book, Words::GiveAway);
        let given = Rc::clone(&all[1].given_away);
        drop(all);
        assert_eq!(heap.collect().objects, 3);
        assert_eq!((book.borrow().len(), heap.stats().objects), (3, 1));
        let mut dead = given.borrow_mut().pop().expect("it was given away");
        assert!(Cc::is_dead(&dead) && Cc::get_mut(&mut dead).is_none());
        assert!(Cc::downgrade(&dead).upgrade().is_none());
        assert_eq!(format!("{dead:?}"), "Cc(dead)");
        let copy = Cc::clone(&dead);
        assert!(catch_unwind(AssertUnwindSafe(|| copy.name)).is_err());
        drop((dead, copy));
        assert_eq!((book.borrow().len(), heap.stats().bytes), (3, 0));
    }
}

impl std::fmt::Debug for Noted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.name)
    }
}

#[test]
fn a_dead_handle_may_outlive_the_heap() {
    let book = Book::default();
    let heap = CountedHeap::new();
    let all = ring(&heap, &book, Words::GiveAway);
    let given = Rc::clone(&all[1].given_away);
    drop(all);
    drop(heap);
    assert_eq!((book.borrow().len(), given.borrow().len()), (3, 1));
    given.borrow_mut().clear();
}

#[test]
fn a_drop_may_allocate_and_collect() {
    #[derive(Trace)]
    struct Busy {
        next: RefCell<Option<Cc<Busy>>>,
        #[trace(static)]
        heap: Rc<CountedHeap>,
    }
    impl Drop for Busy {
        fn drop(&mut self) {
            let ring = self.heap.cc(link(None));
            *ring.next.borrow_mut() = Some(Cc::clone(&ring));
            drop(ring);
            self.heap.collect();
        }
    }
    for way in WAYS {
        let heap = Rc::new(CountedHeap::with(way));
        let busy = heap.cc(Busy {
            next: RefCell::new(None),
            heap: heap.clone(),
        });
        *busy.next.borrow_mut() = Some(Cc::clone(&busy));
        drop(busy);
        assert_eq!(heap.collect().objects, 1);
        assert_eq!(heap.collect().objects, 1, "the ring that the drop left");
        assert_eq!(heap.stats().bytes, 0);
        let busy = heap.cc(Busy {
            next: RefCell::new(None),
            heap: heap.clone(),
        });
        drop(busy);
        assert_eq!(heap.stats().bytes, 0);
    }
}
