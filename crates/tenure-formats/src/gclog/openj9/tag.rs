//! The tags of a line and their attributes: as much of XML as a log has, without a tree.

use crate::gclog::cursor::{Cursor, MILLISECOND_NS};

/// One tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    pub(super) name: &'a [u8],
    attributes: &'a [u8],
    /// `</name>`
    pub(super) closes: bool,
    /// `<name … />`
    pub(super) is_empty: bool,
    /// False if the line ends before the tag does.
    pub(super) is_whole: bool,
}

impl<'a> Tag<'a> {
    /// The value of an attribute, as it stands there.
    pub(super) fn attribute(&self, wanted: &[u8]) -> Option<&'a [u8]> {
        let mut cursor = Cursor::new(self.attributes);
        loop {
            let name = cursor.until(b'=')?.trim_ascii();
            let quote = cursor.peek().filter(|byte| matches!(byte, b'"' | b'\''))?;
            cursor.skip(1);
            let value = cursor.until(quote)?;
            if name == wanted {
                return Some(value);
            }
        }
    }

    /// A whole number; hexadecimal behind `0x`.
    pub(super) fn integer(&self, wanted: &[u8]) -> Option<u64> {
        let value = self.attribute(wanted)?;
        match value.strip_prefix(b"0x") {
            Some(digits) => u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok(),
            None => {
                let mut cursor = Cursor::new(value);
                cursor.integer().filter(|_| cursor.at_end())
            }
        }
    }

    /// A time in milliseconds, in nanoseconds.
    pub(super) fn time_ns(&self, wanted: &[u8]) -> Option<u64> {
        let mut cursor = Cursor::new(self.attribute(wanted)?);
        cursor.scaled(MILLISECOND_NS).filter(|_| cursor.at_end())
    }
}

/// The tags of a line, in order. Text between them is left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tags<'a> {
    rest: &'a [u8],
}

impl<'a> Tags<'a> {
    pub(super) fn new(line: &'a [u8]) -> Self {
        Self { rest: line }
    }
}

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let at = memchr::memchr(b'<', self.rest)?;
            let inside = &self.rest[at + 1..];
            let closes = inside.first() == Some(&b'/');
            let named = &inside[usize::from(closes)..];
            let length = named.iter().take_while(|byte| is_of_name(**byte)).count();
            if length == 0 {
                self.rest = inside;
                continue;
            }
            let (name, attributes) = named.split_at(length);
            let end = end_of(attributes);
            let is_whole = end < attributes.len();
            self.rest = attributes.get(end + 1..).unwrap_or_default();
            let attributes = &attributes[..end];
            return Some(Tag {
                name,
                attributes,
                closes,
                is_empty: matches!(attributes.last(), Some(b'/' | b'?')),
                is_whole,
            });
        }
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'?')
}

/// Where the `>` outside of quotes stands; the end if there is none.
fn end_of(attributes: &[u8]) -> usize {
    let mut quote = None;
    for (at, byte) in attributes.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), _) if open == *byte => quote = None,
            _ => {}
        }
    }
    attributes.len()
}
