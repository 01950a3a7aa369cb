//! A buffer leaves its scratch frame.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let _ = tenure_region::scratch(|s| {
        let buffer = s.slice::<u8>(10)?;
        Ok(buffer) //@ wrong
        Ok(buffer.len()) //@ right
    });
}
//~ 8: E-: lifetime may not live long enough
//~ 8: E0515: cannot return value referencing function parameter `s`
