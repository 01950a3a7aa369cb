//! Slots beside a shadow model, and the ends of their ranges.

use super::*;
use proptest::prelude::*;
use std::boxed::Box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::string::{String, ToString};
use std::vec::Vec;

/// Makes the next generation of a vacant slot the last but `left`.
fn age<T>(slots: &mut Slots<T>, key: SlotKey, left: u32) -> SlotKey {
    let slot = slots.place(key).unwrap();
    let generation = u32::MAX - 2 * left;
    // SAFETY: a slot of these slots, borrowed exclusively.
    unsafe { (*slot.as_ptr()).generation = generation };
    SlotKey {
        index: key.index,
        generation: NonZeroU32::new(generation).unwrap(),
    }
}

#[derive(Clone, Debug)]
enum Op {
    Insert(u32),
    Remove(usize),
    Change(usize, u32),
    Retain(u32),
    Trim,
    Clear,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        8 => any::<u32>().prop_map(Op::Insert),
        6 => any::<usize>().prop_map(Op::Remove),
        2 => (any::<usize>(), any::<u32>()).prop_map(|(at, value)| Op::Change(at, value)),
        1 => (1u32..5).prop_map(Op::Retain),
        1 => Just(Op::Trim),
        1 => Just(Op::Clear),
    ];
    proptest::collection::vec(op, 0..if cfg!(miri) { 20 } else { 600 })
}

/// Runs a script on slots of a type and on a list of keys and values.
fn agrees<T: PartialEq + std::fmt::Debug>(ops: &[Op], value: impl Fn(u32) -> T) {
    let mut slots = Slots::new();
    let mut live: Vec<(SlotKey, u32)> = Vec::new();
    let mut dead: Vec<SlotKey> = Vec::new();
    for op in ops {
        match *op {
            Op::Insert(n) => live.push((slots.insert(value(n)), n)),
            Op::Remove(at) if !live.is_empty() => {
                let (key, n) = live.swap_remove(at % live.len());
                assert_eq!(slots.remove(key), Some(value(n)));
                dead.push(key);
            }
            Op::Change(at, n) if !live.is_empty() => {
                let at = at % live.len();
                *slots.get_mut(live[at].0).unwrap() = value(n);
                live[at].1 = n;
            }
            Op::Retain(by) => {
                let goes: Vec<SlotKey> = (live.iter())
                    .filter(|(_, n)| n % by != 0)
                    .map(|(key, _)| *key)
                    .collect();
                slots.retain(|key, _| !goes.contains(&key));
                live.retain(|(key, _)| !goes.contains(key));
                dead.extend(goes);
            }
            Op::Trim => slots.trim(),
            Op::Clear => {
                slots.clear();
                dead.extend(live.drain(..).map(|(key, _)| key));
            }
            _ => {}
        }
        slots.check();
        assert_eq!(slots.len(), live.len());
    }
    for (key, n) in &live {
        assert_eq!(slots.get(*key), Some(&value(*n)));
    }
    for key in dead {
        assert!(!slots.contains(key), "a key came back to life");
    }
    let mut found: Vec<SlotKey> = slots.iter().map(|(key, _)| key).collect();
    assert_eq!(slots.iter().len(), found.len());
    let mut keys: Vec<SlotKey> = live.iter().map(|(key, _)| *key).collect();
    found.sort();
    keys.sort();
    assert_eq!(found, keys);
}

#[derive(Debug, PartialEq)]
#[repr(align(4096))]
struct Aligned(u32);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 64 }))]
    #[test]
    fn scripts_agree_with_a_list(ops in ops()) {
        agrees(&ops, |n| n);
        agrees(&ops, |n| n.to_string());
        agrees(&ops, |_| ());
        agrees(&ops, Aligned);
    }
}

#[test]
fn values_never_move_and_are_aligned() {
    let mut slots = Slots::new();
    let first = slots.insert(Aligned(1));
    let address = core::ptr::from_ref(slots.get(first).unwrap()).addr();
    let keys: Vec<SlotKey> = (0..200).map(|n| slots.insert(Aligned(n))).collect();
    assert_eq!(
        core::ptr::from_ref(slots.get(first).unwrap()).addr(),
        address
    );
    for key in keys {
        let address = core::ptr::from_ref(slots.get(key).unwrap()).addr();
        assert_eq!(address % 4096, 0);
    }
}

#[test]
fn a_slot_whose_generations_are_used_up_is_not_used_again() {
    let mut slots = Slots::new();
    let key = slots.insert(1);
    let last = age(&mut slots, key, 1);
    assert_eq!(slots.remove(last), Some(1));
    let key = slots.insert(2);
    assert_eq!((key.index, key.generation.get()), (last.index, u32::MAX));
    assert_eq!(slots.remove(key), Some(2));
    for n in 0..200 {
        assert_ne!(slots.insert(n).index, key.index);
    }
    assert!(!slots.contains(key) && !slots.contains(last));
    slots.check();
}

#[test]
fn a_page_without_usable_slots_goes_back_and_is_not_made_again() {
    let mut slots = Slots::new();
    let keys: Vec<SlotKey> = (0..64).map(|n| slots.insert(n)).collect();
    for key in &keys {
        let key = age(&mut slots, *key, 0);
        assert!(slots.remove(key).is_some());
        slots.check();
    }
    assert_eq!(slots.held_bytes(), 0);
    let key = slots.insert(1);
    assert_eq!(key.index, 64);
    slots.check();
}

