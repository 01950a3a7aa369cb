//! What went wrong, as a sentence and an exit code.

/// Done.
pub(crate) const DONE: u8 = 0;
/// A gate that the user set does not hold.
pub(crate) const GATE: u8 = 1;
/// What was asked for does not make sense: an unknown name, a program that does not exist.
pub(crate) const USAGE: u8 = 2;
/// The input cannot be read, or holds nothing.
pub(crate) const INPUT: u8 = 3;
/// There is nothing to record: the program cannot take the library.
pub(crate) const NOTHING: u8 = 4;

/// What went wrong. The sentence names the thing, the place and the way out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}
