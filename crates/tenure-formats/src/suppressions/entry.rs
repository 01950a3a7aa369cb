//! One suppression: what it hides, and how often it did.

use super::glob::Glob;
use super::stack::LeakKind;

/// What a suppression has hidden so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Stacks, each counted as often as it was asked for.
    pub times: u64,
    /// Blocks.
    pub blocks: u64,
    /// Bytes of those.
    pub bytes: u64,
}

/// One suppression.
#[derive(Clone, Debug)]
pub struct Suppression {
    pub(super) name: Box<str>,
    pub(super) origin: std::sync::Arc<str>,
    pub(super) line: u64,
    pub(super) is_built_in: bool,
    pub(super) kinds: Kinds,
    pub(super) rule: Rule,
    pub(super) usage: Usage,
}

impl Suppression {
    /// Its name in valgrind's grammar, the whole line `leak:PATTERN` in LSan's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that it stands in, as its reader was told.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The line where it begins, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// True if it comes with the house, and not from the user.
    pub fn is_built_in(&self) -> bool {
        self.is_built_in
    }

    /// What it has hidden.
    pub fn usage(&self) -> Usage {
        self.usage
    }
}

/// How a suppression looks at a stack.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// valgrind's: these fit a beginning of the stack, in order.
    Frames(Box<[Location]>),
    /// LSan's: this fits the function, the file or the module of some frame.
    Anywhere(Glob),
}

/// A line of valgrind's that stands for frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Location {
    /// `...`: any number of frames, or none.
    Frames,
    /// `fun:PATTERN`.
    Function(Glob),
    /// `obj:PATTERN`.
    Module(Glob),
    /// `src:PATTERN` or `src:PATTERN:LINE`.
    Source(Glob, Option<u32>),
}

/// Kinds of leaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    /// All four.
    pub(super) const ALL: Self = Self(0b1111);

    /// These and `kind`.
    pub(super) fn with(self, kind: LeakKind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }

    /// True if `kind` is one of them.
    pub(super) fn has(self, kind: LeakKind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }
}
