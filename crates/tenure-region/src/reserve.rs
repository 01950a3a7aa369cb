//! Reserved address space under a cursor: more of it is committed when the cursor needs more.

use core::alloc::Layout;
use core::cell::UnsafeCell;
use core::ptr::with_exposed_provenance_mut;

use tenure_base::Align;
use tenure_os::process::page_bytes;
use tenure_vm::Region;

use crate::fit::{END_MAX, fit};
use crate::refused::Refused;

/// A reservation, owned, that is committed from its front as far as it is needed.
#[derive(Debug)]
pub(crate) struct Reserve {
    region: UnsafeCell<Region>,
}

impl Reserve {
    pub(crate) fn new(bytes: usize) -> Result<Self, Refused> {
        if bytes > isize::MAX as usize {
            return Err(Refused::TooLarge);
        }
        let align = Align::new(page_bytes()).ok_or(Refused::NoMemory)?;
        let region = Region::reserve(bytes, align).map_err(|_| Refused::NoMemory)?;
        let reserve = Self {
            region: UnsafeCell::new(region),
        };
        if reserve.len() > END_MAX || reserve.start().addr() > END_MAX - reserve.len() {
            return Err(Refused::NoMemory);
        }
        Ok(reserve)
    }

    fn region(&self) -> &Region {
        // SAFETY: changed only in `commit_to`, which hands out no reference and calls nobody
        // that comes back here; and the type is not `Sync`.
        unsafe { &*self.region.get() }
    }

    /// First byte. Kernel mappings have no pointer to begin with, so this is where one is made.
    pub(crate) fn start(&self) -> *mut u8 {
        with_exposed_provenance_mut(self.region().start())
    }

    /// Bytes reserved.
    pub(crate) fn len(&self) -> usize {
        self.region().len()
    }

    pub(crate) fn committed_bytes(&self) -> usize {
        self.region().committed_bytes()
    }

    /// The end of what is committed, once that has room for the block behind `at`.
    pub(crate) fn room_for(&self, at: *mut u8, layout: Layout) -> Result<*mut u8, Refused> {
        let start = self.start();
        let end = start.addr() + self.len();
        let (_, all) = fit(at.addr(), end, layout).ok_or(Refused::Full)?;
        let needed = at.addr() - start.addr() + all;
        // SAFETY: no reference to the region is alive, see `region`.
        let region = unsafe { &mut *self.region.get() };
        region.commit_to(needed).map_err(|_| Refused::NoMemory)?;
        let committed = region.committed_bytes();
        Ok(start.wrapping_add(committed))
    }

    /// Gives the memory of what is committed behind the first `keep_bytes` back to the kernel; the
    /// addresses stay usable.
    ///
    /// # Safety
    /// * Nobody uses what lies behind `keep_bytes`.
    pub(crate) unsafe fn purge_behind(&self, keep_bytes: usize) {
        let keep = keep_bytes.next_multiple_of(page_bytes());
        let committed = self.committed_bytes();
        if keep < committed {
            // SAFETY: committed pages of this reservation whose contents are dead.
            unsafe { tenure_os::memory::purge(self.region().start() + keep, committed - keep) };
        }
    }
}

impl Drop for Reserve {
    fn drop(&mut self) {
        let region = core::mem::replace(self.region.get_mut(), Region::empty());
        // SAFETY: the owner of the reservation ends, and with it all that lies there.
        unsafe { region.release() };
    }
}
