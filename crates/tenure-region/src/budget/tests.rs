//! Budgets under threads, in trees, and with somebody who reclaims.

use super::*;
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
        assert!(budget.peak_bytes() <= budget.limit_bytes);
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
