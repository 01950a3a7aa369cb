//! From the innermost frame outwards, until the stack ends or joins the remembered one.

use super::full;
use super::ground::Ground;
use super::memo::{FRAMES_MAX, Memo, Outside};
use super::modules::Modules;
use super::rule::{Kind, Rule};
use super::rule_cache::RuleCache;
use super::unwind_table::{SIGNAL_FP, SIGNAL_PC, SIGNAL_SP};
use tenure_os::registers::Registers;

const WORD_BYTES: usize = 8;

/// A frame that was walked, before it has a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fresh {
    pub(crate) at: Registers,
    /// The word that names it.
    pub(crate) frame: u64,
    pub(crate) rule: Rule,
    /// Its row in the cache of rules.
    pub(crate) row: u32,
}

/// The frames of a walk, innermost first; all-zero bytes are none.
pub(crate) struct FreshFrames {
    frames: [Fresh; FRAMES_MAX],
    len: usize,
}

impl FreshFrames {
    pub(crate) fn all(&self) -> &[Fresh] {
        &self.frames[..self.len]
    }

    #[inline]
    fn push(&mut self, fresh: Fresh) {
        self.frames[self.len] = fresh;
        self.len += 1;
    }
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It met the remembered stack, of which so many entries hold.
    Joined(usize),
    /// It left the outermost frame, or could not go on, or was cut.
    Outermost(Outside),
}

/// A walk's means, borrowed from the thread.
pub(crate) struct Walk<'a> {
    pub(crate) rules: &'a mut RuleCache,
    pub(crate) ground: &'a mut Ground,
    pub(crate) memo: &'a Memo,
    pub(crate) fresh: &'a mut FreshFrames,
    pub(crate) modules: &'a Modules,
    /// Whether the walk may be remembered: stack pointers rose, and what ended it will again.
    pub(crate) is_memorable: bool,
    /// Where the walk is: at the end, behind the outermost frame.
    pub(crate) at: Registers,
}

