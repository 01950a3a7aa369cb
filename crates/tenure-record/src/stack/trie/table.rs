//! A table of ids: open addressing, filled by compare-and-swap, never emptied.

use core::ptr::{NonNull, null, with_exposed_provenance, with_exposed_provenance_mut};
use tenure_base::align_up;
use tenure_base::sync::atomic::AtomicU32;
use tenure_os::{memory, process};

/// Slots of the first table.
const FIRST_SLOTS: usize = 1 << 12;
/// Nodes per slots above which a wider table is made.
const FULL_NUMERATOR: usize = 1;
const FULL_DENOMINATOR: usize = 2;

/// The head of a table; its slots follow in memory.
#[repr(C, align(64))]
pub(super) struct Table {
    older: *const Table,
    mask: usize,
}

impl Table {
    fn bytes(slots: usize) -> usize {
        align_up(
            size_of::<Self>() + slots * size_of::<AtomicU32>(),
            process::page_bytes(),
        )
    }

    /// An empty table of twice `older`'s size; `None` without memory.
    pub(super) fn wider(older: Option<&Self>) -> Option<NonNull<Self>> {
        let slots = older.map_or(Some(FIRST_SLOTS), |older| older.slots().checked_mul(2))?;
        let start = memory::map(Self::bytes(slots)).ok()?;
        let table = NonNull::new(with_exposed_provenance_mut::<Self>(start))?;
        let head = Self {
            older: older.map_or(null(), core::ptr::from_ref),
            mask: slots - 1,
        };
        // SAFETY: the memory was mapped just now, long enough for the head, and page-aligned.
        unsafe { table.write(head) };
        Some(table)
    }

    /// Gives back a table that nobody has seen.
    ///
    /// # Safety
    /// * `table` was made by [`Table::wider`] and is used by nobody.
    pub(super) unsafe fn discard(table: NonNull<Self>) {
        // SAFETY: the head was written by `wider`; the memory is as long as it says, and unused.
        unsafe { memory::unmap(table.addr().get(), Self::bytes(table.as_ref().slots())) };
    }

    fn slots(&self) -> usize {
        self.mask + 1
    }

    /// The table before this one.
    pub(super) fn older(&self) -> Option<&Self> {
        // SAFETY: null, or a table that was the newest; tables are never unmapped.
        unsafe { self.older.as_ref() }
    }

    /// Whether a table with this many ids in it is still easily searched.
    pub(super) fn has_room(&self, ids: usize) -> bool {
        ids * FULL_DENOMINATOR < self.slots() * FULL_NUMERATOR
    }

    /// The slots in the order in which `hash` searches them, each once.
    #[inline]
    pub(super) fn slots_from(&self, hash: u64) -> impl Iterator<Item = &AtomicU32> {
        let first = core::ptr::from_ref(self).addr() + size_of::<Self>();
        // SAFETY: the slots follow the head, whose length is a multiple of their alignment, in the
        // memory that `wider` mapped (and whose address it exposed); zeroes are valid for them, and
        // they stay mapped as long as the head.
        let slots: &[AtomicU32] =
            unsafe { core::slice::from_raw_parts(with_exposed_provenance(first), self.slots()) };
        // The upper half of the product is the better spread one.
        let start = (hash >> 32) as usize;
        (0..slots.len()).map(move |step| &slots[(start + step) & self.mask])
    }
}
