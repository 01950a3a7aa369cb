//! Date stamps: `2021-01-01T10:00:00.123+0000` to nanoseconds since 1970.

use super::cursor::{Cursor, SECOND_NS};

/// A date as written by Java, Go, OpenJ9, Docker and journald: `2021-01-01T10:00:00.123+0000`,
/// with `T` or a blank between date and time, up to nine decimals after `.` or `,`, and a zone
/// `Z`, `+0000`, `+00:00` or none, which is read as UTC. In nanoseconds since 1970-01-01 UTC.
///
/// `None`, and nothing is read, if no such date stands here.
pub(crate) fn date(cursor: &mut Cursor<'_>) -> Option<i64> {
    let mut ahead = *cursor;
    let year = digits(&mut ahead, 4)?;
    let month = ahead.eat(b"-").then(|| digits(&mut ahead, 2))??;
    let day = ahead.eat(b"-").then(|| digits(&mut ahead, 2))??;
    if !(ahead.eat(b"T") || ahead.eat(b" ")) {
        return None;
    }
    let hour = digits(&mut ahead, 2)?;
    let minute = ahead.eat(b":").then(|| digits(&mut ahead, 2))??;
    let second = ahead.eat(b":").then(|| digits(&mut ahead, 2))??;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 24 || minute > 59 {
        return None;
    }
    let fraction_ns = fraction(&mut ahead);
    let zone_s = zone(&mut ahead);
    *cursor = ahead;
    let days = days_since_1970(year, month, day);
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - zone_s;
    seconds
        .checked_mul(SECOND_NS as i64)?
        .checked_add(fraction_ns)
}

/// Exactly `count` digits.
fn digits(cursor: &mut Cursor<'_>, count: usize) -> Option<i64> {
    let text = cursor.rest().get(..count)?;
    let mut value = 0;
    for byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    cursor.skip(count);
    Some(value)
}

/// Decimals of the second, in nanoseconds; 0 if there are none.
fn fraction(cursor: &mut Cursor<'_>) -> i64 {
    let is_mark = matches!(cursor.peek(), Some(b'.' | b','));
    if !is_mark || !cursor.rest().get(1).is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    cursor.skip(1);
    let digits = cursor.take_while(|byte| byte.is_ascii_digit());
    let mut value = 0;
    for place in 0..9 {
        let digit = digits.get(place).map_or(0, |byte| i64::from(byte - b'0'));
        value = value * 10 + digit;
    }
    value
}

/// Offset of the zone from UTC in seconds; 0 if there is none.
fn zone(cursor: &mut Cursor<'_>) -> i64 {
    if cursor.eat(b"Z") {
        return 0;
    }
    let sign = match cursor.peek() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return 0,
    };
    let mut ahead = *cursor;
    ahead.skip(1);
    let Some(hours) = digits(&mut ahead, 2) else {
        return 0;
    };
    ahead.eat(b":");
    let Some(minutes) = digits(&mut ahead, 2) else {
        return 0;
    };
    *cursor = ahead;
    sign * (hours * 3600 + minutes * 60)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests;