#[test]
fn a_page_that_is_made_anew_has_no_old_keys() {
    let mut slots = Slots::new();
    let keys: Vec<SlotKey> = (0..64).map(|n| slots.insert(n)).collect();
    for key in &keys {
        slots.remove(*key);
    }
    slots.trim();
    assert_eq!(slots.held_bytes(), 0);
    let again: Vec<SlotKey> = (0..64).map(|n| slots.insert(n)).collect();
    assert!(
        again
            .iter()
            .map(|key| key.index)
            .eq(keys.iter().map(|key| key.index))
    );
    assert!(keys.iter().all(|key| !slots.contains(*key)));
}

#[test]
fn a_key_of_other_slots_is_no_more_than_wrong() {
    let (mut one, mut other) = (Slots::new(), Slots::new());
    let far: Vec<SlotKey> = (0..500).map(|n| one.insert(n)).collect();
    assert!(far.iter().all(|key| !other.contains(*key)));
    other.insert(String::from("mine"));
    assert_eq!(other.get(far[1]), None, "a slot that has no value yet");
    assert_eq!(other.remove(far[499]), None);
    assert_eq!(other.len(), 1);
}

#[test]
fn keys_that_come_twice_or_are_void_are_never_disjoint() {
    let mut slots = Slots::new();
    let (a, b) = (slots.insert(Box::new(1)), slots.insert(Box::new(2)));
    assert!(slots.get_disjoint_mut([a, b, a]).is_none());
    assert_eq!(slots.get_disjoint_mut([b, a]).unwrap().map(|n| **n), [2, 1]);
    // A slot below the capacity without a value: the mistake of `slab`.
    slots.remove(b);
    assert!(slots.get_disjoint_mut([a, b]).is_none());
    let void = SlotKey {
        index: 5,
        generation: NonZeroU32::MIN,
    };
    assert!(slots.get_disjoint_mut([a, void]).is_none());
}

#[test]
fn inserting_and_removing_at_the_end_of_a_page_makes_no_page() {
    let mut slots = Slots::new();
    for n in 0..63 {
        slots.insert(n);
    }
    let held = slots.held_bytes();
    for n in 0..1000 {
        let (a, b) = (slots.insert(n), slots.insert(n));
        assert_eq!(slots.held_bytes(), 2 * held);
        slots.remove(b);
        slots.remove(a);
    }
}

#[test]
fn empty_pages_go_back_but_one() {
    let mut slots = Slots::new();
    let keys: Vec<SlotKey> = (0..64 * 10).map(|n| slots.insert(n)).collect();
    let page = slots.held_bytes() / 10;
    for key in &keys {
        slots.remove(*key);
    }
    assert_eq!(slots.held_bytes(), page);
    slots.check();
}

struct Bomb(Rc<core::cell::Cell<u32>>, bool);
impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        assert!(!self.1, "a drop that panics");
    }
}

#[test]
fn a_drop_that_panics_ends_no_value_twice_and_leaves_none_out() {
    for bad in 0..70 {
        let count = Rc::new(core::cell::Cell::new(0));
        let mut slots = Slots::new();
        for n in 0..70 {
            slots.insert(Bomb(Rc::clone(&count), n == bad));
        }
        let cleared = catch_unwind(AssertUnwindSafe(|| slots.clear()));
        assert!(cleared.is_err());
        assert_eq!((count.get(), slots.len()), (70, 0));
        slots.check();
        for n in 0..70 {
            slots.insert(Bomb(Rc::clone(&count), n == bad));
        }
        assert!(catch_unwind(AssertUnwindSafe(move || drop(slots))).is_err());
        assert_eq!(count.get(), 140);
    }
}

#[test]
fn a_predicate_that_panics_keeps_what_it_was_shown() {
    let mut slots = Slots::new();
    for n in 0..10 {
        slots.insert(Box::new(n));
    }
    let kept = catch_unwind(AssertUnwindSafe(|| {
        slots.retain(|_, n| {
            assert!(**n != 5, "a predicate that panics");
            false
        });
    }));
    assert!(kept.is_err());
    assert!(slots.iter().map(|(_, n)| **n).eq(5..10));
    slots.check();
}

#[test]
fn an_account_that_is_full_refuses_and_the_value_comes_back() {
    static ACCOUNT: Account = Account::new();
    let mut slots = Slots::named("refusing", &ACCOUNT);
    let key = slots.insert(0u64);
    ACCOUNT.set_limit(slots.held_bytes());
    for n in 1..64 {
        slots.insert(n);
    }
    assert_eq!(slots.try_insert(7), Err((7, Refused::Limit)));
    slots.check();
    assert_eq!(slots.remove(key), Some(0));
    assert!(slots.try_insert(7).is_ok());
    drop(slots);
    assert_eq!(ACCOUNT.held_bytes(), 0);
    assert!(ACCOUNT.read().is_none());
}

#[test]
fn a_value_larger_than_any_memory_is_refused() {
    let mut slots = Slots::<[u8; 1 << 46]>::new();
    assert!(slots.open_page().is_err());
    assert_eq!((slots.held_bytes(), slots.len()), (0, 0));
    slots.check();
    // Its drop has a place for one value on the stack.
    core::mem::forget(slots);
}

#[test]
fn a_key_is_eight_bytes() {
    assert_eq!(size_of::<Option<SlotKey>>(), 8);
}
