//! How to get from a frame to its caller's: the compact rules that nearly all code follows.
//!
//! A rule speaks of the *canonical frame address* (CFA): what the stack pointer is once the
//! function has returned. On x86-64 the return address lies in the eight bytes below it.

/// The ways in which a frame's CFA, return address and saved frame pointer are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// CFA = stack pointer + `cfa`.
    #[default]
    Stack,
    /// CFA = frame pointer + `cfa`.
    Frame,
    /// CFA = word at (frame pointer + `cfa`); the saved frame pointer lies at frame pointer +
    /// `saved`. What compilers make of functions that align their stack.
    FrameWord,
    /// No unwind table speaks of the place: two words at the frame pointer, if they look right.
    Bare,
    /// The frame that the kernel makes to deliver a signal: all registers lie in it.
    Signal,
    /// The outermost frame.
    End,
    /// Anything else that tables can say: needs all registers.
    Full,
    /// As [`Kind::Stack`], but the saved frame pointer lies just below the stack pointer: the
    /// function has given up its frame and is about to return. Met where a signal interrupts it.
    Left,
}

/// How far below the stack pointer memory still belongs to the function: the ABI's red zone.
pub(crate) const RED_ZONE_BYTES: usize = 128;
/// Bytes of a word of the stack.
pub(crate) const WORD_BYTES: usize = 8;
/// The bits of [`Rule::code`] that hold the kind.
const KIND_MASK: u8 = 0b111;

/// A compact rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rule {
    /// From the register to the CFA, in bytes; a multiple of 8.
    pub(crate) cfa: i32,
    /// From the CFA to where the caller's frame pointer is saved, in words (see [`Kind`] for the
    /// register where it is not the CFA); zero: it is still in place.
    pub(crate) saved: i8,
    /// The kind, and in the bits above it what follows from it.
    pub(crate) code: u8,
}

impl Rule {
    /// Whether the caller's frame follows from program counter, stack pointer, frame pointer and
    /// the words that the rule names, so that a remembered frame can be checked in place.
    const IS_CHECKABLE: u8 = 1 << 3;
    /// Whether the frame pointer at the frame decides where the caller's frame is.
    const NEEDS_FP: u8 = 1 << 4;
    /// Whether the caller's frame pointer is the one at the frame.
    const KEEPS_FP: u8 = 1 << 5;

    /// The rule for code that no table describes.
    pub(crate) const BARE: Self = Self::make(Kind::Bare, 16, -2);
    /// The rule that only a walk with all registers can follow.
    pub(crate) const FULL: Self = Self::make(Kind::Full, 0, 0);
    /// The rule of the outermost frame.
    pub(crate) const END: Self = Self::make(Kind::End, 0, 0);
    /// The rule of the kernel's signal frame.
    pub(crate) const SIGNAL: Self = Self::make(Kind::Signal, 0, 0);

    /// The rule with these offsets in bytes; `None` where they are too large or odd.
    pub(crate) fn new(kind: Kind, cfa: i64, saved: i64) -> Option<Self> {
        let word = WORD_BYTES as i64;
        if cfa % word != 0 || saved % word != 0 {
            return None;
        }
        Some(Self::make(
            kind,
            i32::try_from(cfa).ok()?,
            i8::try_from(saved / word).ok()?,
        ))
    }

    const fn make(kind: Kind, cfa: i32, saved: i8) -> Self {
        let mut code = kind as u8;
        if matches!(kind, Kind::Stack | Kind::Frame | Kind::Bare) {
            code |= Self::IS_CHECKABLE;
        }
        if !matches!(kind, Kind::Stack | Kind::End | Kind::Signal | Kind::Left) {
            code |= Self::NEEDS_FP;
        }
        if saved == 0 && !matches!(kind, Kind::Signal | Kind::End) {
            code |= Self::KEEPS_FP;
        }
        Self { cfa, saved, code }
    }

    #[inline(always)]
    pub(crate) const fn kind(self) -> Kind {
        match self.code & KIND_MASK {
            0 => Kind::Stack,
            1 => Kind::Frame,
            2 => Kind::FrameWord,
            3 => Kind::Bare,
            4 => Kind::Signal,
            5 => Kind::End,
            6 => Kind::Full,
            _ => Kind::Left,
        }
    }

    /// From the CFA to the saved frame pointer, in bytes; zero: not saved.
    #[inline(always)]
    pub(crate) const fn saved_bytes(self) -> isize {
        self.saved as isize * WORD_BYTES as isize
    }

    #[inline(always)]
    pub(crate) const fn is_checkable(self) -> bool {
        self.code & Self::IS_CHECKABLE != 0
    }

    /// Whether the frame pointer at the frame decides anything, given whether its caller's does.
    #[inline(always)]
    pub(crate) const fn needs_fp(self, outer_needs_fp: bool) -> bool {
        // Without branches: which way they would go changes from frame to frame.
        let passes = (self.code & Self::KEEPS_FP != 0) & outer_needs_fp;
        (self.code & Self::NEEDS_FP != 0) | passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_gives_back_what_it_was_made_of() {
        use Kind::{Bare, End, Frame, FrameWord, Full, Left, Signal, Stack};
        for kind in [Stack, Frame, FrameWord, Bare, Signal, End, Full, Left] {
            let rule = Rule::new(kind, 4096, -48).unwrap();
            assert_eq!(
                (rule.kind(), rule.cfa, rule.saved_bytes()),
                (kind, 4096, -48)
            );
        }
        assert_eq!(Rule::new(Stack, 4, 0), None);
        assert_eq!(Rule::new(Stack, 8, -12), None);
        assert_eq!(Rule::new(Stack, 1 << 31, 0), None);
        assert_eq!(Rule::new(Stack, 4096, -1032), None);
        assert!(Rule::new(Stack, 4096, -1024).is_some());
    }
}
