//! The pool in a static: ends of its ranges, threads, panics.

use super::*;
use std::boxed::Box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::String;
use std::sync::atomic::AtomicUsize;
use std::thread;
use std::vec::Vec;

#[test]
fn all_places_are_used_and_the_next_value_comes_back() {
    let pool = Pool::<String, 3>::new();
    let boxes: Vec<_> = ["a", "b", "c"]
        .map(|s| pool.alloc(s.into()).unwrap())
        .into();
    assert_eq!(pool.alloc("d".into()).unwrap_err(), "d");
    assert_eq!(
        boxes.iter().map(|s| s.as_str()).collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
    drop(boxes);
    assert_eq!(*pool.alloc("d".into()).unwrap(), "d");
    assert_eq!(pool.most_used(), 3);
}

#[test]
fn a_pool_of_none_is_full() {
    let pool = Pool::<u8, 0>::new();
    assert_eq!(pool.alloc(1).unwrap_err(), 1);
}

#[test]
fn values_without_bytes_and_with_large_alignment_have_places() {
    #[repr(align(256))]
    struct Aligned(u8);
    let pool = Pool::<Aligned, 4>::new();
    let boxes: Vec<_> = (0..4)
        .map(|n| pool.alloc(Aligned(n)).ok().unwrap())
        .collect();
    for (n, value) in boxes.iter().enumerate() {
        assert_eq!(value.0 as usize, n);
        assert_eq!(core::ptr::from_ref(&**value).addr() % 256, 0);
    }
    let none = Pool::<(), 2>::new();
    let both = (none.alloc(()).unwrap(), none.alloc(()).unwrap());
    assert!(none.alloc(()).is_err());
    drop(both);
}

#[test]
fn a_drop_that_panics_frees_the_place_and_ends_the_value_once() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    #[derive(Debug)]
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::Relaxed);
            panic!("a drop that panics");
        }
    }
    let mut pool = Pool::<Bomb, 1>::new();
    for round in 1..4 {
        let bomb = pool.alloc(Bomb).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(move || drop(bomb))).is_err());
        assert_eq!(DROPS.load(Ordering::Relaxed), round);
    }
    assert_eq!(pool.free.check(), 1);
}

#[test]
fn a_place_whose_generations_are_used_up_is_not_used_again() {
    static POOL: Pool<u8, 2> = Pool::new();
    let (a, b) = (POOL.alloc(1).unwrap(), POOL.alloc(2).unwrap());
    POOL.wear_out(a.number as usize);
    let key = a.leave();
    drop(POOL.take(key));
    assert!(POOL.take(key).is_none());
    assert_eq!(POOL.alloc(3).unwrap_err(), 3);
    drop(b);
    assert!(POOL.alloc(3).is_ok());
}

#[test]
fn a_key_names_nothing_after_the_end_nor_in_another_pool() {
    static ONE: Pool<Box<u32>, 4> = Pool::new();
    static OTHER: Pool<Box<u32>, 4> = Pool::new();
    let key = ONE.alloc(Box::new(1)).unwrap().leave();
    let _same_place = OTHER.alloc(Box::new(2)).unwrap().leave();
    assert!(OTHER.take(key).is_none());
    assert_eq!(*ONE.take(key).unwrap().into_inner(), 1);
    let next = ONE.alloc(Box::new(3)).unwrap();
    assert_eq!(next.number, key.number);
    assert!(ONE.take(key).is_none(), "it is with somebody");
    let left = next.leave();
    assert!(ONE.take(key).is_none(), "it is another value");
    assert!(ONE.take(left).is_some());
}

