//! Slots are reused with another generation, and retired at the last.

use super::*;

#[test]
fn a_slot_comes_back_with_another_generation() {
    let mut slots = Slots::new([Slot::EMPTY; 1]);
    let first = slots.take(8).unwrap();
    assert!(slots.take(16).is_none());
    slots.give_back(first);
    let second = slots.take(16).unwrap();
    assert_eq!(first.slot(), second.slot());
    assert_ne!(first, second);
    assert!(slots.get(first).is_err());
    assert_eq!(slots.get(second).unwrap().offset, 16);
}

#[test]
fn a_slot_whose_generations_are_used_up_is_retired() {
    let mut slots = Slots::new([Slot::EMPTY; 1]);
    let first = slots.take(8).unwrap();
    slots.table[0].generation = u32::MAX;
    let last = Handle {
        slot: 0,
        generation: u32::MAX,
    };
    slots.give_back(last);
    assert!(!slots.has_room());
    assert!(slots.get(first).is_err());
    assert!(slots.get(last).is_err());
}
