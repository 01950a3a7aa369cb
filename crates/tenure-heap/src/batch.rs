//! Frees of other threads' blocks, gathered so that a page is told of many at once.
//!
//! **Shape:** a few slots, each a chain of blocks of one page; a page's slot follows from its
//! header's address. A chain goes to its page when it is [`CHAIN_MAX`] long, when another page
//! wants the slot, when the thread runs out of blocks of some class, and at thread exit.
//! **Cost:** an atomic operation for up to [`CHAIN_MAX`] frees; at most `SLOTS · CHAIN_MAX` blocks
//! wait in a thread that neither allocates nor ends.

use crate::block::Block;
use crate::page::Page;
use crate::queue::page_at;
use core::cell::Cell;
use core::ptr::null;

const SLOTS: usize = 8;
/// Blocks that are handed over together.
const CHAIN_MAX: u32 = 32;

struct Slot {
    page: Cell<*const Page>,
    first: Cell<Option<Block>>,
    last: Cell<Option<Block>>,
    count: Cell<u32>,
}

/// The chains of one heap's thread.
pub(crate) struct RemoteBatch {
    slots: [Slot; SLOTS],
    /// Whether a slot may have a chain.
    any: Cell<bool>,
}

impl Slot {
    const fn new() -> Self {
        Self {
            page: Cell::new(null()),
            first: Cell::new(None),
            last: Cell::new(None),
            count: Cell::new(0),
        }
    }

    fn flush(&self) {
        let (Some(first), Some(last)) = (self.first.take(), self.last.take()) else {
            return;
        };
        let count = self.count.take();
        // SAFETY: a page with a block in use keeps its header; the chain's blocks count as used.
        if let Some(page) = unsafe { page_at(self.page.get()) } {
            crate::free::push_remote(page, first, last, count);
        }
    }
}

impl RemoteBatch {
    pub(crate) const fn new() -> Self {
        Self {
            slots: [const { Slot::new() }; SLOTS],
            any: Cell::new(false),
        }
    }

    /// Adds a block of `page`, marked free, that another heap owns.
    pub(crate) fn add(&self, page: &'static Page, block: Block) {
        self.any.set(true);
        let slot = &self.slots[core::ptr::from_ref(page).addr() / size_of::<Page>() % SLOTS];
        if !core::ptr::eq(slot.page.get(), page) {
            slot.flush();
            slot.page.set(page);
        }
        match slot.first.get() {
            Some(first) => block.set_next(first.link()),
            None => slot.last.set(Some(block)),
        }
        slot.first.set(Some(block));
        slot.count.set(slot.count.get() + 1);
        if slot.count.get() >= CHAIN_MAX {
            slot.flush();
        }
    }

    /// Hands over everything.
    pub(crate) fn flush(&self) {
        if self.any.replace(false) {
            self.slots.iter().for_each(Slot::flush);
        }
    }
}