#[test]
fn threads_share_the_places_and_never_one_value() {
    static POOL: Pool<Vec<usize>, 7> = Pool::new();
    let rounds = if cfg!(miri) { 50 } else { 20_000 };
    thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || {
                for round in 0..rounds {
                    let Ok(first) = POOL.alloc([number, round].into()) else {
                        continue;
                    };
                    let second = POOL.alloc([round].into());
                    assert_eq!(*first, [number, round]);
                    let key = first.leave();
                    drop(second);
                    assert_eq!(POOL.take(key).unwrap().into_inner(), [number, round]);
                }
            });
        }
    });
    assert!(POOL.most_used() <= 7);
    let all: Vec<_> = core::iter::from_fn(|| POOL.alloc(Vec::new()).ok()).collect();
    assert_eq!(all.len(), 7, "a place was lost");
}

#[test]
fn of_threads_that_take_one_key_one_has_the_value() {
    static POOL: Pool<u64, 4> = Pool::new();
    for _ in 0..if cfg!(miri) { 5 } else { 500 } {
        let key = POOL.alloc(7).unwrap().leave();
        let found = thread::scope(|scope| {
            let threads = [(); 3].map(|()| scope.spawn(move || POOL.take(key)));
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(found.iter().flatten().count(), 1);
    }
}

#[test]
fn an_account_hears_of_pages_and_may_refuse() {
    static ACCOUNT: Account = Account::new();
    static POOL: Pool<[u8; 2048], 8> = Pool::new();
    let first = POOL.alloc([0; 2048]).unwrap();
    POOL.open_account("halves", &ACCOUNT);
    assert_eq!(ACCOUNT.held_bytes(), 4096);
    ACCOUNT.set_limit(8192);
    let more: Vec<_> = core::iter::from_fn(|| POOL.alloc([0; 2048]).ok()).collect();
    assert_eq!((more.len(), ACCOUNT.held_bytes()), (3, 8192));
    drop(first);
    assert!(POOL.alloc([0; 2048]).is_ok());
    ACCOUNT.set_limit(usize::MAX);
    let rest: Vec<_> = core::iter::from_fn(|| POOL.alloc([0; 2048]).ok()).collect();
    assert_eq!((rest.len(), ACCOUNT.held_bytes()), (5, 16384));
}

crate::static_pool! { struct Few: String; 255 }
crate::static_pool! { struct More: u16; 256 }
crate::static_pool! { struct Many: u8; 65_536 }

#[test]
fn boxes_are_as_small_as_their_pool() {
    assert_eq!(size_of::<Option<HomeBox<Few>>>(), 1);
    assert_eq!(size_of::<Option<HomeBox<More>>>(), 2);
    assert_eq!(size_of::<Option<HomeBox<Many>>>(), 4);
}

#[test]
fn small_boxes_reach_every_place() {
    let few: Vec<_> = (0..255)
        .map(|n| HomeBox::<Few>::new(std::format!("{n}")).unwrap())
        .collect();
    assert!(HomeBox::<Few>::new(String::new()).is_err());
    assert!(
        few.iter()
            .enumerate()
            .all(|(n, text)| **text == std::format!("{n}"))
    );
    drop(few);
    let mut more: Vec<_> = (0..256).map(|n| HomeBox::<More>::new(n).unwrap()).collect();
    *more[255] += 1;
    assert_eq!(more.pop().unwrap().into_inner(), 256);
    assert_eq!(*HomeBox::<More>::new(9).unwrap(), 9);
    let many: Vec<_> = (0..65_536)
        .map(|_| HomeBox::<Many>::new(1).unwrap())
        .collect();
    assert!(HomeBox::<Many>::new(1).is_err());
    drop(many);
}

/// 64 MiB that would be in the file of this test, if the pool were not all zeros.
#[test]
#[cfg_attr(miri, ignore = "reads a file")]
fn a_pool_in_a_static_takes_no_room_in_the_file() {
    static LARGE: Pool<[u64; 1024], 8192> = Pool::new();
    assert_eq!(LARGE.alloc([1; 1024]).unwrap()[0], 1);
    let file = std::env::current_exe().and_then(std::fs::metadata).unwrap();
    assert!(file.len() < 60 << 20, "{} bytes", file.len());
    assert!(size_of_val(&LARGE) > 64 << 20);
}
