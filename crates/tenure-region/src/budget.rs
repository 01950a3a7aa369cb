//! Budgets: limits in a tree, which memory is charged to before it is taken.
//!
//! **Shape:** a [`Budget`] is a static with a name, a limit and a parent; what is charged to one is
//! charged to all its ancestors. An [`OwnedBudget`] is one that ends. **Invariants:**
//! * (a) a charge passes every node of the path or changes none of them for good;
//! * (b) no charge that succeeds leaves a node above the limit that it read: there is no slack.
//!
//! While a charge that will be refused higher up is on its way, the nodes below show it: another
//! charge may be refused for it, none is granted for it. **Cost:** a compare-and-swap and a maximum
//! for each level; no memory. A budget opens its account in the ledger at its first charge.
//!
//! **Not here:** who uses the memory. An allocator charges what it holds, and keeps the
//! [`Reservation`] beside it.

use core::cell::UnsafeCell;
use core::fmt;
use core::iter::successors;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use tenure_base::ledger::{Account, Kind, NAME_BYTES_MAX};
use tenure_os::fatal;
#[cfg(feature = "alloc")]
use tenure_os::lock::Lock;

use crate::accounts;
use crate::wakeup::Wakeup;
use policy::{Asked, Deadline};

mod over;
#[cfg(feature = "alloc")]
mod owned;
mod policy;

pub use over::OverBudget;
#[cfg(feature = "alloc")]
pub use owned::OwnedBudget;
pub use policy::Policy;

/// Levels of a tree; a budget that has more ancestors refuses every charge.
pub const LEVELS_MAX: usize = 16;

const CLOSED: u8 = 0;
const OPENING: u8 = 1;
const OPEN: u8 = 2;

/// A limit under a name, which may have one above it.
///
/// # Examples
/// ```
/// use tenure_region::{Budget, Policy};
///
/// static SERVER: Budget = Budget::new("server", 1000, Policy::Fail);
/// static CACHE: Budget = Budget::under(&SERVER, "cache", 800, Policy::Fail);
///
/// let held = CACHE.charge(700).unwrap();
/// let refused = SERVER.charge(400).unwrap_err();
/// let said = "budget server: 400 bytes asked for, 300 of 1000 free; cache holds 700";
/// assert_eq!(refused.to_string(), said);
/// drop(held);
/// assert!(SERVER.charge(400).is_ok());
/// ```
pub struct Budget {
    name: &'static str,
    parent: Option<&'static Budget>,
    terms: UnsafeCell<Terms>,
    account: BudgetAccount,
    state: AtomicU8,
    /// One of its functions runs.
    is_asked: AtomicBool,
    soft_passes: AtomicU64,
    wakeup: Wakeup,
    /// It is the node of an [`OwnedBudget`], and `refs` counts who uses it.
    is_owned: bool,
    refs: AtomicUsize,
    first_child: AtomicPtr<Budget>,
    next_sibling: AtomicPtr<Budget>,
    /// Nodes under this one that have ended.
    #[cfg(feature = "alloc")]
    idle: Lock<Option<&'static Budget>>,
    /// The next on the list of idle ones that this one is on.
    #[cfg(feature = "alloc")]
    next_idle: Lock<Option<&'static Budget>>,
}

/// What does not change while somebody uses the budget.
#[derive(Clone, Copy)]
struct Terms {
    limit_bytes: usize,
    policy: Policy,
    soft_bytes: usize,
    on_soft: Option<fn(usize)>,
}

// SAFETY: all is atomic or locked but the terms, which are written only while one thread alone
// refers to the budget (`begin`).
unsafe impl Sync for Budget {}
// SAFETY: it is plain data and references to statics.
unsafe impl Send for Budget {}

struct BudgetAccount(Account);

impl Budget {
    /// A budget of its own.
    #[must_use]
    pub const fn new(name: &'static str, limit_bytes: usize, policy: Policy) -> Self {
        Self {
            name,
            parent: None,
            terms: UnsafeCell::new(Terms {
                limit_bytes,
                policy,
                soft_bytes: usize::MAX,
                on_soft: None,
            }),
            account: BudgetAccount(Account::new()),
            state: AtomicU8::new(CLOSED),
            is_asked: AtomicBool::new(false),
            soft_passes: AtomicU64::new(0),
            wakeup: Wakeup::new(),
            is_owned: false,
            refs: AtomicUsize::new(0),
            first_child: AtomicPtr::new(ptr::null_mut()),
            next_sibling: AtomicPtr::new(ptr::null_mut()),
            #[cfg(feature = "alloc")]
            idle: Lock::new(None),
            #[cfg(feature = "alloc")]
            next_idle: Lock::new(None),
        }
    }

