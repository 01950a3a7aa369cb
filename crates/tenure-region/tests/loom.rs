//! The stack of free numbers and the exchange of magazines, under every interleaving that loom can
//! produce.
//!
//! Runs with `RUSTFLAGS="--cfg loom" cargo test -p tenure-region --test loom --release`; without
//! the flag there is nothing in it. Each model is run once more with one memory order, or the tag,
//! weakened, and must then fail.
#![cfg(loom)]

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::Ordering;
use loom::thread;
use tenure_region::exchange::Exchange;
use tenure_region::index_stack::{IndexStack, Orders, Sound};

struct WeakLook;
impl Orders for WeakLook {
    const LOOK: Ordering = Ordering::Relaxed;
}
struct WeakPut;
impl Orders for WeakPut {
    const PUT: Ordering = Ordering::Relaxed;
}
struct NoTag;
impl Orders for NoTag {
    const TAG_STEP: u64 = 0;
}

/// Three numbers, and what their holders write.
struct Held<O: Orders> {
    stack: IndexStack<3, O>,
    cells: [UnsafeCell<usize>; 3],
}

// SAFETY: loom itself checks that no cell is used without a happens-before edge: that is the test.
unsafe impl<O: Orders> Sync for Held<O> {}
// SAFETY: as above.
unsafe impl<O: Orders> Send for Held<O> {}

impl<O: Orders + 'static> Held<O> {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            stack: IndexStack::new(),
            cells: std::array::from_fn(|_| UnsafeCell::new(0)),
        })
    }

    fn take(&self) -> Option<usize> {
        let number = self.stack.take()?;
        // SAFETY: the holder alone uses the cell (checked by loom).
        self.cells[number].with_mut(|cell| unsafe { *cell += 1 });
        Some(number)
    }

    fn put(&self, number: usize) {
        self.stack.put(number);
    }
}

/// Two numbers were put; one thread takes both and puts the first again while the other takes: the
/// history of ABA.
fn a_number_has_one_holder<O: Orders + 'static>() {
    let held = Held::<O>::new();
    let (a, b) = (held.take().unwrap(), held.take().unwrap());
    held.put(a);
    held.put(b);
    let other = {
        let held = Arc::clone(&held);
        thread::spawn(move || {
            let first = held.take().unwrap();
            let second = held.take();
            held.put(first);
            second.is_some()
        })
    };
    let mine = held.take();
    let more = held.take();
    assert!(other.join().unwrap() || mine.is_some() || more.is_some());
}

/// One thread puts what another takes and writes to.
fn a_number_comes_with_what_was_written<O: Orders + 'static>() {
    let held = Held::<O>::new();
    let number = held.take().unwrap();
    let other = {
        let held = Arc::clone(&held);
        thread::spawn(move || held.take().is_some())
    };
    // SAFETY: the holder alone uses the cell (checked by loom).
    held.cells[number].with_mut(|cell| unsafe { *cell += 1 });
    held.put(number);
    assert!(other.join().unwrap());
}

#[test]
fn numbers_have_one_holder_each() {
    loom::model(a_number_has_one_holder::<Sound>);
}

#[test]
#[should_panic(expected = "Concurrent write accesses")]
fn without_a_tag_two_get_one_number() {
    loom::model(a_number_has_one_holder::<NoTag>);
}

#[test]
fn what_was_written_is_seen_by_the_next_holder() {
    loom::model(a_number_comes_with_what_was_written::<Sound>);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_weak_put_is_found() {
    loom::model(a_number_comes_with_what_was_written::<WeakPut>);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_weak_look_is_found() {
    loom::model(a_number_comes_with_what_was_written::<WeakLook>);
}

/// Two threads leave a thing each in two places and look for one: nothing is lost or doubled.
fn things_change_hands<O: Orders + Send + Sync + 'static>() {
    let exchange = Arc::new(Exchange::<Box<usize>, 2, O>::new());
    exchange.leave(Box::new(1)).unwrap();
    let other = {
        let exchange = Arc::clone(&exchange);
        thread::spawn(move || exchange.find().map_or(0, |thing| *thing))
    };
    let left = match exchange.leave(Box::new(2)) {
        Ok(()) => 0,
        Err(thing) => *thing,
    };
    let found = other.join().unwrap();
    assert_ne!(found, 0, "one was there all the time");
    let mut rest = 0;
    while let Some(thing) = exchange.find() {
        rest += *thing;
    }
    assert_eq!(left + found + rest, 3, "a thing was lost or doubled");
}

#[test]
fn magazines_change_hands() {
    loom::model(things_change_hands::<Sound>);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn an_exchange_with_a_weak_put_is_found() {
    loom::model(things_change_hands::<WeakPut>);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn an_exchange_with_a_weak_look_is_found() {
    loom::model(things_change_hands::<WeakLook>);
}

#[test]
fn a_full_exchange_takes_nothing() {
    loom::model(|| {
        let exchange = Exchange::<u8, 1>::new();
        assert_eq!(exchange.leave(1), Ok(()));
        assert_eq!(exchange.leave(2), Err(2));
        assert_eq!((exchange.find(), exchange.find()), (Some(1), None));
    });
}
