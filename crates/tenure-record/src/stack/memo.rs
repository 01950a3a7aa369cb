//! A thread's last stack, remembered frame by frame, and what it takes to trust it again.
//!
//! # Why a remembered frame may be trusted
//!
//! Let a *state* be program counter, stack pointer and frame pointer at a frame. With a rule of the
//! kinds that [`Kind::is_checkable`] names, the state of the caller is a function of the state and
//! of at most two words of the stack: the return address, and the saved frame pointer. So:
//!
//! 1. A fresh walk reaches a state that equals a remembered one. From here on, a plain walk would
//!    compute the same address for the return address as it did when the frame was remembered.
//! 2. If the word there is still the same, and so is the saved frame pointer, the caller's state is
//!    the remembered one too. By induction, so is every state up to the first word that differs.
//! 3. What is checked is exactly what the plain walk would read, in the same order, and the check
//!    stops at the first difference. So it is as safe to make as the walk: it never reads a stack
//!    that is gone, however the memo has come to be outdated.
//!
//! A saved frame pointer is compared only where it matters: where some frame further out finds
//! its caller by it before it is restored from the stack once more. Where it does not matter, the
//! remembered value may be outdated, and is neither used nor compared.
//!
//! Nothing is assumed of how control moves: functions may return and others may take their place,
//! exceptions and `longjmp` may cut the stack, coroutines may be switched. A frame of any other
//! kind is a *barrier*: the check stops there, and the walk goes on from the last state it reached
//! by itself.
//!
//! # Shape
//!
//! Entries lie outermost first, so that the stack pointers fall from entry to entry. Each has the
//! node that stands for it and all that are before it. Beneath the outermost frame there may be an
//! entry with a program counter of zero: the word that ended the walk.
//!
//! **Invariants:** (a) stack pointers fall strictly; (b) an entry's node is the child of the
//! entry's before it; (c) `guard` says how the entry follows from the one *behind* it (its callee).

use super::ground::Ground;
use super::rule::{Kind, Rule};
use tenure_os::registers::Registers;

/// The most frames of a stack that are told.
pub(crate) const FRAMES_MAX: usize = 256;
/// As [`Entry::guard`]: cannot be checked in place.
const BARRIER: i16 = 1;

/// A remembered frame.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub(crate) struct Entry {
    pub(crate) pc: usize,
    pub(crate) sp: usize,
    fp: usize,
    pub(crate) node: u32,
    /// How this state is checked, given its callee's: 0 by the return address below `sp`;
    /// [`BARRIER`] not at all; else also by the frame pointer saved at this offset from `sp`.
    guard: i16,
    /// Whether `fp` decides where the caller's frame is, or one further out.
    needs_fp: bool,
}

const _: () = assert!(size_of::<Entry>() == 32);

/// How the outermost frame was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Outside {
    /// There is no caller.
    Whole,
    /// The walk could not go on.
    Lost,
    /// There are more frames than are told.
    Deep,
}

/// The remembered stack; all-zero bytes are an empty one.
pub(crate) struct Memo {
    entries: [Entry; FRAMES_MAX + 1],
    len: usize,
    outside: Outside,
}

impl Memo {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Forgets all.
    pub(crate) const fn clear(&mut self) {
        self.len = 0;
    }

    /// Keeps the outermost `len` entries.
    pub(crate) const fn truncate(&mut self, len: usize) {
        self.len = len;
    }

    pub(crate) fn last(&self) -> Option<&Entry> {
        self.entries[..self.len].last()
    }

    /// The entry before the last: the frame that the last one was called from.
    pub(crate) fn caller_of_last(&self) -> Option<&Entry> {
        self.entries[..self.len.checked_sub(1)?].last()
    }

    pub(crate) const fn outside(&self) -> Outside {
        self.outside
    }

    /// Of the first `len` entries, how many may still be met by a walk that has come to `sp`.
    #[inline]
    pub(crate) fn drop_below(&self, mut len: usize, sp: usize) -> usize {
        while len > 0 && self.entries[len - 1].sp < sp {
            len -= 1;
        }
        len
    }

    /// Whether the innermost of the first `len` entries is the state `at`.
    #[inline]
    pub(crate) fn meets(&self, len: usize, at: &Registers) -> bool {
        let Some(entry) = self.entries[..len].last() else {
            return false;
        };
        entry.sp == at.sp && entry.pc == at.pc && (!entry.needs_fp || entry.fp == at.fp)
    }

    /// Checks all entries but the innermost of the first `len`, whose state is known to hold: gives
    /// 0 when all hold, else how many entries there are up to the first that does not.
    #[inline]
    pub(crate) fn recheck(&self, len: usize, ground: &mut Ground) -> usize {
        let entries = &self.entries[..len];
        // Stack pointers fall, so the outermost is the end of all that is read.
        if !entries
            .first()
            .is_some_and(|outermost| ground.reaches(outermost.sp))
        {
            return 1;
        }
        for (index, entry) in entries.iter().enumerate().rev().skip(1) {
            // SAFETY: `reaches` covers up to the highest stack pointer, and the place lies at or
            // above the state before it (argument 3 above): the walk read it as well.
            if unsafe { ground.word(entry.sp - 8) } != entry.pc {
                return index + 1;
            }
            if entry.guard != 0 && !entry.holds_guard(ground) {
                return index + 1;
            }
        }
        0
    }

    /// Begins a stack anew; `outside` is what lies beyond its outermost frame. A `sentinel` is the
    /// state after it, whose return address of zero ended the walk.
    pub(crate) fn begin(&mut self, outside: Outside, sentinel: Option<&Registers>) {
        self.len = 0;
        self.outside = outside;
        if let Some(at) = sentinel {
            self.push(at, Rule::END, 0);
        }
    }

    /// Adds the frame that the last one called: its state, its rule, its node.
    #[inline]
    pub(crate) fn push(&mut self, at: &Registers, rule: Rule, node: u32) {
        let mut outer_needs_fp = self.outside == Outside::Deep;
        if let Some(outer) = self.entries[..self.len].last_mut() {
            outer_needs_fp = outer.needs_fp;
            outer.guard = if !rule.kind.is_checkable() {
                BARRIER
            } else if outer_needs_fp {
                rule.fp
            } else {
                0
            };
        }
        let is_restored = rule.fp != 0 || rule.kind == Kind::Signal;
        self.entries[self.len] = Entry {
            pc: at.pc,
            sp: at.sp,
            fp: at.fp,
            node,
            guard: 0,
            needs_fp: rule.kind.needs_fp() || (outer_needs_fp && !is_restored),
        };
        self.len += 1;
    }

    /// Walks the invariants.
    #[cfg(test)]
    pub(crate) fn check(&self) {
        assert!(self.len <= self.entries.len());
        for pair in self.entries[..self.len].windows(2) {
            assert!(pair[0].sp > pair[1].sp, "{pair:x?}");
            assert!(pair[0].node < pair[1].node, "{pair:x?}");
        }
    }
}

impl Entry {
    #[inline]
    fn holds_guard(&self, ground: &Ground) -> bool {
        if self.guard == BARRIER {
            return false;
        }
        // SAFETY: as in `recheck`: the rule keeps the place within the callee's frame.
        unsafe { ground.word(self.sp.wrapping_add_signed(self.guard.into())) == self.fp }
    }
}
