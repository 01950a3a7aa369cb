//! Reserved address space under a cursor: more of it is committed when the cursor needs more.

use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::ptr::with_exposed_provenance_mut;

use tenure_base::Align;
use tenure_base::ledger::{Account, Kind};
use tenure_os::process::page_bytes;
use tenure_vm::Region;

use crate::accounts;
use crate::budget::Budget;
use crate::fit::{END_MAX, fit};
use crate::refused::Refused;

/// A reservation, owned, that is committed from its front as far as it is needed.
#[derive(Debug)]
pub(crate) struct Reserve {
    region: UnsafeCell<Region>,
    name: &'static str,
    budget: Option<&'static Budget>,
    /// Of all reservations with this name; `None` before the first commit, and without a name.
    account: Cell<Told>,
    /// Bytes at the front that may be used: what is committed, as far as the budget is charged.
    open_bytes: Cell<usize>,
}

/// An account, which knows of all that is open.
#[derive(Clone, Copy)]
struct Told(Option<&'static Account>);

impl core::fmt::Debug for Told {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(if self.0.is_some() { "told" } else { "untold" })
    }
}

impl Reserve {
    /// The name is that of an account of the ledger; the budget is charged for what is used.
    pub(crate) fn new(
        bytes: usize,
        name: &'static str,
        budget: Option<&'static Budget>,
    ) -> Result<Self, Refused> {
        if bytes > isize::MAX as usize {
            return Err(Refused::TooLarge);
        }
        let align = Align::new(page_bytes()).ok_or(Refused::NoMemory)?;
        let region = Region::reserve(bytes, align).map_err(|_| Refused::NoMemory)?;
        let reserve = Self {
            region: UnsafeCell::new(region),
            name,
            budget,
            account: Cell::new(Told(None)),
            open_bytes: Cell::new(0),
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
        self.open_bytes.get()
    }

    /// The end of what is committed, once that has room for the block behind `at`.
    pub(crate) fn room_for(&self, at: *mut u8, layout: Layout) -> Result<*mut u8, Refused> {
        let start = self.start();
        let end = start.addr() + self.len();
        let (_, all) = fit(at.addr(), end, layout).ok_or(Refused::Full)?;
        let needed = at.addr() - start.addr() + all;
        if needed > self.open_bytes.get() {
            self.open_to(needed)?;
        }
        Ok(start.wrapping_add(self.open_bytes.get()))
    }

    /// Charges and commits what is needed, and what was committed beyond it if the budget has room.
    #[cold]
    fn open_to(&self, needed: usize) -> Result<(), Refused> {
        let before = self.open_bytes.get();
        let exact = needed.next_multiple_of(page_bytes()).min(self.len());
        if let Some(budget) = self.budget {
            budget.hold(exact - before).map_err(|_| Refused::Budget)?;
        }
        let committed = {
            // SAFETY: no reference to the region is alive, see `region`.
            let region = unsafe { &mut *self.region.get() };
            region.commit_to(exact).map(|()| region.committed_bytes())
        };
        let Ok(committed) = committed else {
            if let Some(budget) = self.budget {
                budget.release(exact - before);
            }
            return Err(Refused::NoMemory);
        };
        let is_all_open = (self.budget).is_none_or(|budget| budget.try_hold(committed - exact));
        let after = if is_all_open { committed } else { exact };
        self.open_bytes.set(after);
        if before == 0 {
            let account = accounts::shared(Kind::Arena, self.name);
            self.account.set(Told(account));
        }
        if let Some(account) = self.account.get().0 {
            // An account of a name has no limit.
            let _ = account.charge(after - before);
            account.move_used((after - before).cast_signed());
        }
        Ok(())
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
        let open = self.open_bytes.get();
        let region = core::mem::replace(self.region.get_mut(), Region::empty());
        // SAFETY: the owner of the reservation ends, and with it all that lies there.
        unsafe { region.release() };
        if let Some(account) = self.account.get().0 {
            account.uncharge(open);
            account.move_used(open.cast_signed().wrapping_neg());
        }
        if let Some(budget) = self.budget {
            budget.release(open);
        }
    }
}
