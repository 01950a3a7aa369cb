//! Two tail scopes change places.
#[allow(unused_imports, reason = "one heading for all")]
use tenure_region::{Arena, ArenaString, ArenaVec, SliceArena};

fn main() {
    let (mut a, mut b) = (Arena::new(), Arena::new());
    a.tail(|mut outer| {
        b.tail(|mut inner| {
            inner.tail(|_| ());
            outer.tail(|_| ());
            core::mem::swap(&mut outer, &mut inner); //@ wrong
        });
    });
}
//~ 11: E0521: borrowed data escapes outside of closure
