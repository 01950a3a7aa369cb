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

/// Digits of an uptime in seconds that is read the short way: hundreds of years.
const DIGITS_MAX: usize = 9;

/// Bytes before the tags that are remembered.
const HEAD_BYTES_MAX: usize = 128;

/// What stood before the tags of the last line, in bytes and as read: the lines of one
/// collection often share it, and it is the dearer half of the decorations.
#[derive(Debug, Default)]
pub(super) struct Shared {
    bytes: Vec<u8>,
    uptime_ns: Option<u64>,
    unix_ns: Option<i64>,
    has_comma: bool,
    is_debug: bool,
}

impl Shared {
    /// Takes a line apart; true if what stands before its tags
    /// is what stood there in the line before.
    pub(super) fn read<'a>(&mut self, line: &'a [u8]) -> (Decorated<'a>, bool) {
        if !self.bytes.is_empty()
            && let Some(rest) = line.strip_prefix(&self.bytes[..])
        {
            let known = Decorated {
                uptime_ns: self.uptime_ns,
                unix_ns: self.unix_ns,
                has_comma: self.has_comma,
                is_debug: self.is_debug,
                is_decorated: true,
                head_bytes: self.bytes.len(),
                ..Decorated::default()
            };
            let decorated = known.and(line, rest);
            if decorated.head_bytes == self.bytes.len() {
                return (decorated, true);
            }
        }
        let decorated = Decorated::new(line);
        self.bytes.clear();
        if decorated.head_bytes <= HEAD_BYTES_MAX {
            self.bytes.extend_from_slice(&line[..decorated.head_bytes]);
            self.uptime_ns = decorated.uptime_ns;
            self.unix_ns = decorated.unix_ns;
            self.has_comma = decorated.has_comma;
            self.is_debug = decorated.is_debug;
        }
        (decorated, false)
    }
}

/// The decorations of one line, and its message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// True if the level is `debug` or `trace`.
    pub(super) is_debug: bool,
    /// Bytes of the line before its tags.
    head_bytes: usize,
    /// What follows, without the one blank between.
    pub(super) message: &'a [u8],
}

impl<'a> Decorated<'a> {
    /// Takes a line apart.
    pub(super) fn new(line: &'a [u8]) -> Self {
        Self::default().and(line, line)
    }

    /// These decorations and those at the beginning of `rest`, the end of `line`.
    fn and(mut self, line: &'a [u8], mut rest: &'a [u8]) -> Self {
        while rest.first() == Some(&b'[') {
            if let Some(behind) = self.take_usual(rest) {
                rest = behind;
            } else {
                let Some(end) = memchr::memchr(b']', rest) else {
                    break;
                };
                if !self.take(&rest[1..end]) {
                    break;
                }
                rest = &rest[end + 1..];
            }
            self.is_decorated = true;
            if self.tags.is_empty() {
                self.head_bytes = line.len() - rest.len();
            }
        }
        self.message = rest;
        if self.is_decorated {
            self.message = rest.strip_prefix(b" ").unwrap_or(rest);
        }
        self
    }

    /// Takes what nearly each line has, at less cost than [`take`](Self::take): an uptime with
    /// three decimals, the level `info`, tags that begin with `gc`. Gives what is behind it;
    /// `None` if none of them stands here.
    fn take_usual(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        if let Some(behind) = rest.strip_prefix(b"[info]") {
            return Some(behind);
        }
        if rest.starts_with(b"[gc") {
            let end = memchr::memchr(b']', rest)?;
            self.tags = rest[1..end].trim_ascii_end();
            return Some(&rest[end + 1..]);
        }
        let mut milliseconds = 0;
        let mut at = 1;
        while at <= DIGITS_MAX
            && let Some(digit @ b'0'..=b'9') = rest.get(at)
        {
            milliseconds = milliseconds * 10 + u64::from(digit - b'0');
            at += 1;
        }
        let [b'.', tenths, hundredths, last, b's', b']', behind @ ..] = rest.get(at..)? else {
            return None;
        };
        for digit in [tenths, hundredths, last] {
            if !digit.is_ascii_digit() {
                return None;
            }
            milliseconds = milliseconds * 10 + u64::from(digit - b'0');
        }
        self.uptime_ns = Some(milliseconds * MILLISECOND_NS);
        Some(behind)
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
        let is_debug = matches!(text, b"debug" | b"trace");
        self.is_debug |= is_debug;
        let is_level = is_debug || matches!(text, b"info" | b"warning" | b"error");
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
