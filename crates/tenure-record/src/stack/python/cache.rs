//! A thread's cache of places in Python code: from a code object and an instruction to the word
//! that names function and line in stacks.
//!
//! **Shape:** 1024 sets of two rows of 32 bytes. A row is hit only by the stamp of the code object
//! that it was filled for. All-zero rows are empty.

use super::chain::Raw;

const SETS_LOG2: u32 = 10;
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A place and its word.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(32))]
struct Row {
    code: usize,
    instruction: usize,
    stamp: u64,
    word: u64,
}

/// The cache; all-zero bytes are an empty one.
#[repr(C, align(64))]
pub(super) struct Cache {
    rows: [[Row; 2]; 1 << SETS_LOG2],
}

impl Cache {
    /// The word for the place of `raw`; `make` gives it where it is not known, and where that gives
    /// none, nothing is kept.
    #[inline]
    pub(super) fn word(&mut self, raw: &Raw, make: impl FnOnce() -> Option<u64>) -> Option<u64> {
        let key = (raw.code as u64).rotate_left(20) ^ raw.instruction as u64;
        let set = (key.wrapping_mul(SPREAD) >> (u64::BITS - SETS_LOG2)) as usize;
        let rows = &mut self.rows[set];
        for row in rows.iter() {
            if row.code == raw.code && row.instruction == raw.instruction && row.stamp == raw.stamp
            {
                return Some(row.word);
            }
        }
        let word = make()?;
        // The row that was filled last stays, the one before it goes.
        rows[1] = rows[0];
        rows[0] = Row {
            code: raw.code,
            instruction: raw.instruction,
            stamp: raw.stamp,
            word,
        };
        Some(word)
    }
}
