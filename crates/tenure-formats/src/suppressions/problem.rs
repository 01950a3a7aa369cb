//! A place in a suppression file that cannot be read, in words.

use std::fmt;

/// Characters of a line that a message shows.
const SHOWN_CHARS: usize = 60;

/// A place that cannot be read: where, what stands there, what should.
///
/// Printed: `app.supp:7: found "fan:main", expected …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as its reader was told.
    pub origin: String,
    /// The line, from 1.
    pub line: u64,
    /// What stands there, in quotes and cut when it is long.
    pub found: String,
    /// What should stand there, and what became of the entry.
    pub expected: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            origin,
            line,
            found,
            expected,
        } = self;
        write!(f, "{origin}:{line}: found {found}, expected {expected}")
    }
}

impl std::error::Error for Problem {}

/// `bytes` in quotes, with what no terminal should see escaped, cut when they are long.
pub(super) fn quoted(bytes: &[u8]) -> String {
    // A character has four bytes at most.
    let head = &bytes[..bytes.len().min(SHOWN_CHARS * 4)];
    let text = String::from_utf8_lossy(head);
    let shown: String = text.chars().take(SHOWN_CHARS).collect();
    let is_cut = shown.len() < text.len() || head.len() < bytes.len();
    format!("{shown:?}{}", if is_cut { "…" } else { "" })
}
