//! What is left in a block of those who had it before: the link of the free list, and the words of
//! whoever used it last.
//!
//! Who looks at the heap takes a word for a pointer, whether or not the program has written it, and
//! what it points to for held. So blocks of a program that is recorded keep no link; and where lost
//! blocks are looked for, they begin with zeroes ([`wipe`]). Blocks that [`crate::watch`] passes
//! over between two samples keep the words.
//!
//! **Cost:** one store on a line that is at hand, or the writing of up to 4 KiB. Nothing on the
//! short way of a program that nobody records.

use crate::block::Block;
use crate::page::Page;
use core::sync::atomic::{AtomicBool, Ordering};

/// Bytes that are wiped at most. A larger block has pages that the program may never touch.
const WIPED_BYTES_MAX: usize = 4096;

static WIPES: AtomicBool = AtomicBool::new(false);

/// From now on blocks that are counted or watched begin with zeroes. Call before the first block is
/// allocated.
pub fn wipe() {
    WIPES.store(true, Ordering::Relaxed);
}

/// Takes what is left out of a block that is about to be handed out.
#[inline]
pub(crate) fn clear(page: &Page, block: Block) {
    if WIPES.load(Ordering::Relaxed) {
        wipe_start(page, block);
    } else {
        block.forget_next();
    }
}

#[cold]
#[inline(never)]
fn wipe_start(page: &Page, block: Block) {
    let bytes = page.block_bytes().min(WIPED_BYTES_MAX);
    // SAFETY: the block is the page's and taken from its free list, so all of it is committed and
    // nobody else's.
    unsafe { block.as_ptr().write_bytes(0, bytes) };
}
