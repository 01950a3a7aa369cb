//! The word through which pages change hands, under every interleaving that loom can produce.
//!
//! Runs with `RUSTFLAGS="--cfg loom" cargo test -p tenure-heap --test loom --release`; without the
//! flag there is nothing in it. Each model is run once more with one memory order weakened, and
//! must then fail.
#![cfg(loom)]

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use tenure_heap::duty;
use tenure_heap::remote::{BlockStack, FULL, OWNED, Orders, Push, RemoteWord, Sound};

struct WeakPush;
impl Orders for WeakPush {
    const PUSH: Ordering = Ordering::Relaxed;
}
struct WeakTake;
impl Orders for WeakTake {
    const TAKE: Ordering = Ordering::Relaxed;
}
struct WeakAbandon;
impl Orders for WeakAbandon {
    const ABANDON: Ordering = Ordering::Relaxed;
}
struct WeakClaim;
impl Orders for WeakClaim {
    const CLAIM: Ordering = Ordering::Relaxed;
}

const BLOCKS: usize = 3;
/// Addresses of blocks are multiples of this.
const STRIDE: usize = 16;

/// A page of three blocks: the word, the blocks' links, what only the owner may write, and who has
/// been told to own it.
struct Page<O: Orders> {
    word: RemoteWord<O>,
    heap: BlockStack<O>,
    links: [UnsafeCell<usize>; BLOCKS],
    used: UnsafeCell<usize>,
    owners: AtomicUsize,
}

// SAFETY: loom itself checks that no cell is used without a happens-before edge: that is the test.
unsafe impl<O: Orders> Sync for Page<O> {}
// SAFETY: as above.
unsafe impl<O: Orders> Send for Page<O> {}

impl<O: Orders> Page<O> {
    fn new(used: usize) -> Arc<Self> {
        Arc::new(Self {
            word: RemoteWord::owned(),
            heap: BlockStack::new(),
            links: std::array::from_fn(|_| UnsafeCell::new(0)),
            used: UnsafeCell::new(used),
            owners: AtomicUsize::new(1),
        })
    }

    fn set_link(&self, block: usize, next: usize) {
        // SAFETY: the caller frees this block, so it alone writes the link (checked by loom).
        self.links[block / STRIDE - 1].with_mut(|link| unsafe { *link = next });
    }

    /// A thread that does not own the page frees a block; true when it owns the page now.
    fn free(&self, block: usize) -> bool {
        match self.word.push(block, 1, |next| self.set_link(block, next)) {
            Push::Queued => false,
            Push::Adopted => {
                assert_eq!(self.owners.fetch_add(1, Ordering::Relaxed), 0, "two owners");
                true
            }
            Push::Redirect => {
                self.heap.push(block, |next| self.set_link(block, next));
                false
            }
        }
    }

    fn count(&self, mut block: usize) -> usize {
        let mut count = 0;
        while block != 0 {
            count += 1;
            assert!(count <= BLOCKS, "a list goes round");
            // SAFETY: taken from a list: the taker alone uses it (checked by loom).
            block = self.links[block / STRIDE - 1].with(|link| unsafe { *link });
        }
        count
    }

    /// The owner takes what is there; returns the blocks still in use.
    fn collect(&self) -> usize {
        let (first, told) = self.word.take();
        let found = self.count(first);
        assert_eq!(found, told as usize);
        let freed = found + self.count(self.heap.take());
        // SAFETY: only the owner touches `used` (checked by loom).
        self.used.with_mut(|used| unsafe {
            *used -= freed;
            *used
        })
    }

    /// The owner gives the page up unless everything has come back; true when it did give it up.
    fn give_up(&self) -> bool {
        loop {
            if self.collect() == 0 {
                return false;
            }
            self.owners.fetch_sub(1, Ordering::Relaxed);
            if self.word.abandon() {
                return true;
            }
            self.owners.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Two threads free blocks while the owner collects: each block arrives once.
fn frees_arrive_once<O: Orders + 'static>() {
    loom::model(|| {
        let page = Page::<O>::new(2);
        let threads: Vec<_> = (1..=2)
            .map(|number| {
                let page = Arc::clone(&page);
                thread::spawn(move || assert!(!page.free(number * STRIDE)))
            })
            .collect();
        while page.collect() > 0 {
            thread::yield_now();
        }
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(page.collect(), 0);
    });
}

/// The owner puts the page aside as full while two threads free: it learns of both blocks.
fn a_full_page_is_heard_of<O: Orders + 'static>() {
    loom::model(|| {
        let page = Page::<O>::new(2);
        let threads: Vec<_> = (1..=2)
            .map(|number| {
                let page = Arc::clone(&page);
                thread::spawn(move || assert!(!page.free(number * STRIDE)))
            })
            .collect();
        // A page that was put aside is heard of through the heap, not only through itself.
        if page.word.set_full() {
            let mut heard = page.heap.take();
            while heard == 0 {
                thread::yield_now();
                heard = page.heap.take();
            }
            assert_eq!(page.count(heard), 1, "one free is redirected");
            // SAFETY: the owner's cell.
            page.used.with_mut(|used| unsafe { *used -= 1 });
        }
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(page.collect(), 0);
    });
}

/// The owner ends while two threads free: at most one owner at a time, and nobody is left with a
/// page whose blocks have all come back.
fn an_abandoned_page_is_adopted_once<O: Orders + 'static>() {
    loom::model(|| {
        let page = Page::<O>::new(3);
        let threads: Vec<_> = (1..=2)
            .map(|number| {
                let page = Arc::clone(&page);
                thread::spawn(move || {
                    if page.free(number * STRIDE) {
                        page.give_up();
                    }
                })
            })
            .collect();
        page.give_up();
        for thread in threads {
            thread.join().unwrap();
        }
        // One block is still in use: the page waits for it without an owner.
        assert!(page.free(3 * STRIDE), "the last free adopts");
        assert_eq!(page.collect(), 0);
    });
}

