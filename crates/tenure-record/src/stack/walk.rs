//! From the innermost frame outwards, until the stack ends or joins the remembered one.

use super::full;
use super::ground::Ground;
use super::memo::{FRAMES_MAX, Memo, Outside, recheck};
use super::modules::Modules;
use super::rule::{Kind, Rule, WORD_BYTES};
use super::rule_cache::RuleCache;
use super::unwind_table::{SIGNAL_FP, SIGNAL_PC, SIGNAL_SP};
use tenure_os::registers::Registers;

/// A frame that was walked, before it has a node.
///
/// Its words are read soon after they were written, and one by one: the order of the fields differs
/// from that of a remembered frame so that no two of them are copied at once, which a processor can
/// only do once both have left its store buffer.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Fresh {
    pub(crate) pc: usize,
    /// Its row in the cache of rules.
    pub(crate) row: usize,
    pub(crate) sp: usize,
    pub(crate) fp: usize,
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
}

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It met the remembered stack, of which so many entries hold.
    Joined(usize),
    /// It left the outermost frame, or could not go on, or was cut. The stack pointer is that of
    /// the state behind the outermost frame, if a return address of zero ended the walk.
    Outermost(Outside, Option<usize>),
}

impl End {
    /// Where no code is known.
    pub(crate) const NOWHERE: Self = Self::Outermost(Outside::Lost, None);
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
    /// The caller's state, as a rare kind of rule gave it last.
    pub(crate) left: Registers,
}

