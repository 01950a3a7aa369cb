//! Budgets under threads, in trees, and with somebody who reclaims.

use super::*;
use core::time::Duration;
use std::string::ToString;
use std::sync::{Barrier, Mutex};
use std::thread;
use std::vec::Vec;

const MIB: usize = 1 << 20;

#[test]
fn sixty_four_threads_never_pass_the_limit() {
    static ROOT: Budget = Budget::new("root", 100 * MIB, Policy::Fail);
    static PARTS: [Budget; 4] = [const { Budget::under(&ROOT, "part", 40 * MIB, Policy::Fail) }; 4];
    // All hold what they have until each has been refused.
    let all_refused = Barrier::new(64);
    thread::scope(|scope| {
        for number in 0..64 {
            let all_refused = &all_refused;
            // Small stacks: libc keeps them, and hands them to threads of other tests.
            let small = thread::Builder::new().stack_size(128 << 10);
            let started = small.spawn_scoped(scope, move || {
                for round in 0..5 {
                    let mut held = Vec::new();
                    while let Ok(more) = PARTS[number % 4].charge(MIB / 8 + number * 1000 + round) {
                        assert!(ROOT.used_bytes() <= 100 * MIB);
                        held.push(more);
                    }
                    all_refused.wait();
                    drop(held);
                    all_refused.wait();
                }
            });
            started.unwrap();
        }
    });
    assert!(ROOT.peak_bytes() <= 100 * MIB && ROOT.peak_bytes() > 90 * MIB);
    for budget in PARTS.iter().chain([&ROOT]) {
        assert_eq!(budget.used_bytes(), 0, "{}", budget.name);
        assert!(budget.peak_bytes() <= budget.terms().limit_bytes);
    }
}

#[test]
fn a_refusal_names_the_path_and_who_holds_the_most() {
    static SERVER: Budget = Budget::new("server", 10_000, Policy::Fail);
    static CACHE: Budget = Budget::under(&SERVER, "cache", 1000, Policy::Fail);
    static PARTS: [Budget; 4] = [
        Budget::under(&CACHE, "tiles", 800, Policy::Fail),
        Budget::under(&CACHE, "fonts", 800, Policy::Fail),
        Budget::under(&CACHE, "icons", 800, Policy::Fail),
        Budget::under(&CACHE, "paths", 800, Policy::Fail),
    ];
    let held = [100, 300, 200, 50].into_iter().zip(&PARTS);
    let held: Vec<_> = held
        .map(|(bytes, part)| part.charge(bytes).unwrap())
        .collect();
    let refused = PARTS[0].charge(400).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "budget server/cache: 400 bytes asked for, 350 of 1000 free; \
         fonts holds 300, icons holds 200, tiles holds 100"
    );
    assert_eq!(PARTS[0].used_bytes(), 100, "nothing stays below a refusal");
    assert_eq!(PARTS[0].charge(750).unwrap_err().budget.name, "tiles");
    assert_eq!((CACHE.refusals(), SERVER.refusals()), (1, 0));
    assert!(SERVER.charge(400).is_ok(), "who is beside it goes on");
    drop(held);
    assert_eq!((CACHE.used_bytes(), SERVER.used_bytes()), (0, 0));
}

#[test]
fn a_charge_that_reclaiming_has_made_room_for_succeeds() {
    static CACHED: Mutex<Vec<Reservation>> = Mutex::new(Vec::new());
    fn reclaim(bytes: usize) {
        assert!(NODE.charge(bytes).is_err(), "not asked again meanwhile");
        CACHED.lock().unwrap().pop();
    }
    static NODE: Budget = Budget::new("node", 1000, Policy::Reclaim(reclaim));
    for _ in 0..10 {
        CACHED.lock().unwrap().push(NODE.charge(100).unwrap());
    }
    let rescued = NODE.charge(90).unwrap();
    assert_eq!(NODE.used_bytes(), 990);
    assert!(NODE.charge(500).is_err(), "one piece is not enough");
    assert_eq!(NODE.used_bytes(), 890);
    drop(rescued);
}

#[test]
fn a_reservation_moves_without_being_charged_twice_above() {
    static ROOT: Budget = Budget::new("root", 100, Policy::Fail);
    static LEFT: Budget = Budget::under(&ROOT, "left", 100, Policy::Fail);
    static RIGHT: Budget = Budget::under(&ROOT, "right", 80, Policy::Fail);
    let mut held = LEFT.charge(70).unwrap();
    held.move_to(&RIGHT).unwrap();
    let used = || (ROOT.used_bytes(), LEFT.used_bytes(), RIGHT.used_bytes());
    assert_eq!(used(), (70, 0, 70));
    held.move_to(&ROOT).unwrap();
    assert_eq!(used(), (70, 0, 0));
    let other = RIGHT.charge(20).unwrap();
    assert!(held.move_to(&RIGHT).is_err());
    assert_eq!(used(), (90, 0, 20), "it stays where it was");
    drop((held, other));
    assert_eq!(used(), (0, 0, 0));
}

