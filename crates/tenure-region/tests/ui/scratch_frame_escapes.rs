//! A scratch frame itself leaves its call.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let _ = tenure_region::scratch(|s| {
        let left = s.left_bytes();
        let _ = left;
        Ok(s) //@ wrong
        Ok(left) //@ right
    });
}
//~ 9: E-: lifetime may not live long enough
