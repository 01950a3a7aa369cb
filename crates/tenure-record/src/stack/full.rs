//! One frame whose rule no compact form can say, left with all preserved registers known.
//!
//! The caller of [`step`] knows only three registers at that frame. So the walk begins anew, at
//! this very function, with all registers, and goes outwards by the unwind tables alone until it
//! reaches the frame. Such frames are rare: hand-written assembly, mostly.
//!
//! **Cost:** about 1 µs for each frame on the way.

use super::expression::{Machine, Value};
use super::ground::Ground;
use super::modules::Modules;
use super::rule::{RED_ZONE_BYTES, WORD_BYTES};
use super::unwind_table::{FRAME_POINTER, Found, RETURN_ADDRESS, STACK_POINTER};
use gimli::{CfaRule, Register, RegisterRule};
use tenure_os::registers::Registers;

/// More frames than any walk goes through before it is given up.
const FRAMES_MAX: usize = 1024;
const REGISTERS: usize = 17;
/// What a function preserves beside the frame pointer: `rbx`, `r12` to `r15`.
const PRESERVED: [u16; 6] = [3, FRAME_POINTER, 12, 13, 14, 15];

/// All registers at a frame, by their DWARF numbers; `None` where nobody kept them.
#[derive(Clone, Copy)]
struct Frame {
    values: [Option<usize>; REGISTERS],
    ground: Ground,
}

impl Frame {
    /// The frame of the function that calls.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn here() -> Self {
        let all = tenure_os::registers::all();
        let mut values = [None; REGISTERS];
        for register in PRESERVED.into_iter().chain([STACK_POINTER, RETURN_ADDRESS]) {
            values[usize::from(register)] = Some(all[usize::from(register)]);
        }
        Self {
            values,
            ground: Ground::default(),
        }
    }

    fn get(&self, register: u16) -> Option<usize> {
        *self.values.get(usize::from(register))?
    }

    fn word(&self, addr: usize) -> Option<usize> {
        let mut ground = self.ground;
        let sp = self.get(STACK_POINTER)?;
        if !addr.is_multiple_of(WORD_BYTES) || addr < sp.checked_sub(RED_ZONE_BYTES)? {
            return None;
        }
        let can_read = if addr < sp {
            ground.can_still_read(addr)
        } else {
            ground.reaches(addr.checked_add(WORD_BYTES)?)
        };
        // SAFETY: a word, either in the range above the stack pointer or on a page that the kernel
        // has just called readable, next to this thread's own frames.
        can_read.then(|| unsafe { ground.word_outside(addr) })
    }

    /// The caller's frame.
    fn leave(&mut self, modules: &Modules) -> Option<Self> {
        if !self.ground.stand(self.get(STACK_POINTER)?) {
            return None;
        }
        let pc = self.get(RETURN_ADDRESS)?;
        match modules.with_row(pc, |found| self.leave_by(found)) {
            Some(left) => left,
            None => self.leave_bare(),
        }
    }

    fn leave_by(&self, found: &Found<'_>) -> Option<Self> {
        let cfa = match *found.row.cfa() {
            CfaRule::RegisterAndOffset { register, offset } => {
                self.get(register.0)?.wrapping_add_signed(offset as isize)
            }
            CfaRule::Expression(expression) => number(found.evaluate(expression, None, self)?)?,
        };
        let mut left = *self;
        left.values[usize::from(STACK_POINTER)] = Some(cfa);
        for register in PRESERVED.into_iter().chain([STACK_POINTER, RETURN_ADDRESS]) {
            if let Some(rule) = found.row.register(Register(register)) {
                left.values[usize::from(register)] = self.restore(found, rule, register, cfa);
            } else if register == RETURN_ADDRESS {
                return None;
            }
        }
        if found.is_signal {
            // As a return address: the place behind the one that was interrupted.
            let pc = left.get(RETURN_ADDRESS)?;
            left.values[usize::from(RETURN_ADDRESS)] = Some(pc.wrapping_add(1));
        }
        left.get(RETURN_ADDRESS).is_some().then_some(left)
    }

    fn restore(
        &self,
        found: &Found<'_>,
        rule: RegisterRule<usize>,
        register: u16,
        cfa: usize,
    ) -> Option<usize> {
        let first = Some(Value::Number(cfa as u64));
        match rule {
            RegisterRule::SameValue => self.get(register),
            RegisterRule::Offset(offset) => self.word(cfa.wrapping_add_signed(offset as isize)),
            RegisterRule::ValOffset(offset) => Some(cfa.wrapping_add_signed(offset as isize)),
            RegisterRule::Register(other) => self.get(other.0),
            RegisterRule::Expression(expression) => {
                self.word(number(found.evaluate(expression, first, self)?)?)
            }
            RegisterRule::ValExpression(expression) => {
                number(found.evaluate(expression, first, self)?)
            }
            _ => None,
        }
    }

    /// Code without a table: by the frame pointer.
    fn leave_bare(&self) -> Option<Self> {
        let fp = self.get(FRAME_POINTER)?;
        let mut left = *self;
        left.values = [None; REGISTERS];
        left.values[usize::from(FRAME_POINTER)] = self.word(fp);
        left.values[usize::from(RETURN_ADDRESS)] = self.word(fp.checked_add(8)?);
        left.values[usize::from(STACK_POINTER)] = fp.checked_add(16);
        left.get(RETURN_ADDRESS).is_some().then_some(left)
    }
}

impl Machine for Frame {
    fn register(&self, register: u16) -> Option<Value> {
        self.get(register).map(|value| Value::Number(value as u64))
    }

    fn word(&self, place: Value) -> Option<Value> {
        Self::word(self, number(place)?).map(|word| Value::Number(word as u64))
    }
}

fn number(value: Value) -> Option<usize> {
    match value {
        Value::Number(number) => usize::try_from(number).ok(),
        _ => None,
    }
}

/// The caller's registers of the frame at `target`, which this call must stand in (at any depth);
/// `None` where the tables do not lead there.
#[cfg(target_arch = "x86_64")]
#[cold]
#[inline(never)]
pub(crate) fn step(target: &Registers, modules: &Modules) -> Option<Registers> {
    let mut frame = Frame::here();
    for _ in 0..FRAMES_MAX {
        let (pc, sp) = (frame.get(RETURN_ADDRESS)?, frame.get(STACK_POINTER)?);
        let left = frame.leave(modules)?;
        if (pc, sp) == (target.pc, target.sp) {
            return Some(Registers {
                pc: left.get(RETURN_ADDRESS)?,
                sp: left.get(STACK_POINTER)?,
                fp: left.get(FRAME_POINTER).unwrap_or(0),
            });
        }
        frame = left;
    }
    None
}

/// There are no tables to follow here.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn step(_: &Registers, _: &Modules) -> Option<Registers> {
    None
}
