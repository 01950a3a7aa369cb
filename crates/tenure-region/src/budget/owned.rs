//! Budgets that are made and end while the program runs: one for a tenant, a job, a connection.
//!
//! **Shape:** a node is made once and used again under the same parent, since the ledger and the
//! parent's list keep it for ever: there are as many as were ever alive at one time.
//! **Invariants:** (a) `refs` counts the owners, the reservations and the budgets under it; (b) a
//! node without any is on its parent's list of idle ones, and holds nothing; (c) terms are written
//! while it is in the hands of one thread that has taken it off that list.

use alloc::boxed::Box;
use core::sync::atomic::Ordering;
use tenure_os::lock::Lock;

use super::{Budget, OverBudget, Policy, Reservation};

/// Nodes without a parent that ended.
static IDLE_ROOTS: Lock<Option<&'static Budget>> = Lock::new(None);

/// A budget that ends when its owners, what is charged to it and the budgets under it are gone.
///
/// A clone is a second owner. Making one takes some hundred bytes of memory, which a later one
/// under the same parent uses again. Its name is kept as the ledger does, up to 32 bytes.
///
/// # Examples
/// ```
/// use tenure_region::{Budget, OwnedBudget, Policy};
/// static TENANTS: Budget = Budget::new("tenants", 1000, Policy::Fail);
///
/// let tenant = OwnedBudget::under_static(&TENANTS, &format!("tenant {}", 7), 600, Policy::Fail);
/// let held = tenant.charge(500).unwrap();
/// let refused = tenant.charge(200).unwrap_err().to_string();
/// assert_eq!(refused, "budget tenants/tenant 7: 200 bytes asked for, 100 of 600 free");
/// drop(tenant);
/// assert_eq!(TENANTS.used_bytes(), 500);
/// drop(held);
/// assert_eq!(TENANTS.used_bytes(), 0);
/// ```
#[derive(Debug)]
pub struct OwnedBudget {
    node: &'static Budget,
}

impl OwnedBudget {
    /// A budget of its own.
    ///
    /// # Panics
    /// Without memory for it, as a `Box` does.
    #[must_use]
    pub fn new(name: &str, limit_bytes: usize, policy: Policy) -> Self {
        Self::make(None, name, limit_bytes, policy)
    }

    /// A budget whose charges count against `parent` too.
    ///
    /// # Panics
    /// As [`OwnedBudget::new`].
    #[must_use]
    pub fn under_static(
        parent: &'static Budget,
        name: &str,
        limit_bytes: usize,
        policy: Policy,
    ) -> Self {
        Self::make(Some(parent), name, limit_bytes, policy)
    }

    /// As [`OwnedBudget::under_static`]; the parent stays at least as long.
    ///
    /// # Panics
    /// As [`OwnedBudget::new`].
    #[must_use]
    pub fn under(parent: &Self, name: &str, limit_bytes: usize, policy: Policy) -> Self {
        Self::make(Some(parent.node), name, limit_bytes, policy)
    }

    fn make(parent: Option<&'static Budget>, name: &str, limit: usize, policy: Policy) -> Self {
        let idle = {
            let mut idle = idle_of(parent).lock();
            let node = *idle;
            *idle = node.and_then(|node| *node.next_idle.lock());
            node
        };
        // Memory is taken without the lock: an allocator under a budget may come back here.
        let node = idle.unwrap_or_else(|| {
            let mut node = Budget::new("", limit, policy);
            node.parent = parent;
            node.is_owned = true;
            Box::leak(Box::new(node))
        });
        // SAFETY: fresh, or off the list of idle nodes: nobody else refers to it (invariants b, c).
        unsafe { node.begin(name, limit, policy) };
        if let Some(parent) = parent {
            parent.retain();
        }
        Self { node }
    }

    /// As [`Budget::charge`].
    ///
    /// # Errors
    /// As there.
    pub fn charge(&self, bytes: usize) -> Result<Reservation, OverBudget> {
        self.node.charge(bytes)
    }

    /// Has this budget hold what the reservation does; as [`Reservation::move_to`].
    ///
    /// # Errors
    /// As there.
    pub fn take_over(&self, reservation: &mut Reservation) -> Result<(), OverBudget> {
        reservation.move_to(self.node)
    }

    /// Bytes held.
    #[must_use]
    pub fn used_bytes(&self) -> usize {
        self.node.used_bytes()
    }

    /// The most that was held.
    #[must_use]
    pub fn peak_bytes(&self) -> usize {
        self.node.peak_bytes()
    }

    /// Charges that were refused here.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.node.refusals()
    }

    /// Whether `refused` names this budget.
    #[must_use]
    pub fn has_refused(&self, refused: &OverBudget) -> bool {
        refused.is_of(self.node)
    }

    /// The budget, which never ends now: for arenas and allocators, which want a static one.
    #[must_use]
    pub fn leak(self) -> &'static Budget {
        let node = self.node;
        core::mem::forget(self);
        node
    }
}

impl Clone for OwnedBudget {
    fn clone(&self) -> Self {
        self.node.retain();
        Self { node: self.node }
    }
}

impl Drop for OwnedBudget {
    fn drop(&mut self) {
        self.node.release_ref();
    }
}

fn idle_of(parent: Option<&'static Budget>) -> &'static Lock<Option<&'static Budget>> {
    parent.map_or(&IDLE_ROOTS, |parent| &parent.idle)
}

impl Budget {
    /// The last reference to an owned node was given up: it is idle, and its parent has one less.
    pub(super) fn end(&'static self) {
        let mut node = self;
        loop {
            debug_assert_eq!(node.used_bytes(), 0, "a budget ends that holds something");
            node.account.0.close();
            {
                let mut idle = idle_of(node.parent).lock();
                *node.next_idle.lock() = *idle;
                *idle = Some(node);
            }
            // Acquire and release: who takes the node next comes after all that used it.
            match node.parent {
                Some(parent)
                    if parent.is_owned && parent.refs.fetch_sub(1, Ordering::AcqRel) == 1 =>
                {
                    node = parent;
                }
                _ => return,
            }
        }
    }
}
