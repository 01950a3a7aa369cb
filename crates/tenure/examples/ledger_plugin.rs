//! A library with a ledger of its own, for programs that load it and close it again: what a
//! recorder reads of it at the end must still be there.

use std::hint::black_box;
use tenure::region::Arena;

/// Called when the library is loaded.
#[used]
#[unsafe(link_section = ".init_array")]
static LOADED: extern "C" fn() = loaded;

extern "C" fn loaded() {
    let tiles = Arena::named("of a plugin");
    black_box(tiles.slice_copy(&[1_u64; 10_000]));
    std::mem::forget(tiles);
}
