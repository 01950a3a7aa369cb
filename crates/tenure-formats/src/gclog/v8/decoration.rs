//! What V8 writes before each message: process, isolate, and milliseconds since the start.
//!
//! # Shape
//!
//! ```text
//! [pid]       62 ms: message                              before 2015
//! [pid:0x3832df90]       46 ms: message
//! [pid:0x1ea90fb0] [I:0x1ea90fb0]       46 ms: message    2015, with --trace-gc-nvp
//! [pid:0x454d6000:0]       27 ms: message                 since 2024
//! [pid:0x3832df90] message                                tables and notes
//!       46 ms: message                                    list of the last collections
//! ```

use crate::gclog::cursor::{Cursor, MILLISECOND_NS};

/// Digits of the longest isolate address, process number or time.
const DIGITS_MAX: usize = 20;

/// A line taken apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Decorated<'a> {
    /// Process and isolate; `None` where the line tells neither.
    pub(super) heap: Option<(u64, u64)>,
    /// Time since the isolate began, in nanoseconds.
    pub(super) at_ns: Option<u64>,
    pub(super) message: &'a [u8],
}

/// Takes a line apart; `None` if it has no decoration of V8.
pub(super) fn read(line: &[u8]) -> Option<Decorated<'_>> {
    let mut cursor = Cursor::new(line);
    let heap = brackets(&mut cursor);
    if heap.is_some() {
        let mut ahead = cursor;
        ahead.skip_blanks();
        if ahead.eat(b"[I:") && hexadecimal(&mut ahead).is_some() && ahead.eat(b"]") {
            cursor = ahead;
        }
    }
    cursor.skip_blanks();
    let at_ns = time(&mut cursor);
    if heap.is_none() && at_ns.is_none() {
        return None;
    }
    Some(Decorated {
        heap,
        at_ns,
        message: cursor.rest(),
    })
}

/// Where a decoration stands within a line, behind half a line of other output.
pub(super) fn within(line: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'[', line)
        .skip_while(|at| *at == 0)
        .find(|at| {
            let mut cursor = Cursor::new(&line[*at..]);
            brackets(&mut cursor).is_some() && {
                cursor.skip_blanks();
                time(&mut cursor).is_some()
            }
        })
}

/// `[pid]`, `[pid:isolate]` or `[pid:isolate:n]`.
fn brackets(cursor: &mut Cursor<'_>) -> Option<(u64, u64)> {
    let mut ahead = *cursor;
    if !ahead.eat(b"[") {
        return None;
    }
    let process = ahead.integer()?;
    let mut isolate = 0;
    if ahead.eat(b":") {
        isolate = hexadecimal(&mut ahead)?;
        if ahead.eat(b":") {
            ahead.integer()?;
        }
    }
    if !ahead.eat(b"]") {
        return None;
    }
    *cursor = ahead;
    Some((process, isolate))
}

/// An address, with `0x` or, on Windows, without.
fn hexadecimal(cursor: &mut Cursor<'_>) -> Option<u64> {
    let mut ahead = *cursor;
    ahead.eat(b"0x");
    let digits = ahead
        .rest()
        .iter()
        .take(DIGITS_MAX)
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    if digits == 0 {
        return None;
    }
    let text = std::str::from_utf8(&ahead.rest()[..digits]).ok()?;
    let value = u64::from_str_radix(text, 16).ok()?;
    ahead.skip(digits);
    *cursor = ahead;
    Some(value)
}

/// `46 ms: `
fn time(cursor: &mut Cursor<'_>) -> Option<u64> {
    let mut ahead = *cursor;
    let at_ns = ahead.scaled(MILLISECOND_NS)?;
    if !ahead.eat(b" ms: ") {
        return None;
    }
    *cursor = ahead;
    Some(at_ns)
}
