//! What a suppression is compared with: a call stack, and the kind of the leak.

use std::fmt;

/// How a block is lost, as valgrind divides leaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeakKind {
    /// Nothing points to it.
    Definite,
    /// Only lost blocks point to it.
    Indirect,
    /// Only pointers into its middle are left.
    Possible,
    /// It is still pointed to.
    Reachable,
}

impl LeakKind {
    /// All of them, the worst first.
    pub const ALL: [Self; 4] = [
        Self::Definite,
        Self::Indirect,
        Self::Possible,
        Self::Reachable,
    ];

    /// Its word in a line `match-leak-kinds:`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Definite => "definite",
            Self::Indirect => "indirect",
            Self::Possible => "possible",
            Self::Reachable => "reachable",
        }
    }
}

impl fmt::Display for LeakKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A frame of a call stack, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Frame<'a> {
    /// The function, demangled.
    pub function: Option<&'a str>,
    /// The function as the linker knows it.
    pub mangled: Option<&'a str>,
    /// The path of the program or library.
    pub module: Option<&'a str>,
    /// The source file.
    pub file: Option<&'a str>,
    /// The line in it, from 1.
    pub line: Option<u32>,
}

/// The allocation function that a stack begins with, or leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Allocator<'a> {
    /// The frames begin with it, as valgrind's do.
    Within,
    /// It is left out, and which one it was is not known: each of malloc's family fits.
    #[default]
    Unknown,
    /// It is left out, and was this one, mangled or not: `calloc`, `_Znwm`.
    Named(&'a str),
}

/// The call stack that allocated a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stack<'a> {
    /// What was called: in front of the first frame, or within the frames.
    pub allocator: Allocator<'a>,
    /// The frames, innermost first.
    pub frames: &'a [Frame<'a>],
}

impl<'a> Stack<'a> {
    /// A stack that begins with the caller of an allocation function.
    pub fn of_callers(frames: &'a [Frame<'a>]) -> Self {
        Self {
            allocator: Allocator::Unknown,
            frames,
        }
    }
}
