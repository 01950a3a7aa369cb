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
    /// `fp`. What compilers make of functions that align their stack.
    FrameWord,
    /// No unwind table speaks of the place: two words at the frame pointer, if they look right.
    Bare,
    /// The frame that the kernel makes to deliver a signal: all registers lie in it.
    Signal,
    /// The outermost frame.
    End,
    /// Anything else that tables can say: needs all registers.
    Full,
}

impl Kind {
    /// Whether the caller's frame follows from program counter, stack pointer, frame pointer and
    /// the words that [`Rule`] names, so that a remembered frame can be checked in place.
    pub(crate) const fn is_checkable(self) -> bool {
        matches!(self, Self::Stack | Self::Frame | Self::Bare)
    }

    /// Whether the frame pointer at the frame decides where the caller's frame is.
    pub(crate) const fn needs_fp(self) -> bool {
        !matches!(self, Self::Stack | Self::End | Self::Signal)
    }
}

/// A compact rule. All offsets are in bytes and multiples of 8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rule {
    /// From the register to the CFA.
    pub(crate) cfa: i32,
    /// From the CFA to where the caller's frame pointer is saved; zero: it is still in place.
    pub(crate) fp: i16,
    pub(crate) kind: Kind,
}

impl Rule {
    /// The rule for code that no table describes.
    pub(crate) const BARE: Self = Self {
        cfa: 16,
        fp: -16,
        kind: Kind::Bare,
    };
    /// The rule that only a walk with all registers can follow.
    pub(crate) const FULL: Self = Self {
        cfa: 0,
        fp: 0,
        kind: Kind::Full,
    };
    /// The rule of the outermost frame.
    pub(crate) const END: Self = Self {
        cfa: 0,
        fp: 0,
        kind: Kind::End,
    };
    /// The rule of the kernel's signal frame.
    pub(crate) const SIGNAL: Self = Self {
        cfa: 0,
        fp: 0,
        kind: Kind::Signal,
    };
}
