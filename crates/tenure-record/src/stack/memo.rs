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
//! node that stands for it and all that are before it, interpreted frames included. Beneath the
//! outermost frame there may be an entry with a program counter of zero: the word that ended the
//! walk.
//!
//! **Invariants:** (a) stack pointers fall strictly; (b) an entry's node is below the one of the
//! entry before it; (c) `guard` says how the entry before it, the caller, follows from it.

use super::ground::Ground;
use super::rule::Rule;
use super::walk::Fresh;
use tenure_os::registers::Registers;

/// The most frames of a stack that are told.
pub(crate) const FRAMES_MAX: usize = 256;
/// As [`Entry::guard`]: cannot be checked in place.
const BARRIER: i16 = 1;

/// A remembered frame.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub(crate) struct Entry {
    pub(crate) sp: usize,
    pc: usize,
    fp: usize,
    pub(crate) node: u32,
    /// How the caller's state is checked, given this one: 0 by the return address below the
    /// caller's stack pointer; [`BARRIER`] not at all; else also by the frame pointer that is saved
    /// at this offset from there.
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
    #[inline(always)]
    pub(crate) fn all(&self) -> &[Entry] {
        // The length never exceeds the array; saying so spares the check everywhere else.
        &self.entries[..self.len.min(FRAMES_MAX + 1)]
    }

    /// Forgets all.
    pub(crate) const fn clear(&mut self) {
        self.len = 0;
    }

    /// Keeps the outermost `len` entries.
    pub(crate) const fn truncate(&mut self, len: usize) {
        self.len = len;
    }

    pub(crate) const fn outside(&self) -> Outside {
        self.outside
    }

    /// Begins a stack anew; `outside` is what lies beyond its outermost frame. A `sentinel` is the
    /// stack pointer after it, where a return address of zero ended the walk.
    pub(crate) fn begin(&mut self, outside: Outside, sentinel: Option<usize>) {
        self.len = 0;
        self.outside = outside;
        if let Some(sp) = sentinel {
            self.entries[0] = Entry {
                sp,
                pc: 0,
                fp: 0,
                node: 0,
                guard: 0,
                needs_fp: false,
            };
            self.len = 1;
        }
    }

    /// Adds the frames of a walk, which come innermost first, below the node `node`. `step` gives
    /// the node of a frame below a node, and its rule. Gives the node of the innermost frame;
    /// `None` as soon as `step` does, and then remembers nothing.
    #[inline(always)]
    pub(crate) fn extend(
        &mut self,
        fresh: &[Fresh],
        mut node: u32,
        mut step: impl FnMut(u32, &Fresh) -> Option<(u32, Rule)>,
    ) -> Option<u32> {
        let len = self.len.min(FRAMES_MAX + 1);
        let (outer, room) = self.entries.split_at_mut(len);
        let mut outer_needs_fp = outer
            .last()
            .map_or(self.outside == Outside::Deep, |outer| outer.needs_fp);
        self.len = 0;
        for (entry, fresh) in room.iter_mut().zip(fresh.iter().rev()) {
            let (child, rule) = step(node, fresh)?;
            node = child;
            let guard = if rule.is_checkable() {
                rule.saved_bytes() as i16 * i16::from(outer_needs_fp)
            } else {
                BARRIER
            };
            outer_needs_fp = rule.needs_fp(outer_needs_fp);
            entry.sp = fresh.sp;
            entry.pc = fresh.pc;
            entry.fp = fresh.fp;
            entry.node = node;
            entry.guard = guard;
            entry.needs_fp = outer_needs_fp;
        }
        self.len = len + fresh.len();
        Some(node)
    }

    /// Gives entry `index` another node: when what stands for the frames outside of it has changed.
    #[inline]
    pub(crate) fn set_node(&mut self, index: usize, node: u32) {
        self.entries[index].node = node;
    }

    /// Walks the invariants.
    #[cfg(any(test, feature = "check"))]
    pub(crate) fn check(&self) {
        assert!(self.len <= self.entries.len());
        for pair in self.all().windows(2) {
            assert!(pair[0].sp > pair[1].sp, "{pair:x?}");
            assert!(pair[0].node < pair[1].node, "{pair:x?}");
        }
    }
}

impl Entry {
    /// The return address.
    pub(crate) const fn pc(&self) -> usize {
        self.pc
    }

    /// Whether this is the state `at`.
    #[inline(always)]
    pub(crate) fn is(&self, at: Registers) -> bool {
        self.sp == at.sp && self.pc == at.pc && (!self.needs_fp || self.fp == at.fp)
    }

    /// Whether the caller's state is still `outer`, given that this one holds.
    ///
    /// # Safety
    /// * The ground reaches `outer.sp`, and stands at or below this entry's stack pointer.
    #[inline(always)]
    unsafe fn leads_to(&self, outer: &Self, ground: &Ground) -> bool {
        // SAFETY: the caller's stack pointer is above this one's, by at least a word (invariant a).
        if unsafe { ground.word(outer.sp - 8) } != outer.pc {
            return false;
        }
        if self.guard == 0 {
            return true;
        }
        let saved = outer.sp.wrapping_add_signed(self.guard.into());
        // SAFETY: the rule that gave the offset keeps it in this entry's frame; the walk that
        // remembered it has read it as well, for the same state.
        self.guard != BARRIER && unsafe { ground.word(saved) } == outer.fp
    }
}

/// Checks all of `entries` but the last, the innermost, whose state is known to hold: gives 0 when
/// all hold, else how many there are up to the first that does not.
#[inline(always)]
pub(crate) fn recheck(entries: &[Entry], ground: &mut Ground) -> usize {
    // Stack pointers fall, so the outermost is the end of all that is read.
    if !entries
        .first()
        .is_some_and(|outermost| ground.reaches(outermost.sp))
    {
        return 1;
    }
    let [outers @ .., innermost] = entries else {
        return 0;
    };
    let mut inner = innermost;
    let mut left = outers.iter();
    while let Some(outer) = left.next_back() {
        // SAFETY: the ground reaches the highest stack pointer, and stands where the walk began.
        if !unsafe { inner.leads_to(outer, ground) } {
            return left.len() + 1;
        }
        inner = outer;
    }
    0
}
