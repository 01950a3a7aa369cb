//! A thread's cache of rules: from a return address to its rule and its word in stacks.
//!
//! **Shape:** 2048 sets of two rows of 32 bytes, so that a set is a cache line. A row also
//! remembers what came after it last time: the row of the caller, which a walk can begin to read
//! before it knows the return address, and the step through the trie, which spares the trie's own
//! look-up when the same stack is met again.
//! **Invariant:** a row's key holds the epoch in which it was filled; rows of older epochs are
//! never hit. All-zero rows are empty.

use super::modules::{Modules, Place};
use super::rule::Rule;

const SETS_LOG2: u32 = 11;
const ROWS: usize = 2 << SETS_LOG2;
/// Addresses of programs fit below; the epoch's low bits stand above.
const EPOCH_SHIFT: u32 = 48;
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A rule as the walk reads it.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub(crate) struct Row {
    key: u64,
    /// The word that names the return address in a stack.
    pub(crate) frame: u64,
    /// The rule's three parts; as a [`Rule`] they would be padded.
    cfa: i32,
    saved: i8,
    code: u8,
    /// The row of the caller, last time.
    caller: u16,
    /// The last step in the trie: from this node …
    pub(crate) parent: u32,
    /// … to this child; zero: none yet.
    pub(crate) child: u32,
}

const _: () = assert!(size_of::<Row>() == 32);

/// The cache; all-zero bytes are an empty one.
#[repr(C, align(64))]
pub(crate) struct RuleCache {
    rows: [Row; ROWS],
    tag: u64,
}

impl RuleCache {
    /// Makes every row of an older epoch invalid.
    pub(crate) fn enter_epoch(&mut self, epoch: u64) {
        self.tag = epoch << EPOCH_SHIFT;
        if self.tag == 0 {
            // The tags begin anew: rows of 65,536 epochs ago would be hit.
            for row in &mut self.rows {
                row.key = 0;
            }
        }
    }

    #[inline(always)]
    fn set_of(pc: usize) -> usize {
        ((pc as u64).wrapping_mul(SPREAD) >> (u64::BITS - SETS_LOG2)) as usize * 2
    }

    /// Whether row `index` is the one for the return address `pc`.
    #[inline(always)]
    pub(crate) fn serves(&self, index: usize, pc: usize) -> bool {
        self.row(index).key == pc as u64 ^ self.tag
    }

    /// The index of the row for `pc`, to which the frame of row `callee` returns; `None` where no
    /// code is known to be.
    #[inline(always)]
    pub(crate) fn follow(&mut self, callee: usize, pc: usize, modules: &Modules) -> Option<usize> {
        let guess = usize::from(self.row(callee).caller) % ROWS;
        if self.serves(guess, pc) {
            return Some(guess);
        }
        let index = self.find(pc, modules)?;
        // `index` is below 4096.
        self.row_mut(callee).caller = index as u16;
        Some(index)
    }

    /// The index of the row for the return address `pc`; `None` where no code is known to be.
    #[inline]
    pub(crate) fn find(&mut self, pc: usize, modules: &Modules) -> Option<usize> {
        let first = Self::set_of(pc);
        if self.serves(first, pc) {
            return Some(first);
        }
        if self.serves(first + 1, pc) {
            return Some(first + 1);
        }
        self.fill(pc, modules)
    }

    /// Fills a row for `pc`.
    #[cold]
    #[inline(never)]
    fn fill(&mut self, pc: usize, modules: &Modules) -> Option<usize> {
        if pc as u64 >> EPOCH_SHIFT != 0 || pc == 0 {
            return None;
        }
        let Place { rule, frame } = modules.place(pc)?;
        let key = pc as u64 ^ self.tag;
        let first = Self::set_of(pc);
        // The row that was filled last stays, the one before it goes.
        self.rows[first + 1] = self.rows[first];
        self.rows[first] = Row {
            key,
            frame,
            cfa: rule.cfa,
            saved: rule.saved,
            code: rule.code,
            caller: 0,
            parent: 0,
            child: 0,
        };
        Some(first)
    }

    /// Makes the rule for `pc` wrong by a word.
    #[cfg(any(test, feature = "check"))]
    pub(crate) fn spoil(&mut self, pc: usize) -> bool {
        let key = pc as u64 ^ self.tag;
        let row = self.rows.iter_mut().find(|row| row.key == key);
        row.map(|row| row.cfa += 8).is_some()
    }

    #[inline(always)]
    pub(crate) fn row(&self, index: usize) -> &Row {
        &self.rows[index % ROWS]
    }

    #[inline(always)]
    pub(crate) fn rule(&self, index: usize) -> Rule {
        let Row {
            cfa, saved, code, ..
        } = *self.row(index);
        Rule { cfa, saved, code }
    }

    #[inline(always)]
    pub(crate) fn row_mut(&mut self, index: usize) -> &mut Row {
        &mut self.rows[index % ROWS]
    }
}
