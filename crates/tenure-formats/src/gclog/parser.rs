//! What the parser of a runtime is to the reader.

use tenure_model::timeline::{LineClass, Runtime, Sink};

/// One line, without its wrapper and line end.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Number in the log, from 1.
    pub number: u64,
    /// The bytes; need not be UTF-8.
    pub bytes: &'a [u8],
}

/// Turns the lines of one runtime's log into events.
///
/// # Invariants
///
/// P1. No input makes it panic or loop: arithmetic on what was read saturates or is checked.
/// P2. What it holds between lines is bounded, whatever the lines are.
/// P3. A line is `Unclassified` unless the parser knows what it is; a line that only shares the
///     decoration of the log but is of another part of the runtime is `Other`.
/// P4. A figure that the log does not give is `None`, never 0.
/// P5. An event is handed on once, when it is complete: at the latest in `finish`.
pub trait LogParser {
    /// The runtime whose logs it reads.
    fn runtime(&self) -> Runtime;

    /// Reads the next line and says what it was.
    fn line(&mut self, line: Line<'_>, sink: &mut dyn Sink) -> LineClass;

    /// The log has ended: hands on the event under way, marked as torn if it is incomplete.
    fn finish(&mut self, sink: &mut dyn Sink);
}