    /// A budget whose charges count against `parent` too.
    #[must_use]
    pub const fn under(
        parent: &'static Self,
        name: &'static str,
        limit_bytes: usize,
        policy: Policy,
    ) -> Self {
        let mut budget = Self::new(name, limit_bytes, policy);
        budget.parent = Some(parent);
        budget
    }

    /// The same with a soft limit: each time that a charge which succeeds takes what is held from
    /// at most `soft_bytes` to more, it is counted, and `on_pass` is called with what is held. That
    /// happens without a lock, on the thread that charged, and not while a function of the budget
    /// runs already.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Budget, Policy};
    /// fn warn(held_bytes: usize) {
    ///     assert_eq!(held_bytes, 90);
    /// }
    /// static NODE: Budget = Budget::new("node", 100, Policy::Fail).with_soft(80, Some(warn));
    /// let first = NODE.charge(70).unwrap();
    /// let second = NODE.charge(20).unwrap();
    /// assert_eq!(NODE.soft_passes(), 1);
    /// ```
    #[must_use]
    pub const fn with_soft(mut self, soft_bytes: usize, on_pass: Option<fn(usize)>) -> Self {
        let terms = self.terms.get_mut();
        terms.soft_bytes = soft_bytes;
        terms.on_soft = on_pass;
        self
    }

    /// Holds `bytes` more, here and in all budgets above, until the reservation is dropped.
    ///
    /// # Errors
    /// A limit would be passed, and could not be helped: nothing is held.
    pub fn charge(&'static self, bytes: usize) -> Result<Reservation, OverBudget> {
        self.charge_below(bytes, None)?;
        self.retain();
        Ok(Reservation {
            budget: self,
            bytes,
        })
    }

    /// Bytes held.
    #[must_use]
    pub fn used_bytes(&self) -> usize {
        self.account.0.held_bytes()
    }

    /// The most that was held.
    #[must_use]
    pub fn peak_bytes(&self) -> usize {
        self.account
            .0
            .read()
            .map_or(0, |reading| reading.peak_bytes)
    }

    /// How often the soft limit was passed.
    #[must_use]
    pub fn soft_passes(&self) -> u64 {
        self.soft_passes.load(Ordering::Relaxed)
    }

