//! Patterns of names: `*` for any bytes, `?` for one.
//!
//! **Shape**: a pattern is cut at its stars into segments. The first must begin the text, the last
//! must end it, and the others are found from left to right, each as early as possible.
//!
//! **Cost**: linear in the text where a segment has no `?`, else the text times the segment. There
//! is no backtracking: a segment that is found early leaves the most for those behind it.

use memchr::memmem;

/// A pattern, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob {
    /// What stands between the stars; one alone where there is no star. An empty first or last
    /// segment is a star at that end.
    segments: Box<[Segment]>,
    /// Bytes that a text has at least.
    bytes_min: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    bytes: Box<[u8]>,
    /// True if `?` stands for any byte; else it is a question mark.
    has_any: bool,
}

impl Glob {
    /// A pattern of valgrind, which fits a whole name. There is no way to escape a star.
    pub(super) fn whole(pattern: &[u8]) -> Self {
        Self::of(pattern, true)
    }

    /// A pattern of LSan: it fits anywhere in a name, but for `^` at its begin and `$` at its end;
    /// `?` is a question mark.
    pub(super) fn part(pattern: &[u8]) -> Self {
        let (start, pattern) = match pattern.strip_prefix(b"^") {
            Some(rest) => (&b""[..], rest),
            None => (&b"*"[..], pattern),
        };
        let (pattern, end) = match pattern.strip_suffix(b"$") {
            Some(rest) => (rest, &b""[..]),
            None => (pattern, &b"*"[..]),
        };
        Self::of(&[start, pattern, end].concat(), false)
    }

    fn of(pattern: &[u8], any: bool) -> Self {
        let mut segments: Vec<Segment> = Vec::new();
        let last = pattern.iter().filter(|byte| **byte == b'*').count();
        for (number, bytes) in pattern.split(|byte| *byte == b'*').enumerate() {
            // Stars side by side are one.
            if bytes.is_empty() && number > 0 && number < last {
                continue;
            }
            segments.push(Segment {
                bytes: bytes.into(),
                has_any: any && bytes.contains(&b'?'),
            });
        }
        let bytes_min = segments.iter().map(|segment| segment.bytes.len()).sum();
        Self {
            segments: segments.into(),
            bytes_min,
        }
    }

    /// True if the pattern is this name and fits no other.
    pub(super) fn is_literally(&self, name: &[u8]) -> bool {
        matches!(&*self.segments, [only] if !only.has_any && *only.bytes == *name)
    }

    /// True if the pattern fits.
    pub(super) fn fits(&self, text: &[u8]) -> bool {
        if text.len() < self.bytes_min {
            return false;
        }
        let Some((first, others)) = self.segments.split_first() else {
            return text.is_empty();
        };
        let Some((last, middle)) = others.split_last() else {
            return text.len() == first.bytes.len() && first.is(text);
        };
        let (head, rest) = text.split_at(first.bytes.len());
        let (mut rest, tail) = rest.split_at(rest.len() - last.bytes.len());
        if !(first.is(head) && last.is(tail)) {
            return false;
        }
        for segment in middle {
            match segment.find(rest) {
                Some(at) => rest = &rest[at + segment.bytes.len()..],
                None => return false,
            }
        }
        true
    }
}

impl Segment {
    /// True if it fits `text`, which has its length.
    fn is(&self, text: &[u8]) -> bool {
        if !self.has_any {
            return *self.bytes == *text;
        }
        let mut pairs = self.bytes.iter().zip(text);
        pairs.all(|(wanted, byte)| wanted == byte || *wanted == b'?')
    }

    /// Where it fits first.
    fn find(&self, text: &[u8]) -> Option<usize> {
        match self.has_any {
            false => memmem::find(text, &self.bytes),
            true => text
                .windows(self.bytes.len())
                .position(|window| self.is(window)),
        }
    }
}

#[cfg(test)]
mod tests;
