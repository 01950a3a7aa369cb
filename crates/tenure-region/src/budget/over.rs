//! A refused charge: which limit it met, and who holds the most there.

use core::fmt;

use super::Budget;
use super::policy::write_path;

/// Holders that a refusal names.
const HOLDERS: usize = 3;

/// A charge that was refused. Its text is made when it is asked for: it names who holds the most
/// then. Of a budget that has ended meanwhile it has no name.
#[derive(Clone, Copy, Debug)]
pub struct OverBudget {
    pub(super) budget: &'static Budget,
    pub(super) limit_bytes: usize,
    /// Bytes asked for.
    pub asked_bytes: usize,
    /// Bytes that the budget had left.
    pub free_bytes: usize,
}

impl OverBudget {
    /// Whether it was the limit of this budget that would have been passed.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Budget, Policy};
    /// static ALL: Budget = Budget::new("all", 10, Policy::Fail);
    /// static PART: Budget = Budget::under(&ALL, "part", 100, Policy::Fail);
    /// assert!(PART.charge(50).unwrap_err().is_of(&ALL));
    /// ```
    #[must_use]
    pub fn is_of(&self, budget: &Budget) -> bool {
        core::ptr::eq(self.budget, budget)
    }
}

impl fmt::Display for OverBudget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("budget ")?;
        write_path(self.budget, out)?;
        write!(
            out,
            ": {} bytes asked for, {} of {} free",
            self.asked_bytes, self.free_bytes, self.limit_bytes
        )?;
        let mut most: [Option<(usize, &'static Budget)>; HOLDERS] = [None; HOLDERS];
        for child in self.budget.children() {
            let mut next = Some((child.used_bytes(), child)).filter(|(bytes, _)| *bytes > 0);
            for place in &mut most {
                if next.map(|(bytes, _)| bytes) > place.map(|(bytes, _)| bytes) {
                    core::mem::swap(place, &mut next);
                }
            }
        }
        for (number, (bytes, holder)) in most.into_iter().flatten().enumerate() {
            out.write_str(if number == 0 { "; " } else { ", " })?;
            holder.write_name(out)?;
            write!(out, " holds {bytes}")?;
        }
        Ok(())
    }
}

impl core::error::Error for OverBudget {}