#[test]
fn hostile_sizes_and_depths_are_errors() {
    static FULL: Budget = Budget::new("full", usize::MAX, Policy::Fail);
    assert_eq!(FULL.charge(0).unwrap().bytes(), 0);
    let held = FULL.charge(usize::MAX).unwrap();
    assert!(FULL.charge(1).is_err());
    drop(held);
    // Statics may name each other in a ring.
    static RING: [Budget; 2] = [
        Budget::under(&RING[1], "one", 10, Policy::Fail),
        Budget::under(&RING[0], "two", 10, Policy::Fail),
    ];
    let refused = RING[0].charge(0).unwrap_err();
    assert!(refused.to_string().contains("one/two"));
    assert_eq!(RING[0].used_bytes() + RING[1].used_bytes(), 0);
}

#[test]
fn who_waits_is_woken_by_what_is_freed_and_never_sleeps_beyond_its_time() {
    static ALL: Budget = Budget::new("all", 100, Policy::Wait(Duration::from_secs(60)));
    static PART: Budget = Budget::under(&ALL, "part", 100, Policy::Fail);
    let held = ALL.charge(60).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| PART.charge(50).map(|held| held.bytes()));
        // Each of these rises the number once somebody waits, and nothing stays charged below
        // meanwhile.
        while ALL.wakeup.number() == 0 || PART.used_bytes() > 0 {
            drop(ALL.charge(1));
            thread::yield_now();
        }
        drop(held);
        assert_eq!(waiting.join().unwrap().unwrap(), 50);
    });
    static SHORT: Budget = Budget::new("short", 100, Policy::Wait(Duration::from_millis(30)));
    let held = SHORT.charge(60).unwrap();
    let start = std::time::Instant::now();
    assert!(SHORT.charge(50).is_err());
    assert!(start.elapsed() >= Duration::from_millis(30));
    let start = std::time::Instant::now();
    assert!(ALL.charge(101).is_err(), "there will never be room");
    assert!(start.elapsed() < Duration::from_secs(30));
    assert_eq!((SHORT.refusals(), ALL.refusals()), (1, 1));
    drop(held);
}

#[test]
fn threads_that_wait_for_each_other_all_get_their_turn() {
    static NODE: Budget = Budget::new("turns", 100, Policy::Wait(Duration::from_secs(120)));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..500 {
                    let held = NODE.charge(60).unwrap();
                    assert!(NODE.used_bytes() <= 100);
                    thread::yield_now();
                    drop(held);
                }
            });
        }
    });
    assert_eq!((NODE.used_bytes(), NODE.refusals()), (0, 0));
}

#[test]
fn a_watched_limit_is_passed_and_counted() {
    static NODE: Budget = Budget::new("watched", 100, Policy::Observe);
    let held = (NODE.charge(90).unwrap(), NODE.charge(90).unwrap());
    assert_eq!((NODE.used_bytes(), NODE.refusals()), (180, 1));
    assert!(NODE.charge(usize::MAX).is_err(), "no word holds that");
    drop(held);
    assert_eq!((NODE.used_bytes(), NODE.peak_bytes()), (0, 180));
}

#[test]
fn a_soft_limit_tells_each_time_it_is_passed() {
    static TOLD: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    fn tell(held_bytes: usize) {
        TOLD.lock().unwrap().push(held_bytes);
        // A charge of its own, across the limit again: counted, and not told from within.
        drop(NODE.charge(5));
    }
    static ALL: Budget = Budget::new("all", 100, Policy::Fail).with_soft(50, Some(tell));
    static NODE: Budget = Budget::under(&ALL, "node", 90, Policy::Fail).with_soft(80, None);
    let first = NODE.charge(50).unwrap();
    assert_eq!(ALL.soft_passes(), 0, "at the limit is not beyond it");
    let second = NODE.charge(10).unwrap();
    assert_eq!(*TOLD.lock().unwrap(), [60]);
    assert!(NODE.charge(35).is_err());
    assert_eq!(ALL.soft_passes(), 1, "beyond it already, and refused");
    drop((first, second));
    drop(NODE.charge(85).unwrap());
    assert_eq!((ALL.soft_passes(), NODE.soft_passes()), (2, 1));
    assert_eq!(*TOLD.lock().unwrap(), [60, 85]);
}

