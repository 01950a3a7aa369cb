//! What stands in brackets before the message of a line.
//!
//! # Shape
//!
//! ```text
//! [2021-05-25T16:02:21.733-0400][1217172136ms][4711][4712][info ][gc,start    ] GC(3) Pause Young
//!  date                          uptime        process thread level tags         message
//! ```
//!
//! Any subset, always in this order, with nothing between the brackets; none with `-Xlog:…:none`.

use crate::gclog::cursor::{Cursor, MILLISECOND_NS, SECOND_NS};
use crate::gclog::stamp;

/// From this number of milliseconds on a stamp counts from 1970: it is the year 2001.
const EPOCH_MS: u64 = 1_000_000_000_000;

/// The decorations of one line, and its message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Decorated<'a> {
    /// Since the start of the run.
    pub(super) uptime_ns: Option<u64>,
    /// Since 1970.
    pub(super) unix_ns: Option<i64>,
    /// Tags without the blanks behind them; empty if there are none.
    pub(super) tags: &'a [u8],
    /// True if there is any decoration.
    pub(super) is_decorated: bool,
    /// True if a stamp has a decimal comma.
    pub(super) has_comma: bool,
    /// What follows, without the one blank between.
    pub(super) message: &'a [u8],
}

impl<'a> Decorated<'a> {
    /// Takes a line apart.
    pub(super) fn new(line: &'a [u8]) -> Self {
        let mut decorated = Self {
            message: line,
            ..Self::default()
        };
        let mut rest = line;
        while rest.first() == Some(&b'[') {
            let Some(end) = memchr::memchr(b']', rest) else {
                break;
            };
            if !decorated.take(&rest[1..end]) {
                break;
            }
            rest = &rest[end + 1..];
            decorated.is_decorated = true;
        }
        decorated.message = rest;
        if decorated.is_decorated {
            decorated.message = rest.strip_prefix(b" ").unwrap_or(rest);
        }
        decorated
    }

    /// Takes one decoration; false if it is none.
    fn take(&mut self, text: &'a [u8]) -> bool {
        match text.first() {
            Some(b'0'..=b'9') => self.number(text),
            Some(byte) if byte.is_ascii_alphabetic() => self.word(text),
            _ => false,
        }
    }

    fn number(&mut self, text: &[u8]) -> bool {
        let mut cursor = Cursor::new(text);
        if text.get(4) == Some(&b'-') {
            self.unix_ns = stamp::date(&mut cursor);
            return self.unix_ns.is_some();
        }
        let has_comma = cursor.has_decimal_comma();
        match text.last() {
            Some(b's') => {}
            // A number of a process or thread.
            Some(_) => return cursor.integer().is_some() && cursor.rest().trim_ascii().is_empty(),
            None => return false,
        }
        let unit = match text.get(text.len().saturating_sub(2)) {
            Some(b'm') => MILLISECOND_NS,
            Some(b'n') => 1,
            _ => SECOND_NS,
        };
        let Some(value_ns) = cursor.scaled(unit) else {
            return false;
        };
        self.has_comma |= has_comma;
        if value_ns >= EPOCH_MS * MILLISECOND_NS {
            self.unix_ns = self.unix_ns.or(i64::try_from(value_ns).ok());
        } else if unit != 1 || self.is_near(value_ns) {
            self.uptime_ns = Some(value_ns);
        }
        true
    }

    /// `timenanos` counts from an origin of its own: it is left out where the uptime is known.
    fn is_near(&self, value_ns: u64) -> bool {
        self.uptime_ns
            .is_none_or(|uptime_ns| uptime_ns.abs_diff(value_ns) <= 2 * MILLISECOND_NS)
    }

    fn word(&mut self, text: &'a [u8]) -> bool {
        let text = text.trim_ascii_end();
        let is_level = matches!(text, b"info" | b"debug" | b"trace" | b"warning" | b"error");
        if !is_level {
            // A host name stands before the tags, and is overwritten by them.
            self.tags = text;
        }
        is_level
            || text.iter().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b',' | b'-' | b'.' | b'_')
            })
    }
}
