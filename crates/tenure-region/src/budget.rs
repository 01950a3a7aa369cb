//! Budgets: limits in a tree, which memory is charged to before it is taken.
//!
//! **Shape:** a [`Budget`] is a static with a name, a limit and a parent; what is charged to one is
//! charged to all its ancestors. **Invariants:**
//! * (a) a charge passes every node of the path or changes none of them for good;
//! * (b) no charge that succeeds leaves a node above the limit that it read: there is no slack.
//!
//! While a charge that will be refused higher up is on its way, the nodes below show it: another
//! charge may be refused for it, none is granted for it. **Cost:** a compare-and-swap and a maximum
//! for each level; no memory. A budget opens its account in the ledger at its first charge.
//!
//! **Not here:** who uses the memory. An allocator charges what it holds, and keeps the
//! [`Reservation`] beside it.

use core::fmt;
use core::iter::successors;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, Ordering};
use tenure_base::ledger::{Account, Kind};

use crate::accounts;

/// Levels of a tree; a budget that has more ancestors refuses every charge.
pub const LEVELS_MAX: usize = 16;
/// Holders that a refusal names.
const HOLDERS: usize = 3;

const CLOSED: u8 = 0;
const OPENING: u8 = 1;
const OPEN: u8 = 2;

/// What a budget does with a charge that would pass its limit.
#[derive(Clone, Copy, Debug)]
pub enum Policy {
    /// Refuses it.
    Fail,
    /// Asks the function to free so many bytes, and tries once more. It is called without a lock,
    /// and not again while it runs: charges that meet the limit meanwhile are refused.
    Reclaim(fn(usize)),
}

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
#[derive(Debug)]
pub struct Budget {
    name: &'static str,
    parent: Option<&'static Budget>,
    limit_bytes: usize,
    policy: Policy,
    account: BudgetAccount,
    state: AtomicU8,
    reclaiming: AtomicBool,
    first_child: AtomicPtr<Budget>,
    next_sibling: AtomicPtr<Budget>,
}

struct BudgetAccount(Account);

impl fmt::Debug for BudgetAccount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} bytes", self.0.held_bytes())
    }
}

/// A charge that was refused.
#[derive(Clone, Copy, Debug)]
pub struct OverBudget {
    /// The budget whose limit it would have passed.
    pub budget: &'static Budget,
    /// Bytes asked for.
    pub asked_bytes: usize,
    /// Bytes that the budget had left.
    pub free_bytes: usize,
}

impl Budget {
    /// A budget of its own.
    #[must_use]
    pub const fn new(name: &'static str, limit_bytes: usize, policy: Policy) -> Self {
        Self {
            name,
            parent: None,
            limit_bytes,
            policy,
            account: BudgetAccount(Account::new()),
            state: AtomicU8::new(CLOSED),
            reclaiming: AtomicBool::new(false),
            first_child: AtomicPtr::new(ptr::null_mut()),
            next_sibling: AtomicPtr::new(ptr::null_mut()),
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

    /// Holds `bytes` more, here and in all budgets above, until the reservation is dropped.
    ///
    /// # Errors
    /// A limit would be passed, and could not be helped: nothing is held.
    pub fn charge(&'static self, bytes: usize) -> Result<Reservation, OverBudget> {
        self.charge_below(bytes, None)?;
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

    /// Charges that were refused here.
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

    fn charge_below(
        &'static self,
        bytes: usize,
        end: Option<&'static Self>,
    ) -> Result<(), OverBudget> {
        for (level, budget) in self.path_below(end).enumerate() {
            budget.open();
            if level < LEVELS_MAX && budget.charge_here(bytes) {
                continue;
            }
            let free_bytes = budget.limit_bytes.saturating_sub(budget.used_bytes());
            self.path_below(end)
                .take(level)
                .for_each(|passed| passed.account.0.uncharge(bytes));
            budget.account.0.note_refusal();
            return Err(OverBudget {
                budget,
                asked_bytes: bytes,
                free_bytes,
            });
        }
        Ok(())
    }

    fn charge_here(&'static self, bytes: usize) -> bool {
        if self.account.0.try_charge(bytes).is_ok() {
            return true;
        }
        let Policy::Reclaim(reclaim) = self.policy else {
            return false;
        };
        if self.reclaiming.swap(true, Ordering::Acquire) {
            return false;
        }
        let guard = Reclaiming(&self.reclaiming);
        reclaim(bytes);
        drop(guard);
        self.account.0.try_charge(bytes).is_ok()
    }

    /// Opens the account, and puts the budget on its parent's list; once.
    fn open(&'static self) {
        if self.state.load(Ordering::Acquire) == OPEN {
            return;
        }
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
        accounts::open(&self.account.0, Kind::Budget, self.name, self.limit_bytes);
        if let Some(parent) = self.parent {
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
                    Ok(_) => break,
                    Err(seen) => first = seen,
                }
            }
        }
        self.state.store(OPEN, Ordering::Release);
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

/// Ends the reclaiming, also when the function panics.
struct Reclaiming(&'static AtomicBool);

impl Drop for Reclaiming {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
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
        let old = core::mem::replace(&mut self.budget, target);
        old.path_below(common)
            .for_each(|budget| budget.account.0.uncharge(self.bytes));
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let bytes = self.bytes;
        self.budget
            .path()
            .for_each(|budget| budget.account.0.uncharge(bytes));
    }
}

impl fmt::Display for OverBudget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let budget = self.budget;
        write!(out, "budget ")?;
        let depth = budget.path().take(LEVELS_MAX).count();
        for level in (0..depth).rev() {
            let name = budget.path().nth(level).map_or("", |above| above.name);
            write!(out, "{name}{}", if level > 0 { "/" } else { "" })?;
        }
        write!(
            out,
            ": {} bytes asked for, {} of {} free",
            self.asked_bytes, self.free_bytes, budget.limit_bytes
        )?;
        let mut most: [Option<(usize, &str)>; HOLDERS] = [None; HOLDERS];
        for child in budget.children().filter(|child| child.used_bytes() > 0) {
            let mut next = Some((child.used_bytes(), child.name));
            for place in &mut most {
                if next.map(|(bytes, _)| bytes) > place.map(|(bytes, _)| bytes) {
                    core::mem::swap(place, &mut next);
                }
            }
        }
        for (number, (bytes, name)) in most.into_iter().flatten().enumerate() {
            let before = if number == 0 { ";" } else { "," };
            write!(out, "{before} {name} holds {bytes}")?;
        }
        Ok(())
    }
}

impl core::error::Error for OverBudget {}

#[cfg(test)]
mod tests;