/// One thread claims the abandoned page for its allocations, another frees into it: one of them
/// owns it.
fn claim_and_free_do_not_both_own<O: Orders + 'static>() {
    loom::model(|| {
        let page = Page::<O>::new(2);
        let (claimer, freer) = (Arc::clone(&page), Arc::clone(&page));
        let claimer = thread::spawn(move || {
            if claimer.word.claim() {
                assert_eq!(
                    claimer.owners.fetch_add(1, Ordering::Relaxed),
                    0,
                    "two owners"
                );
                claimer.give_up();
            }
        });
        let freer = thread::spawn(move || {
            if freer.free(STRIDE) {
                freer.give_up();
            }
        });
        page.give_up();
        claimer.join().unwrap();
        freer.join().unwrap();
        assert!(page.free(2 * STRIDE));
        assert_eq!(page.collect(), 0);
    });
}

#[test]
fn frees_by_others_arrive_once() {
    frees_arrive_once::<Sound>();
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_weak_push_is_found() {
    frees_arrive_once::<WeakPush>();
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_weak_take_is_found() {
    frees_arrive_once::<WeakTake>();
}

#[test]
fn a_page_put_aside_is_heard_of() {
    a_full_page_is_heard_of::<Sound>();
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_weak_push_to_the_heap_is_found() {
    a_full_page_is_heard_of::<WeakPush>();
}

#[test]
fn an_abandoned_page_has_one_adopter() {
    an_abandoned_page_is_adopted_once::<Sound>();
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_weak_abandon_is_found() {
    an_abandoned_page_is_adopted_once::<WeakAbandon>();
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_weak_adopting_push_is_found() {
    an_abandoned_page_is_adopted_once::<WeakPush>();
}

#[test]
fn claims_and_frees_agree() {
    claim_and_free_do_not_both_own::<Sound>();
}

#[test]
#[should_panic(expected = "Causality violation")]
fn a_weak_claim_is_found() {
    claim_and_free_do_not_both_own::<WeakClaim>();
}

#[test]
fn the_flags_fit_below_the_smallest_block() {
    assert!(OWNED | FULL < STRIDE);
}

struct WeakCall;
impl duty::Orders for WeakCall {
    const CALL: Ordering = Ordering::Acquire;
}
struct WeakLeave;
impl duty::Orders for WeakLeave {
    const LEAVE: Ordering = Ordering::Acquire;
}

/// One is on duty and about to leave; another makes work and calls. Whatever happens between, the
/// work is not left to nobody.
fn work_is_never_left<O: duty::Orders + 'static>() {
    let duty = Arc::new(duty::Duty::<O>::barred());
    let work = Arc::new(AtomicUsize::new(0));
    duty.allow();
    assert!(duty.call());
    let leaver = {
        let (duty, work) = (Arc::clone(&duty), Arc::clone(&work));
        thread::spawn(move || duty.leave(|| work.load(Ordering::Relaxed) != 0))
    };
    work.store(1, Ordering::Relaxed);
    let is_called = duty.call();
    let has_left = leaver.join().unwrap();
    assert!(is_called || !has_left, "the work is left to nobody");
    assert!(!is_called || has_left, "two are on duty");
}

#[test]
fn the_last_look_sees_the_work_of_a_call_that_found_somebody() {
    loom::model(work_is_never_left::<duty::Sound>);
}

#[test]
#[should_panic(expected = "left to nobody")]
fn a_call_without_its_fence_loses_work() {
    loom::model(work_is_never_left::<WeakCall>);
}

#[test]
#[should_panic(expected = "left to nobody")]
fn a_leave_without_its_fence_loses_work() {
    loom::model(work_is_never_left::<WeakLeave>);
}