#[test]
fn an_owned_budget_ends_with_the_last_of_owners_charges_and_children() {
    static ROOT: Budget = Budget::new("root", 1000, Policy::Fail);
    let names = || -> Vec<_> {
        ROOT.children()
            .map(|child| std::format!("{child:?}"))
            .collect()
    };
    let parent = OwnedBudget::under_static(&ROOT, "parent", 500, Policy::Fail);
    let child = OwnedBudget::under(&parent, "child", 400, Policy::Observe);
    let mut held = child.charge(300).unwrap();
    let refused = child.charge(300).unwrap_err();
    assert!(parent.has_refused(&refused));
    let second_owner = parent.clone();
    drop((parent, child));
    assert_eq!(
        (ROOT.used_bytes(), names()),
        (300, std::vec!["parent: 300 of 500 bytes".into()])
    );
    let other = OwnedBudget::under_static(&ROOT, "other", 500, Policy::Fail);
    assert_eq!(names().len(), 2, "the parent is still in use");
    drop(second_owner);
    other.take_over(&mut held).unwrap();
    assert_eq!((ROOT.used_bytes(), other.used_bytes()), (300, 300));
    assert!(refused.to_string().contains("(ended)"));
    for turn in 0..100 {
        let again = OwnedBudget::under_static(&ROOT, &std::format!("{turn}"), 10, Policy::Fail);
        assert!(again.charge(11).is_err());
        assert_eq!(
            (again.used_bytes(), again.refusals(), again.peak_bytes()),
            (0, 1, 0)
        );
        assert_eq!(names().len(), 2, "the node that ended is used again");
    }
    drop(held);
    assert_eq!(ROOT.used_bytes(), 0);
}

#[test]
fn owned_budgets_come_and_go_under_threads() {
    static ROOT: Budget = Budget::new("root", 1 << 40, Policy::Fail);
    thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || {
                for turn in 0..300 {
                    let node = OwnedBudget::under_static(&ROOT, "node", 100, Policy::Fail);
                    let held = node.charge(number + turn % 50).unwrap();
                    assert_eq!(node.used_bytes(), held.bytes());
                    assert!(node.charge(101 + turn).is_err());
                    drop(node);
                    drop(held);
                }
            });
        }
    });
    assert_eq!(ROOT.used_bytes(), 0);
    assert!(ROOT.children().count() <= 4);
}

#[test]
fn a_budget_is_checked_for_each_chunk_and_a_refused_arena_goes_on() {
    use crate::{Arena, ArenaPool, Refused};
    static ALL: Budget = Budget::new("arenas", 500_000, Policy::Fail);
    let (mut first, second) = (Arena::under(&ALL), Arena::named_under("second", &ALL));
    let pool = ArenaPool::named_under("of a pool", &ALL);
    let kept = first.slice_fill(150_000, 1_u8).len();
    second.slice_fill(100_000, 2_u8);
    let used = first.usage().held_bytes + second.usage().held_bytes;
    assert_eq!(ALL.used_bytes(), used);
    // What each holds alone would fit: the limit is on their sum.
    for arena in [&first, &second] {
        assert_eq!(arena.try_slice_fill(240_000, 3_u8), Err(Refused::Budget));
        assert_eq!(arena.alloc_plain(kept), &kept);
    }
    let refused = pool.take().try_slice_fill(240_000, 3_u8).map(|_| ());
    assert_eq!(refused, Err(Refused::Budget));
    assert_eq!(
        first
            .try_slice_uninit::<u8>(isize::MAX as usize / 2)
            .map(|_| ()),
        Err(Refused::Budget)
    );
    first.reset();
    first.trim(0);
    assert_eq!(first.usage().held_bytes, 0);
    second.slice_fill(100_000, 3_u8);
    assert_eq!(ALL.used_bytes(), second.usage().held_bytes);
    drop((first, second, pool));
    assert_eq!(ALL.used_bytes(), 0);
}

#[test]
#[cfg_attr(miri, ignore = "starts a process")]
fn a_budget_that_ends_the_process_says_why() {
    use std::os::unix::process::ExitStatusExt;
    const CHILD: &str = "TENURE_TEST_BUDGET_ABORTS";
    static NODE: Budget = Budget::new("fatal", 100, Policy::Abort);
    if std::env::var_os(CHILD).is_some() {
        let _held = NODE.charge(60);
        let _never = NODE.charge(50);
        return;
    }
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["a_budget_that_ends_the_process_says_why", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert_eq!(child.status.signal(), Some(6), "SIGABRT");
    let said = std::string::String::from_utf8_lossy(&child.stderr);
    let expected = "tenure: budget fatal: 50 bytes asked for, 40 of 100 free";
    assert!(said.contains(expected), "{said}");
}
