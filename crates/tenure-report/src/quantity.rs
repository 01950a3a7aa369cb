//! Numbers with their units, for people: three digits that matter, and a unit always.

use std::time::Duration;
use tenure_model::unit::Ratio;

const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// Bytes to three digits, in the largest unit that leaves at least 1.
///
/// ```
/// use tenure_report::quantity::bytes;
/// assert_eq!(bytes(999), "999 B");
/// assert_eq!(bytes(1_234_567), "1.18 MiB");
/// assert_eq!(bytes(1_023 << 20), "1,023 MiB");
/// ```
pub fn bytes(number: u64) -> String {
    // A number that rounds to 1,024 of a unit is 1 of the next.
    let mut unit = number.checked_ilog2().map_or(0, |log2| log2 as usize / 10);
    if unit > 0 && rounded(number, unit) == (1_024, 0, 0) {
        unit += 1;
    }
    if unit == 0 {
        return format!("{} B", count(number));
    }
    let (whole, fraction, digits) = rounded(number, unit);
    match digits {
        0 => format!("{} {}", count(whole), UNITS[unit]),
        _ => format!("{whole}.{fraction:0digits$} {}", UNITS[unit]),
    }
}

/// `number` in `unit` to three digits: whole part, fraction, digits of the fraction.
fn rounded(number: u64, unit: usize) -> (u64, u64, usize) {
    let scale = 1_u128 << (10 * unit);
    let in_digits = |digits: u32| {
        let ten = 10_u128.pow(digits);
        let scaled = (u128::from(number) * ten + scale / 2) / scale;
        (
            (scaled / ten) as u64,
            (scaled % ten) as u64,
            digits as usize,
        )
    };
    match (in_digits(2), in_digits(1), in_digits(0)) {
        (two, _, _) if two.0 < 10 => two,
        (_, one, _) if one.0 < 100 => one,
        (_, _, zero) => zero,
    }
}

/// Bytes to the last one, in the largest unit that divides them; for sizes that have a meaning of
/// their own, such as those of size classes.
///
/// ```
/// use tenure_report::quantity::exact_bytes;
/// assert_eq!(exact_bytes(1_152), "1,152 B");
/// assert_eq!(exact_bytes(10_240), "10 KiB");
/// ```
pub fn exact_bytes(number: u64) -> String {
    let unit = match number {
        0 => 0,
        number => (number.trailing_zeros() as usize / 10).min(UNITS.len() - 1),
    };
    format!("{} {}", count(number >> (10 * unit)), UNITS[unit])
}

/// A count with thousands separators.
///
/// ```
/// assert_eq!(tenure_report::quantity::count(1_234_567), "1,234,567");
/// ```
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count and its noun, in the singular for one.
///
/// ```
/// assert_eq!(tenure_report::quantity::counted(1, "block", "blocks"), "1 block");
/// ```
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A share in percent to one decimal.
///
/// ```
/// use tenure_model::unit::Ratio;
/// use tenure_report::quantity::percent;
/// assert_eq!(percent(Ratio::of(1, 8)), "12.5 %");
/// assert_eq!(percent(Ratio::of(1, 9_999)), "<0.1 %");
/// ```
pub fn percent(share: Ratio) -> String {
    let percent = share.fraction() * 100.0;
    if percent > 0.0 && percent < 0.05 {
        return "<0.1 %".into();
    }
    format!("{percent:.1} %")
}

/// A span of time, to three digits below a minute.
///
/// ```
/// use std::time::Duration;
/// use tenure_report::quantity::span;
/// assert_eq!(span(Duration::from_micros(1_240)), "1.24 ms");
/// assert_eq!(span(Duration::from_secs(3_725)), "1 h 02 min");
/// ```
pub fn span(span: Duration) -> String {
    let three_digits = |value: f64, unit: &str| match value {
        small if small < 9.995 => format!("{small:.2} {unit}"),
        middle if middle < 99.95 => format!("{middle:.1} {unit}"),
        large => format!("{large:.0} {unit}"),
    };
    let ns = span.as_nanos() as f64;
    let seconds = span.as_secs();
    match ns {
        ns if ns < 999.5 => format!("{ns:.0} ns"),
        ns if ns < 999.5e3 => three_digits(ns / 1e3, "µs"),
        ns if ns < 999.5e6 => three_digits(ns / 1e6, "ms"),
        ns if ns < 59.95e9 => three_digits(ns / 1e9, "s"),
        _ if seconds < 3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", count(seconds / 3_600), seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests;
