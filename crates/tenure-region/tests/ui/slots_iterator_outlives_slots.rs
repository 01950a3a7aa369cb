//! An iterator outlives the slots that it goes through.

fn main() {
    let mut slots = tenure_region::Slots::new();
    slots.insert(1);
    let mut values = slots.iter();
    drop(slots); //@ wrong
    println!("{:?}", values.next());
}
//~ 7: E0505: cannot move out of `slots` because it is borrowed
