//! A reference to a value is used after the value was removed.

fn main() {
    let mut slots = tenure_region::Slots::new();
    let key = slots.insert(String::from("a"));
    let value = slots.get(key).unwrap();
    let copy = value.clone();
    slots.remove(key);
    println!("{value}"); //@ wrong
    println!("{copy}");
}
//~ 8: E0502: cannot borrow `slots` as mutable because it is also borrowed as immuta
