//! Text between the brackets: what is known, and where it ends.

use crate::gclog::cursor::{Cursor, SECOND_NS};

/// Known texts that a bracket or a line may go on behind.
const KNOWN: [&[u8]; 20] = [
    b"Application time: ",
    b"CMS: abort preclean due to ",
    b"icms_dc=",
    b"secs",
    b"AdaptiveSize",
    b"PSAdaptiveSize",
    b"CMSAdaptiveSize",
    b"CMSCollector",
    b"Desired survivor size",
    b"Before GC",
    b"After GC",
    b"size[",
    b"survived:",
    b"GC locker: ",
    b"Mark stack is full",
    b"CMS: Large",
    b"Dumping heap to ",
    b"Heap dump file created",
    b"refs",
    b"Heap",
];

/// True if the text is one that a collector writes between the parts of a collection.
pub(super) fn is_known(text: &[u8]) -> bool {
    KNOWN.iter().any(|known| text.starts_with(known))
}

/// `, 0.0125 secs]`, at the comma: the end of a bracket, with its wall time.
///
/// The bracket may be missing at the end of the line, where the log was cut.
pub(super) fn end(cursor: &mut Cursor<'_>) -> Option<u64> {
    let mut ahead = *cursor;
    if !ahead.eat(b",") {
        return None;
    }
    ahead.skip_blanks();
    let duration_ns = ahead.scaled(SECOND_NS)?;
    ahead.skip_blanks();
    let is_end = ahead.eat(b"secs]") || ahead.eat(b"sec]") || ahead.eat(b"]");
    if !is_end && ahead.rest().trim_ascii_end() == b"secs" {
        ahead.skip(ahead.rest().len());
    } else if !is_end {
        return None;
    }
    *cursor = ahead;
    Some(duration_ns)
}

/// Moves past text, at least one byte, to the next bracket or the end of one.
pub(super) fn pass(cursor: &mut Cursor<'_>) {
    cursor.skip(1);
    loop {
        let Some(at) = memchr::memchr3(b'[', b',', b'{', cursor.rest()) else {
            cursor.skip(cursor.rest().len());
            return;
        };
        cursor.skip(at);
        let mut probe = *cursor;
        if cursor.peek() != Some(b',') || end(&mut probe).is_some() {
            return;
        }
        cursor.skip(1);
    }
}

/// `(…)` with brackets within, at its beginning; `None` if it does not end in the line.
pub(super) fn bracketed<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let text = cursor.rest();
    let mut depth = 0_u32;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            cursor.skip(at + 1);
            return text.get(1..at);
        }
    }
    None
}
