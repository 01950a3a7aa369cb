//! The stamps of elements: `2014-06-18T11:24:16.819+0200: 215646.793: `.

use crate::gclog::cursor::{Cursor, SECOND_NS};
use crate::gclog::stamp;

/// A date, an uptime, or both.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stamped {
    /// Since 1970.
    pub(super) unix_ns: Option<i64>,
    /// Since the start of the run.
    pub(super) uptime_ns: Option<u64>,
    /// True if the uptime has a decimal comma.
    pub(super) has_comma: bool,
}

/// Reads a stamp and the blank behind it; `None` if none stands here.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Stamped> {
    let mut stamped = Stamped {
        unix_ns: date(cursor),
        ..Stamped::default()
    };
    let mut ahead = *cursor;
    let has_comma = ahead.has_decimal_comma();
    if let Some(uptime_ns) = uptime(&mut ahead) {
        stamped.uptime_ns = Some(uptime_ns);
        stamped.has_comma = has_comma;
        *cursor = ahead;
    }
    (stamped.unix_ns.is_some() || stamped.uptime_ns.is_some()).then_some(stamped)
}

fn date(cursor: &mut Cursor<'_>) -> Option<i64> {
    if cursor.rest().get(4) != Some(&b'-') {
        return None;
    }
    let mut ahead = *cursor;
    let unix_ns = stamp::date(&mut ahead)?;
    if !ahead.eat(b":") {
        return None;
    }
    ahead.skip_blanks();
    *cursor = ahead;
    Some(unix_ns)
}

/// A number with decimals, and a colon.
fn uptime(cursor: &mut Cursor<'_>) -> Option<u64> {
    let digits = cursor
        .rest()
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if !matches!(cursor.rest().get(digits), Some(b'.' | b',')) {
        return None;
    }
    let uptime_ns = cursor.scaled(SECOND_NS)?;
    if !cursor.eat(b":") {
        return None;
    }
    cursor.skip_blanks();
    Some(uptime_ns)
}
