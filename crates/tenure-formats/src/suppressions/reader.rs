//! A suppression file, line by line: entries of valgrind and lines of LSan.
//!
//! Blanks around a line, blank lines, and lines that begin with `#` do not count. A bad entry ends
//! at its `}`, at the next `{`, or with the file, whichever comes first.

mod lines;
mod lsan;
mod valgrind;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::entry::{Kinds, Rule, Suppression, Usage};
use super::problem::{Problem, quoted};
use lines::{Line, Lines};

/// Bytes of a pattern, at most: far more than any name has.
pub(super) const PATTERN_BYTES_MAX: usize = 64 << 10;
/// Problems of a file that are told one by one.
const PROBLEMS_MAX: usize = 100;
/// Characters of a name under which ignored entries are counted.
const IGNORED_CHARS_MAX: usize = 80;

/// What a file gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Suppressions that were added.
    pub entries: usize,
    /// Valid entries about something else than leaks, by what they name: `Memcheck:Cond`, `race`.
    pub ignored: BTreeMap<String, u64>,
    /// What could not be read, at most 100 places.
    pub problems: Vec<Problem>,
    /// Places behind those.
    pub problems_beyond: u64,
}

/// Adds the suppressions of `text` to `entries`.
pub(super) fn read(entries: &mut Vec<Suppression>, text: &[u8], origin: &str) -> Reading {
    let mut reader = Reader {
        lines: Lines::of(text),
        entries,
        origin: origin.into(),
        reading: Reading::default(),
    };
    while let Some(line) = reader.lines.next() {
        if line.text == b"{" {
            reader.valgrind_entry(line);
        } else {
            reader.lsan_line(line);
        }
    }
    reader.reading
}

/// A file under way.
struct Reader<'a> {
    lines: Lines<'a>,
    entries: &'a mut Vec<Suppression>,
    origin: Arc<str>,
    reading: Reading,
}

impl Reader<'_> {
    fn add(&mut self, name: &[u8], line: u64, kinds: Kinds, rule: Rule) {
        self.reading.entries += 1;
        self.entries.push(Suppression {
            name: String::from_utf8_lossy(name).into(),
            origin: self.origin.clone(),
            line,
            is_built_in: false,
            kinds,
            rule,
            usage: Usage::default(),
        });
    }

    fn ignore(&mut self, what: &[u8]) {
        let what = String::from_utf8_lossy(what);
        let key = what.chars().take(IGNORED_CHARS_MAX).collect();
        *self.reading.ignored.entry(key).or_default() += 1;
    }

    /// `line` is not what was expected; `None` is the end of the file.
    fn problem(&mut self, line: Option<Line<'_>>, expected: &str) {
        let found = line.map(|line| line.text);
        let number = line.map_or(self.lines.number(), |line| line.number);
        self.problem_at(number, found, expected);
    }

    /// `found` is a part of a line.
    fn problem_at(&mut self, line: u64, found: Option<&[u8]>, expected: &str) {
        if self.reading.problems.len() == PROBLEMS_MAX {
            self.reading.problems_beyond += 1;
            return;
        }
        self.reading.problems.push(Problem {
            origin: self.origin.to_string(),
            line,
            found: found.map_or("the end of the file".into(), quoted),
            expected: expected.into(),
        });
    }
}

#[cfg(test)]
mod tests;