    /// Charges that were refused here, or taken beyond the limit under [`Policy::Observe`].
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.account.0.read().map_or(0, |reading| reading.refusals)
    }

    /// This budget and those above it.
    fn path(&'static self) -> impl Iterator<Item = &'static Self> {
        successors(Some(self), |budget| budget.parent)
    }

    /// The part of the path below `end`.
    fn path_below(
        &'static self,
        end: Option<&'static Self>,
    ) -> impl Iterator<Item = &'static Self> {
        self.path()
            .take_while(move |budget| end.is_none_or(|end| !ptr::eq(*budget, end)))
    }

    fn terms(&self) -> Terms {
        // SAFETY: written only while nobody else refers to the budget, see `begin`.
        unsafe { *self.terms.get() }
    }

    /// Bytes that may still be charged here.
    fn free_bytes(&self) -> usize {
        let limit = self.account.0.limit_bytes();
        limit.saturating_sub(self.used_bytes())
    }

    /// Holds `bytes` more, until [`Budget::release`]: a reservation without a value.
    pub(crate) fn hold(&'static self, bytes: usize) -> Result<(), OverBudget> {
        self.charge_below(bytes, None)
    }

    /// As [`Budget::hold`], where the caller can do something about a refusal: nobody waits and
    /// nothing ends, and no refusal is counted.
    pub(crate) fn try_hold(&'static self, bytes: usize) -> bool {
        let has_room = self.path().take(LEVELS_MAX).all(|budget| {
            budget.open();
            budget.free_bytes() >= bytes
        });
        let passed = match has_room {
            true => self.pass(bytes, None),
            false => return false,
        };
        passed.map(|soft| self.tell_soft(soft)).is_ok()
    }

    /// Holds `bytes` less, here and in all budgets above.
    pub(crate) fn release(&'static self, bytes: usize) {
        self.release_below(bytes, None);
    }

    /// The least limit of the path; `None` when somebody on it waits for what is given back.
    pub(crate) fn least_limit(&'static self) -> Option<usize> {
        let mut path = self.path().take(LEVELS_MAX).map(Self::terms);
        path.try_fold(usize::MAX, |least, terms| match terms.policy {
            Policy::Wait(_) => None,
            _ => Some(least.min(terms.limit_bytes)),
        })
    }

    fn release_below(&'static self, bytes: usize, end: Option<&'static Self>) {
        self.path_below(end)
            .for_each(|budget| budget.give_back(bytes));
    }

    fn give_back(&self, bytes: usize) {
        self.account.0.uncharge(bytes);
        self.wake_waiters();
    }

    fn charge_below(
        &'static self,
        bytes: usize,
        end: Option<&'static Self>,
    ) -> Result<(), OverBudget> {
        let mut deadline = Deadline::default();
        loop {
            let over = match self.pass(bytes, end) {
                Ok(passed_soft) => {
                    self.tell_soft(passed_soft);
                    return Ok(());
                }
                Err(over) => over,
            };
            if over.budget.wait_for(bytes, &mut deadline) {
                continue;
            }
            over.budget.account.0.note_refusal();
            if matches!(over.budget.terms().policy, Policy::Abort) {
                fatal::tell(format_args!("{over}"));
                fatal::abort();
            }
            return Err(over);
        }
    }

    /// Charges each level up to `end`, or none. Gives the levels whose soft limit was passed, a bit
    /// for each.
    fn pass(&'static self, bytes: usize, end: Option<&'static Self>) -> Result<u32, OverBudget> {
        let mut passed_soft = 0;
        for (level, budget) in self.path_below(end).enumerate() {
            budget.open();
            let held = match level < LEVELS_MAX {
                true => budget.charge_here(bytes),
                false => None,
            };
            let Some(held) = held else {
                let over = OverBudget {
                    budget,
                    limit_bytes: budget.account.0.limit_bytes(),
                    asked_bytes: bytes,
                    free_bytes: budget.free_bytes(),
                };
                self.path_below(end)
                    .take(level)
                    .for_each(|passed| passed.give_back(bytes));
                return Err(over);
            };
            let soft = budget.terms().soft_bytes;
            if held > soft && held - bytes <= soft {
                passed_soft |= 1 << level;
            }
        }
        Ok(passed_soft)
    }

    /// What is held then; `None` for a refusal, of which nothing has been counted yet.
    fn charge_here(&'static self, bytes: usize) -> Option<usize> {
        let account = &self.account.0;
        let limit = account.limit_bytes();
        if let Ok(held) = account.raise(bytes, limit) {
            return Some(held);
        }
        match self.terms().policy {
            Policy::Reclaim(reclaim) => {
                let asked = Asked::enter(&self.is_asked)?;
                reclaim(bytes);
                drop(asked);
                account.raise(bytes, limit).ok()
            }
            Policy::Observe => {
                let held = account.raise(bytes, usize::MAX).ok()?;
                account.note_refusal();
                Some(held)
            }
            Policy::Fail | Policy::Wait(_) | Policy::Abort => None,
        }
    }

    #[inline]
    fn tell_soft(&'static self, passed_soft: u32) {
        if passed_soft == 0 {
            return;
        }
        for (level, budget) in self.path().take(LEVELS_MAX).enumerate() {
            if passed_soft & (1 << level) == 0 {
                continue;
            }
            budget.soft_passes.fetch_add(1, Ordering::Relaxed);
            if let Some(on_soft) = budget.terms().on_soft
                && let Some(_asked) = Asked::enter(&budget.is_asked)
            {
                on_soft(budget.used_bytes());
            }
        }
    }

    /// One more uses the budget; of a static nobody counts.
    fn retain(&self) {
        if self.is_owned {
            self.refs.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// One fewer uses the budget.
    fn release_ref(&'static self) {
        // Acquire and release: who ends the node comes after all that used it.
        if self.is_owned && self.refs.fetch_sub(1, Ordering::AcqRel) == 1 {
            #[cfg(feature = "alloc")]
            self.end();
        }
    }

    /// Begins an owned node, also one that has ended before.
    ///
    /// # Safety
    /// * Nobody else uses the node.
    #[cfg(feature = "alloc")]
    unsafe fn begin(&'static self, name: &str, limit_bytes: usize, policy: Policy) {
        let terms = Terms {
            limit_bytes,
            policy,
            soft_bytes: usize::MAX,
            on_soft: None,
        };
        // SAFETY: the caller's thread alone uses the node. Others that still have an `OverBudget`
        // of it read its name and links, which are atomic or never change.
        unsafe { *self.terms.get() = terms };
        self.refs.store(1, Ordering::Relaxed);
        self.soft_passes.store(0, Ordering::Relaxed);
        accounts::open(&self.account.0, Kind::Budget, name, limit_bytes);
        if self.state.load(Ordering::Acquire) != OPEN {
            self.join_parent();
            self.state.store(OPEN, Ordering::Release);
        }
    }

    /// Writes the name: that of a static whole, that of an owned one as the ledger keeps it.
    fn write_name(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_owned {
            return out.write_str(self.name);
        }
        let mut room = [0; NAME_BYTES_MAX];
        match self.account.0.label() {
            Some((_, _, name)) => out.write_str(name.text(&mut room)),
            None => out.write_str("(ended)"),
        }
    }

    /// Opens the account, and puts the budget on its parent's list; once.
    fn open(&'static self) {
        if self.state.load(Ordering::Acquire) == OPEN {
            return;
        }
        // Before the claim: it may allocate, and an allocator under this budget comes back here.
        tenure_os::join::join();
        let claim =
            self.state
                .compare_exchange(CLOSED, OPENING, Ordering::Acquire, Ordering::Acquire);
        if claim.is_err() {
            // A few stores away.
            while self.state.load(Ordering::Acquire) != OPEN {
                core::hint::spin_loop();
            }
            return;
        }
        let limit = self.terms().limit_bytes;
        accounts::open(&self.account.0, Kind::Budget, self.name, limit);
        self.join_parent();
        self.state.store(OPEN, Ordering::Release);
    }

    fn join_parent(&'static self) {
        let Some(parent) = self.parent else { return };
        let place = ptr::from_ref(self).cast_mut();
        let mut first = parent.first_child.load(Ordering::Relaxed);
        loop {
            self.next_sibling.store(first, Ordering::Relaxed);
            // Release pairs with the acquire in `children`: who meets the budget sees its link.
            match parent.first_child.compare_exchange_weak(
                first,
                place,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(seen) => first = seen,
            }
        }
    }

    /// The budgets under this one that were ever charged.
    fn children(&'static self) -> impl Iterator<Item = &'static Self> {
        // SAFETY: links are null or were made from a `&'static Budget` by `open`, with release
        // order before these loads.
        let follow = |link: &AtomicPtr<Self>| unsafe { link.load(Ordering::Acquire).as_ref() };
        successors(follow(&self.first_child), move |child| {
            follow(&child.next_sibling)
        })
    }
}

/// Bytes that a budget and those above it hold; given back when it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Reservation {
    budget: &'static Budget,
    bytes: usize,
}

impl Reservation {
    /// How many.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Has `target` hold them instead. Budgets above both are not charged twice.
    ///
    /// # Errors
    /// A limit on the way would be passed: they stay where they are.
    pub fn move_to(&mut self, target: &'static Budget) -> Result<(), OverBudget> {
        let is_above = |budget: &&'static Budget| {
            let mut path = self.budget.path().take(LEVELS_MAX);
            path.any(|mine| ptr::eq(mine, *budget))
        };
        let common = target.path().take(LEVELS_MAX).find(is_above);
        target.charge_below(self.bytes, common)?;
        target.retain();
        let old = core::mem::replace(&mut self.budget, target);
        old.release_below(self.bytes, common);
        old.release_ref();
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.release(self.bytes);
        self.budget.release_ref();
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_name(out)?;
        let limit = self.account.0.limit_bytes();
        write!(out, ": {} of {limit} bytes", self.used_bytes())
    }
}

#[cfg(test)]
mod tests;
