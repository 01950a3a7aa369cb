//! Slots with values that must stay on their thread go to another one.
use std::rc::Rc; //@ wrong
use std::sync::Arc as Rc; //@ right

fn main() {
    let mut slots = tenure_region::Slots::new();
    slots.insert(Rc::new(1));
    std::thread::spawn(move || slots.len()).join().unwrap();
}
//~ 8: E0277: sent between threads safely