impl Walk<'_> {
    /// Passes the frames of the module that is left out. False where the walk could not go on.
    #[inline]
    pub(crate) fn skip_hidden(&mut self) -> bool {
        while self.modules.hides(self.at.pc) {
            let Some(index) = self.rules.find(self.at.pc, self.modules) else {
                return false;
            };
            let row = self.rules.row(index);
            let rule = Rule {
                cfa: row.cfa,
                fp: row.fp,
                kind: row.kind,
            };
            if !self.leave(rule) || self.at.pc == 0 {
                return false;
            }
        }
        true
    }

    /// Walks to the end of the stack, or to where it joins the memo.
    #[inline]
    pub(crate) fn run(&mut self) -> End {
        self.fresh.len = 0;
        let mut remembered = self.memo.len();
        loop {
            remembered = self.memo.drop_below(remembered, self.at.sp);
            if self.memo.meets(remembered, &self.at) {
                let holding = self.memo.recheck(remembered, self.ground);
                if holding == 0 && self.fits(remembered) {
                    return End::Joined(remembered);
                }
                remembered = holding;
            }
            if self.fresh.len == FRAMES_MAX {
                return End::Outermost(Outside::Deep);
            }
            let Some(index) = self.rules.find(self.at.pc, self.modules) else {
                return self.nowhere();
            };
            let row = self.rules.row(index);
            let rule = Rule {
                cfa: row.cfa,
                fp: row.fp,
                kind: row.kind,
            };
            let frame = row.frame;
            self.fresh.push(Fresh {
                at: self.at,
                frame,
                rule,
                row: index as u32,
            });
            if rule.kind == Kind::End {
                return End::Outermost(Outside::Whole);
            }
            if !self.leave(rule) {
                return End::Outermost(Outside::Lost);
            }
            if self.at.pc == 0 {
                return End::Outermost(Outside::Whole);
            }
        }
    }

    /// Whether the fresh frames and so many remembered ones make the stack that a walk without a
    /// memo would tell: a stack that is cut has to be cut at the same frame.
    fn fits(&self, remembered: usize) -> bool {
        let all = self.fresh.len + remembered;
        match self.memo.outside() {
            Outside::Deep => all == FRAMES_MAX,
            Outside::Whole | Outside::Lost => all <= FRAMES_MAX,
        }
    }

    /// No code is known at the place: what led here was rubbish, or is not yet known.
    #[cold]
    fn nowhere(&mut self) -> End {
        self.is_memorable = false;
        if self.fresh.len == 0 {
            // Where the call came from is a fact, whatever is there.
            let frame = self.at.pc as u64 & ((1 << 48) - 1);
            self.fresh.push(Fresh {
                at: self.at,
                frame,
                rule: Rule::BARE,
                row: 0,
            });
        }
        End::Outermost(Outside::Lost)
    }

    /// Goes to the caller's frame; false where that is not possible.
    #[inline]
    fn leave(&mut self, rule: Rule) -> bool {
        let cfa = match rule.kind {
            // The table's checks made it at least one word above.
            Kind::Stack => self.at.sp.wrapping_add_signed(rule.cfa as isize),
            Kind::Frame => {
                let cfa = self.at.fp.wrapping_add_signed(rule.cfa as isize);
                // Garbage in the frame pointer must not lead below the frame, or between words.
                let saved = cfa.wrapping_add_signed(rule.fp.min(-8).into());
                if !cfa.is_multiple_of(WORD_BYTES) || cfa <= self.at.sp || saved < self.at.sp {
                    return false;
                }
                cfa
            }
            _ => return self.leave_rarely(rule),
        };
        self.enter(cfa, rule.fp)
    }

    /// Enters the frame whose callee has this CFA, and whose frame pointer is saved at `cfa + fp`.
    #[inline]
    fn enter(&mut self, cfa: usize, fp: i16) -> bool {
        if !self.ground.reaches(cfa) {
            return false;
        }
        // SAFETY: `leave` has seen to it that both places are words in the frame between the stack
        // pointer, on which the ground stands, and the CFA, which it reaches.
        unsafe {
            self.at.pc = self.ground.word(cfa - WORD_BYTES);
            if fp != 0 {
                self.at.fp = self.ground.word(cfa.wrapping_add_signed(fp.into()));
            }
        }
        self.at.sp = cfa;
        true
    }

    #[cold]
    #[inline(never)]
    fn leave_rarely(&mut self, rule: Rule) -> bool {
        match rule.kind {
            Kind::Bare => self.leave_bare(rule),
            Kind::FrameWord => self.leave_by_word(rule),
            Kind::Signal => self.leave_signal(),
            Kind::Full => self.leave_full(),
            Kind::Stack | Kind::Frame | Kind::End => false,
        }
    }

    /// By the frame pointer, of which nothing is known: it may be anything.
    fn leave_bare(&mut self, rule: Rule) -> bool {
        let fp = self.at.fp;
        if fp < self.at.sp || !fp.is_multiple_of(WORD_BYTES) || fp > usize::MAX / 2 {
            return false;
        }
        // The range may be outdated where no table leads; so the kernel is asked again.
        self.ground.can_still_read(fp) && self.enter(fp + 2 * WORD_BYTES, rule.fp)
    }

    /// A word that can be read in the part of the stack above the current frame's start.
    fn word_above(&mut self, addr: usize) -> Option<usize> {
        let is_word = addr.is_multiple_of(WORD_BYTES) && addr >= self.at.sp;
        if !is_word || !self.ground.reaches(addr.checked_add(WORD_BYTES)?) {
            return None;
        }
        // SAFETY: checked in the lines above.
        Some(unsafe { self.ground.word(addr) })
    }

    fn leave_by_word(&mut self, rule: Rule) -> bool {
        let at_fp = |offset: isize| self.at.fp.wrapping_add_signed(offset);
        let (cfa_at, fp_at) = (at_fp(rule.cfa as isize), at_fp(rule.fp.into()));
        let (Some(cfa), Some(fp)) = (self.word_above(cfa_at), self.word_above(fp_at)) else {
            return false;
        };
        if cfa % WORD_BYTES != 0 || cfa <= self.at.sp {
            return false;
        }
        let left = self.enter(cfa, 0);
        self.at.fp = fp;
        left
    }

    /// Out of the kernel's frame, into what was interrupted: maybe on another stack.
    fn leave_signal(&mut self) -> bool {
        let place = |offset| self.at.sp.wrapping_add(offset);
        let (pc_at, sp_at, fp_at) = (place(SIGNAL_PC), place(SIGNAL_SP), place(SIGNAL_FP));
        let (Some(pc), Some(sp), Some(fp)) = (
            self.word_above(pc_at),
            self.word_above(sp_at),
            self.word_above(fp_at),
        ) else {
            return false;
        };
        self.is_memorable &= sp > self.at.sp;
        // The place was not called from: it is told as a return address, one further.
        self.at = Registers {
            pc: pc.wrapping_add(1),
            sp,
            fp,
        };
        self.ground.stand(sp)
    }

    fn leave_full(&mut self) -> bool {
        match full::step(&self.at, self.modules) {
            Some(left) if left.sp > self.at.sp && self.ground.reaches(left.sp) => {
                self.at = left;
                true
            }
            _ => false,
        }
    }
}
