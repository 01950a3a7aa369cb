//! Who has the objects of a pool: nobody is told, or a list by place in the program.

use alloc::vec::Vec;
use core::panic::Location;

use tenure_os::lock::Lock;

use crate::slots::{SlotKey, Slots};

/// Whether a pool knows who has its objects: [`Untold`] or [`Told`].
pub trait Sites: sealed::Sealed {
    /// What goes with an object.
    type Ticket;
    /// An object leaves.
    #[doc(hidden)]
    fn check_out(&self, site: &'static Location<'static>) -> Self::Ticket;
    /// An object is back, or for ever gone.
    #[doc(hidden)]
    fn check_in(&self, ticket: &Self::Ticket);
}

mod sealed {
    /// Nobody else's lists.
    pub trait Sealed {}
}

/// Nobody knows: no code and no memory.
#[derive(Clone, Copy, Debug)]
pub struct Untold;

impl sealed::Sealed for Untold {}
impl Sites for Untold {
    type Ticket = ();
    #[inline(always)]
    fn check_out(&self, _: &'static Location<'static>) {}
    #[inline(always)]
    fn check_in(&self, (): &()) {}
}

/// A list of who has what, behind a lock. An object for which there is no memory is not on it.
pub struct Told(Lock<Slots<&'static Location<'static>>>);

impl Told {
    pub(super) const fn new() -> Self {
        Self(Lock::new(Slots::new()))
    }

    pub(super) fn outstanding(&self) -> Vec<Outstanding> {
        let mut sites: Vec<_> = self.0.lock().iter().map(|(_, site)| *site).collect();
        sites.sort_unstable();
        let runs = sites.chunk_by(|one, other| one == other);
        let mut out: Vec<_> = runs
            .map(|run| Outstanding {
                site: run[0],
                count: run.len(),
            })
            .collect();
        out.sort_by_key(|site| core::cmp::Reverse(site.count));
        out
    }
}

impl sealed::Sealed for Told {}
impl Sites for Told {
    type Ticket = Option<SlotKey>;
    fn check_out(&self, site: &'static Location<'static>) -> Option<SlotKey> {
        self.0.lock().try_insert(site).ok()
    }
    fn check_in(&self, ticket: &Option<SlotKey>) {
        if let Some(key) = ticket {
            self.0.lock().remove(*key);
        }
    }
}

impl core::fmt::Debug for Told {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Told")
    }
}

/// Objects that one place in the program has out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outstanding {
    /// The call of `take`.
    pub site: &'static Location<'static>,
    /// Objects.
    pub count: usize,
}
