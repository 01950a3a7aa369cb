//! The stack of free numbers, the exchange of magazines, credit and
//! those who wait, under every interleaving that loom can
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
use tenure_region::credit::{self, Credit};
use tenure_region::exchange::Exchange;
use tenure_region::index_stack::{IndexStack, Orders, Sound};
use tenure_region::wakeup::{self, Fences, Wakeup};

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

struct WeakTake;
impl credit::Orders for WeakTake {
    const TAKE: Ordering = Ordering::Relaxed;
}
struct WeakCreditPut;
impl credit::Orders for WeakCreditPut {
    const PUT: Ordering = Ordering::Relaxed;
}

/// Credit for one block, and the block.
struct OneBlock<O: credit::Orders> {
    credit: Credit<O>,
    block: UnsafeCell<usize>,
}

// SAFETY: loom itself checks that the block is not used without a happens-before edge.
unsafe impl<O: credit::Orders> Sync for OneBlock<O> {}
// SAFETY: as above.
unsafe impl<O: credit::Orders> Send for OneBlock<O> {}

/// Two threads use one block that there is credit for, one of them by `take_all`.
fn credit_stands_for_free_memory<O: credit::Orders + 'static>() {
    let one = Arc::new(OneBlock {
        credit: Credit::<O>::new(),
        block: UnsafeCell::new(0),
    });
    assert_eq!(one.credit.put(8, 8), 0);
    let use_it = |one: &OneBlock<O>| {
        // SAFETY: who has the credit alone uses the block (checked by loom).
        one.block.with_mut(|block| unsafe { *block += 1 });
    };
    let other = {
        let one = Arc::clone(&one);
        thread::spawn(move || {
            if one.credit.take(8) {
                use_it(&one);
                assert_eq!(one.credit.put(8, 8), 0);
            }
        })
    };
    if one.credit.take_all() == 8 {
        use_it(&one);
        assert_eq!(one.credit.put(8, 8), 0);
    }
    other.join().unwrap();
    assert_eq!(one.credit.bytes(), 8, "credit was lost or doubled");
}

#[test]
fn credit_has_one_taker() {
    loom::model(credit_stands_for_free_memory::<credit::Sound>);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn credit_with_a_weak_put_is_found() {
    loom::model(credit_stands_for_free_memory::<WeakCreditPut>);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn credit_with_a_weak_take_is_found() {
    loom::model(credit_stands_for_free_memory::<WeakTake>);
}

/// Puts and takes of several threads, with what does not stay: the sum is what it was.
#[test]
fn credit_is_neither_lost_nor_doubled() {
    loom::model(|| {
        let credit = Arc::new(Credit::<credit::Sound>::new());
        let other = {
            let credit = Arc::clone(&credit);
            thread::spawn(move || credit.put(6, 8) + if credit.take(2) { 2 } else { 0 })
        };
        let mine = credit.put(6, 8) + credit.take_all();
        let theirs = other.join().unwrap();
        assert!(credit.bytes() <= 8);
        assert_eq!(mine + theirs + credit.bytes(), 12);
    });
}

struct WeakFences;
impl Fences for WeakFences {
    const BOTH: Ordering = Ordering::AcqRel;
}

/// One waits until a word is zero, and one makes it so; a mutex and a condition stand for the
/// kernel, which compares the number and puts to sleep in one step. Loom finds who sleeps for ever.
fn whoever_waits_is_woken<F: Fences + Send + Sync + 'static>() {
    use loom::sync::atomic::AtomicUsize;
    let wakeup = Arc::new(Wakeup::<F>::new());
    let held = Arc::new(AtomicUsize::new(1));
    let kernel = Arc::new((loom::sync::Mutex::new(()), loom::sync::Condvar::new()));
    let other = {
        let (wakeup, held, kernel) = (wakeup.clone(), held.clone(), kernel.clone());
        thread::spawn(move || {
            held.fetch_sub(1, Ordering::Relaxed);
            if wakeup.note_free() {
                drop(kernel.0.lock().unwrap());
                kernel.1.notify_all();
            }
        })
    };
    wakeup.enter();
    loop {
        let number = wakeup.number();
        if held.load(Ordering::Relaxed) == 0 {
            break;
        }
        let asleep = kernel.0.lock().unwrap();
        if wakeup.word().load(Ordering::Acquire) == number {
            drop(kernel.1.wait(asleep).unwrap());
        }
    }
    wakeup.leave();
    other.join().unwrap();
}

#[test]
fn no_wakeup_is_lost() {
    loom::model(whoever_waits_is_woken::<wakeup::Sound>);
}

#[test]
#[should_panic(expected = "deadlock")]
fn weak_fences_lose_a_wakeup() {
    loom::model(whoever_waits_is_woken::<WeakFences>);
}
