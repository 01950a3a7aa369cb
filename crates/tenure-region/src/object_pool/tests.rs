//! Object pools: who has what, when it goes, and what panics.

use super::magazine::LEN_MAX;
use super::*;
use std::cell::Cell;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::String;
use std::sync::atomic::AtomicUsize;
use std::thread;
use std::vec::Vec;

/// An object that counts how many there are, and never twice.
struct Counted<'c>(&'c AtomicUsize, usize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        assert!(self.0.fetch_sub(1, Ordering::Relaxed) > 0, "dropped twice");
    }
}
impl Recycle for Counted<'_> {
    fn recycle(&mut self) {}
    fn weigh(&self) -> usize {
        self.1
    }
}

static MADE: AtomicUsize = AtomicUsize::new(0);
fn make() -> Counted<'static> {
    MADE.fetch_add(1, Ordering::Relaxed);
    Counted(&MADE, 100)
}

#[test]
fn objects_come_back_as_good_as_new_and_each_has_one_holder() {
    let mut pool = ObjectPool::new(String::new);
    let mut texts: Vec<_> = (0..100).map(|_| pool.take()).collect();
    for text in &mut texts {
        text.push_str("something");
    }
    let places: HashSet<_> = texts.iter().map(|text| text.as_ptr()).collect();
    drop(texts);
    let again: Vec<_> = (0..100).map(|_| pool.take()).collect();
    assert!(again.iter().all(|text| text.is_empty()));
    let same: HashSet<_> = again.iter().map(|text| text.as_ptr()).collect();
    assert_eq!(places, same);
    drop(again);
    assert_eq!(pool.check(), 100);
}

#[test]
fn threads_come_and_go_and_every_object_ends_once() {
    let rounds = if cfg!(miri) { 40 } else { 5000 };
    let mut pool = ObjectPool::new(make);
    for _ in 0..3 {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut held = Vec::new();
                    for round in 0..rounds {
                        held.push(pool.take());
                        if round % 50 == 49 {
                            held.clear();
                        }
                    }
                });
            }
            scope.spawn(|| (0..20).for_each(|_| pool.tick()));
            scope.spawn(|| (0..20).for_each(|_| pool.shed()));
        });
        assert_eq!(pool.check(), MADE.load(Ordering::Relaxed));
    }
    drop(pool);
    assert_eq!(MADE.load(Ordering::Relaxed), 0);
}

#[test]
fn what_a_thread_had_goes_to_others_when_it_ends() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    static POOL: ObjectPool<String> = ObjectPool::new(|| {
        COUNT.fetch_add(1, Ordering::Relaxed);
        String::from("made")
    });
    // The end of a scope does not wait for what runs at the end of a thread; `join` does.
    let both = thread::spawn(|| drop((POOL.take(), POOL.take())));
    both.join().unwrap();
    let both = (POOL.take(), POOL.take());
    assert_eq!(COUNT.load(Ordering::Relaxed), 2);
    drop(both);
}

#[test]
fn a_pool_ends_before_threads_that_used_it() {
    let (done, wait) = std::sync::mpsc::channel();
    let (say, told) = std::sync::mpsc::channel();
    let pool = std::sync::Arc::new(ObjectPool::new(|| std::vec![1u8; 10]));
    let theirs = std::sync::Arc::clone(&pool);
    let user = thread::spawn(move || {
        drop(theirs.take());
        drop(theirs);
        done.send(()).unwrap();
        told.recv().unwrap();
        // A pool that comes later may lie where the first one lay.
        let other = ObjectPool::new(|| std::vec![2u8; 10]);
        assert_eq!(other.take()[0], 2);
    });
    wait.recv().unwrap();
    drop(pool);
    say.send(()).unwrap();
    user.join().unwrap();
}

#[test]
fn more_pools_than_a_thread_s_table_has_entries_work() {
    let mut pools: Vec<_> = (0..40).map(|_| ObjectPool::new(String::new)).collect();
    for round in 0..3 {
        for pool in &pools {
            let mut text = pool.take();
            assert!(text.is_empty());
            text.reserve(20 + round);
        }
    }
    // A local that another pool's entry pushed out is the next one's of this thread.
    for pool in &mut pools {
        assert_eq!(pool.check(), 1);
    }
}