impl Walk<'_> {
    /// Passes the frames of the module that is left out; `None` where the walk could not go on.
    #[inline(always)]
    pub(crate) fn skip_hidden(&mut self, mut at: Registers) -> Option<Registers> {
        while self.modules.hides(at.pc) {
            let index = self.rules.find(at.pc, self.modules)?;
            let rule = self.rules.rule(index);
            at = self.leave(rule, at).filter(|left| left.pc != 0)?;
        }
        Some(at)
    }

    /// Walks to the end of the stack, or to where it joins the memo.
    #[inline(always)]
    pub(crate) fn run(&mut self, mut at: Registers) -> End {
        let mut len = 0;
        let mut remembered = self.memo.all();
        // The row of the frame before; at first any.
        let mut index = 0;
        let end = loop {
            while let [rest @ .., last] = remembered
                && last.sp <= at.sp
            {
                if !last.is(at) {
                    remembered = rest;
                    continue;
                }
                let holding = recheck(remembered, self.ground);
                if holding == 0 && self.fits(len + remembered.len()) {
                    self.fresh.len = len;
                    return End::Joined(remembered.len());
                }
                remembered = &remembered[..holding.min(rest.len())];
            }
            let Some(slot) = self.fresh.frames.get_mut(len) else {
                break End::Outermost(Outside::Deep, None);
            };
            match self.rules.follow(index, at.pc, self.modules) {
                Some(row) => index = row,
                None => {
                    // What led here was rubbish, or is not yet known: next time it may be.
                    self.is_memorable = false;
                    break End::NOWHERE;
                }
            }
            slot.pc = at.pc;
            slot.row = index;
            slot.sp = at.sp;
            slot.fp = at.fp;
            len += 1;
            let rule = self.rules.rule(index);
            match self.leave(rule, at) {
                Some(left) if left.pc != 0 => at = left,
                Some(left) => break End::Outermost(Outside::Whole, Some(left.sp)),
                None if rule.kind() == Kind::End => break End::Outermost(Outside::Whole, None),
                None => break End::Outermost(Outside::Lost, None),
            }
        };
        self.fresh.len = len;
        end
    }

    /// Whether so many frames, the remembered ones included, make the stack that a walk without a
    /// memo would tell: a stack that is cut has to be cut at the same frame.
    fn fits(&self, frames: usize) -> bool {
        match self.memo.outside() {
            Outside::Deep => frames == FRAMES_MAX,
            Outside::Whole | Outside::Lost => frames <= FRAMES_MAX,
        }
    }

    /// The caller's state; `None` where that is not possible.
    #[inline(always)]
    fn leave(&mut self, rule: Rule, at: Registers) -> Option<Registers> {
        let Registers { pc, sp, fp } = at;
        let saved = rule.saved_bytes();
        let cfa = match rule.kind() {
            // The table's checks made it at least one word above.
            Kind::Stack => sp.wrapping_add_signed(rule.cfa as isize),
            Kind::Frame => {
                let cfa = fp.wrapping_add_signed(rule.cfa as isize);
                // Garbage in the frame pointer must not lead below the frame, or between words.
                let lowest = cfa.wrapping_add_signed(saved.min(-8));
                if !cfa.is_multiple_of(WORD_BYTES) || cfa <= sp || lowest < sp {
                    return None;
                }
                cfa
            }
            _ => {
                // The state goes and comes back word by word, so that those of the frequent kinds
                // stay in registers.
                let is_left = self.leave_rarely(rule, pc, sp, fp);
                let Registers { pc, sp, fp } = self.left;
                return is_left.then_some(Registers { pc, sp, fp });
            }
        };
        if !self.ground.reaches(cfa) {
            return None;
        }
        // SAFETY: the lines above have seen to it that both places are words in the frame, between
        // the stack pointer, on which the ground stands, and the CFA, which it reaches.
        unsafe {
            let pc = self.ground.word(cfa - WORD_BYTES);
            let fp = if saved == 0 {
                fp
            } else {
                self.ground.word(cfa.wrapping_add_signed(saved))
            };
            Some(Registers { pc, sp: cfa, fp })
        }
    }

    #[cold]
    #[inline(never)]
    fn leave_rarely(&mut self, rule: Rule, pc: usize, sp: usize, fp: usize) -> bool {
        let at = Registers { pc, sp, fp };
        let left = match rule.kind() {
            Kind::Bare => self.leave_bare(at),
            Kind::FrameWord => self.leave_by_word(rule, at),
            Kind::Signal => self.leave_signal(at),
            Kind::Full => self.leave_full(at),
            Kind::Left => self.leave_left(rule, at),
            Kind::Stack | Kind::Frame | Kind::End => None,
        };
        if let Some(left) = left {
            self.left = left;
        }
        left.is_some()
    }

    /// By the frame pointer, of which nothing is known: it may be anything.
    fn leave_bare(&mut self, at: Registers) -> Option<Registers> {
        // The range may be outdated where no table leads; so the kernel is asked again.
        if at.fp < at.sp || !self.ground.can_still_read(at.fp) {
            return None;
        }
        let fp = self.word_above(at.sp, at.fp)?;
        let pc = self.word_above(at.sp, at.fp.checked_add(WORD_BYTES)?)?;
        Some(Registers {
            pc,
            sp: at.fp.checked_add(2 * WORD_BYTES)?,
            fp,
        })
    }

    /// A word that can be read in the part of the stack from `sp` upwards.
    fn word_above(&mut self, sp: usize, addr: usize) -> Option<usize> {
        let is_word = addr.is_multiple_of(WORD_BYTES) && addr >= sp;
        if !is_word || !self.ground.reaches(addr.checked_add(WORD_BYTES)?) {
            return None;
        }
        // SAFETY: checked in the lines above.
        Some(unsafe { self.ground.word(addr) })
    }

    fn leave_by_word(&mut self, rule: Rule, at: Registers) -> Option<Registers> {
        let at_fp = |offset: isize| at.fp.wrapping_add_signed(offset);
        let cfa = self.word_above(at.sp, at_fp(rule.cfa as isize))?;
        let fp = self.word_above(at.sp, at_fp(rule.saved_bytes()))?;
        if cfa <= at.sp {
            return None;
        }
        let pc = self.word_above(at.sp, cfa.checked_sub(WORD_BYTES)?)?;
        Some(Registers { pc, sp: cfa, fp })
    }

    /// Out of a function that has given up its frame: the saved frame pointer lies below the stack
    /// pointer, where nothing has overwritten it since.
    fn leave_left(&mut self, rule: Rule, at: Registers) -> Option<Registers> {
        let cfa = at.sp.wrapping_add_signed(rule.cfa as isize);
        let saved = cfa.wrapping_add_signed(rule.saved_bytes());
        let pc = self.word_above(at.sp, cfa.checked_sub(WORD_BYTES)?)?;
        if !self.ground.can_still_read(saved) {
            return None;
        }
        // SAFETY: a word (the rule's offsets are multiples of one) on a page that the kernel has
        // just called readable, next to this thread's own frames.
        let fp = unsafe { self.ground.word_outside(saved) };
        Some(Registers { pc, sp: cfa, fp })
    }

    /// Out of the kernel's frame, into what was interrupted: maybe on another stack.
    fn leave_signal(&mut self, at: Registers) -> Option<Registers> {
        let mut word = |offset| self.word_above(at.sp, at.sp.wrapping_add(offset));
        let (pc, sp, fp) = (word(SIGNAL_PC)?, word(SIGNAL_SP)?, word(SIGNAL_FP)?);
        self.is_memorable &= sp > at.sp;
        // The place was not called from: it is told as a return address, one further.
        let left = Registers {
            pc: pc.wrapping_add(1),
            sp,
            fp,
        };
        self.ground.stand(sp).then_some(left)
    }

    fn leave_full(&mut self, at: Registers) -> Option<Registers> {
        let left = full::step(&at, self.modules)?;
        (left.sp > at.sp && self.ground.reaches(left.sp)).then_some(left)
    }
}
