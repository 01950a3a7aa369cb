//! The lines of a file that say something.

/// A line without the blanks around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: u64,
    /// Not empty.
    pub(super) text: &'a [u8],
}

/// The lines that are neither blank nor comments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: u64,
}

impl<'a> Lines<'a> {
    /// Those of a file.
    pub(super) fn of(text: &'a [u8]) -> Self {
        Self {
            rest: text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text),
            number: 0,
        }
    }

    /// The number of the line read last.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line, which stays.
    pub(super) fn peek(&self) -> Option<Line<'a>> {
        Self { ..*self }.next()
    }

    /// The next line.
    pub(super) fn next(&mut self) -> Option<Line<'a>> {
        while !self.rest.is_empty() {
            let end = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
            let text = self.rest[..end].trim_ascii();
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            self.number += 1;
            if !text.is_empty() && text[0] != b'#' {
                let number = self.number;
                return Some(Line { number, text });
            }
        }
        None
    }
}