#[test]
fn one_huge_buffer_does_not_stay() {
    let pool = ObjectPool::new(Vec::<u8>::new);
    pool.take().reserve_exact(64 << 20);
    assert_eq!(pool.kept_bytes(), 0);
    pool.take().reserve_exact(1 << 20);
    assert_eq!(pool.kept_bytes(), 1 << 20);
    assert_eq!(pool.take_heavy(2 << 20).capacity(), 0);
    assert_eq!(pool.take_heavy(1 << 20).capacity(), 1 << 20);
}

#[test]
fn light_requests_do_not_take_the_heaviest() {
    let mut pool = ObjectPool::new(Vec::<u8>::new);
    let sizes = [8 << 10, 512 << 10, 64 << 10];
    let held: Vec<_> = (sizes.iter())
        .map(|size| {
            let mut buffer = pool.take();
            buffer.reserve_exact(*size);
            buffer
        })
        .collect();
    drop(held);
    assert_eq!(pool.take_heavy(9 << 10).capacity(), 64 << 10);
    assert_eq!(pool.take().capacity(), 8 << 10);
    assert_eq!(pool.check(), 3);
}

#[test]
fn most_of_what_nobody_takes_is_gone_after_two_ticks() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let mut pool = ObjectPool::new(|| {
        COUNT.fetch_add(1, Ordering::Relaxed);
        Counted(&COUNT, 1000)
    });
    drop((0..1000).map(|_| pool.take()).collect::<Vec<_>>());
    assert_eq!(COUNT.load(Ordering::Relaxed), 1000);
    pool.tick();
    assert_eq!(COUNT.load(Ordering::Relaxed), 1000);
    assert_eq!(pool.check(), 1000);
    pool.tick();
    assert_eq!(pool.check(), COUNT.load(Ordering::Relaxed));
    assert!(
        COUNT.load(Ordering::Relaxed) <= 2 * LEN_MAX,
        "90 % and more are gone"
    );
    pool.shed();
    assert_eq!(COUNT.load(Ordering::Relaxed), 0);
}

#[test]
fn what_is_taken_between_ticks_stays() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let pool = ObjectPool::new(|| {
        COUNT.fetch_add(1, Ordering::Relaxed);
        std::vec![0u8; 100_000]
    });
    for _ in 0..20 {
        drop(pool.take());
        pool.tick();
    }
    assert_eq!(COUNT.load(Ordering::Relaxed), 1);
}

#[test]
fn a_reset_that_panics_drops_the_object_once() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    struct Bad(Counted<'static>);
    impl Recycle for Bad {
        fn recycle(&mut self) {
            assert!(self.0.1 != 13, "a reset that panics");
        }
    }
    let pool = ObjectPool::told(|| {
        COUNT.fetch_add(1, Ordering::Relaxed);
        Bad(Counted(&COUNT, 0))
    });
    let mut object = pool.take();
    object.0.1 = 13;
    assert!(catch_unwind(AssertUnwindSafe(move || drop(object))).is_err());
    assert_eq!(COUNT.load(Ordering::Relaxed), 0);
    assert!(pool.outstanding().is_empty());
    drop(pool.take());
    assert_eq!(COUNT.load(Ordering::Relaxed), 1);
}

#[test]
fn a_drop_that_panics_while_shedding_ends_nothing_twice() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    struct Bomb(Counted<'static>);
    impl Recycle for Bomb {
        fn recycle(&mut self) {}
        fn weigh(&self) -> usize {
            if self.0.1.is_multiple_of(2) {
                10
            } else {
                10_000
            }
        }
    }
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(self.0.1 != 20, "a drop that panics");
        }
    }
    let mut pool = ObjectPool::new(|| {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Bomb(Counted(&COUNT, number))
    });
    drop((0..100).map(|_| pool.take()).collect::<Vec<_>>());
    assert_eq!(pool.check(), COUNT.load(Ordering::Relaxed));
    assert!(catch_unwind(AssertUnwindSafe(|| pool.shed())).is_err());
    assert_eq!(pool.check(), COUNT.load(Ordering::Relaxed));
    pool.shed();
    assert_eq!(pool.check(), 0);
    assert_eq!(COUNT.load(Ordering::Relaxed), 0);
}

#[test]
fn an_object_whose_code_uses_its_own_pool_is_served() {
    std::thread_local!(static DEPTH: Cell<u32> = const { Cell::new(0) });
    struct Nested;
    static POOL: ObjectPool<Nested> = ObjectPool::new(|| Nested);
    impl Recycle for Nested {
        fn recycle(&mut self) {
            if DEPTH.get() < 3 {
                DEPTH.set(DEPTH.get() + 1);
                drop((POOL.take(), POOL.take()));
                DEPTH.set(DEPTH.get() - 1);
            }
        }
    }
    impl Drop for Nested {
        fn drop(&mut self) {
            if DEPTH.get() == 0 {
                DEPTH.set(3);
                drop(POOL.take());
                DEPTH.set(0);
            }
        }
    }
    drop((0..40).map(|_| POOL.take()).collect::<Vec<_>>());
    POOL.shed();
    drop(POOL.take());
}

#[test]
fn objects_go_back_on_other_threads() {
    let mut pool = ObjectPool::new(make_text);
    thread::scope(|scope| {
        let (send, receive) = std::sync::mpsc::channel();
        let pool = &pool;
        scope.spawn(move || (0..1000).for_each(|_| send.send(pool.take()).unwrap()));
        scope.spawn(move || receive.into_iter().for_each(|text| assert_eq!(*text, "")));
    });
    let kept = pool.check();
    assert!((1..=1000).contains(&kept), "{kept}");
}

fn make_text() -> String {
    String::new()
}

#[test]
fn outstanding_objects_are_listed_by_site() {
    let pool = ObjectPool::told(String::new);
    let many: Vec<_> = (0..3).map(|_| pool.take()).collect();
    let line = line!() + 1;
    let one = pool.take();
    let out = pool.outstanding();
    assert_eq!((out.len(), out[0].count, out[1].count), (2, 3, 1));
    assert_eq!((out[1].site.file(), out[1].site.line()), (file!(), line));
    drop(many);
    drop(one.detach());
    assert!(pool.outstanding().is_empty());
}

#[test]
fn without_a_list_of_sites_an_object_carries_its_pool_only() {
    assert_eq!(size_of::<Pooled<'_, String>>(), 16);
}

#[test]
fn the_account_hears_of_what_is_kept_for_all() {
    static ACCOUNT: Account = Account::new();
    let mut pool = ObjectPool::new(|| Vec::<u8>::with_capacity(1000)).named("kept", &ACCOUNT);
    drop((0..100).map(|_| pool.take()).collect::<Vec<_>>());
    let held = ACCOUNT.held_bytes();
    assert!((60_000..100_000).contains(&held), "{held}");
    let all: Vec<_> = (0..100).map(|_| pool.take()).collect();
    assert_eq!(ACCOUNT.held_bytes(), 0);
    ACCOUNT.set_limit(20_000);
    drop(all);
    assert!(ACCOUNT.held_bytes() <= 20_000);
    pool.check();
    pool.shed();
    assert_eq!(ACCOUNT.held_bytes(), 0);
    drop(pool);
    assert!(ACCOUNT.read().is_none());
}

#[test]
fn objects_without_bytes_and_larger_than_a_magazine_are_kept() {
    struct Nothing;
    impl Recycle for Nothing {
        fn recycle(&mut self) {}
    }
    struct Large(#[expect(dead_code, reason = "for its size")] [u64; 1000]);
    impl Recycle for Large {
        fn recycle(&mut self) {}
    }
    let none = ObjectPool::new(|| Nothing);
    drop((0..100).map(|_| none.take()).collect::<Vec<_>>());
    drop(none.take());
    let large = ObjectPool::new(|| Large([0; 1000]));
    drop(large.take());
    assert_eq!(large.kept_bytes(), 8000);
}
