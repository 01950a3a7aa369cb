//! A place in a line, and the numbers, sizes and durations read there.
//!
//! Each method that reads moves on only when it succeeds. Nothing panics, nothing overflows.

use tenure_model::timeline::Change;

/// Nanoseconds of a second.
pub(crate) const SECOND_NS: u64 = 1_000_000_000;
/// Nanoseconds of a millisecond.
pub(crate) const MILLISECOND_NS: u64 = 1_000_000;

/// A place in a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// The beginning of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// True at the end.
    pub(crate) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte, which stays.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Moves on by `count` bytes, at most to the end.
    pub(crate) fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// Moves past `text`, if it stands here.
    pub(crate) fn eat(&mut self, text: &[u8]) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Moves past blanks and tabs.
    pub(crate) fn skip_blanks(&mut self) {
        let blanks = self
            .rest
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        self.skip(blanks);
    }

    /// The bytes before the next `end`, moving past it; `None` if there is no `end`.
    pub(crate) fn until(&mut self, end: u8) -> Option<&'a [u8]> {
        let at = memchr::memchr(end, self.rest)?;
        let (head, tail) = self.rest.split_at(at);
        self.rest = tail.get(1..).unwrap_or_default();
        Some(head)
    }

    /// The bytes before the next `end`, moving past it; `None` if there is no `end`.
    pub(crate) fn until_text(&mut self, end: &[u8]) -> Option<&'a [u8]> {
        let at = memchr::memmem::find(self.rest, end)?;
        let head = &self.rest[..at];
        self.skip(at + end.len());
        Some(head)
    }

    /// The longest run of bytes for which `keep` holds.
    pub(crate) fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'a [u8] {
        let count = self.rest.iter().take_while(|byte| keep(**byte)).count();
        let (head, tail) = self.rest.split_at(count);
        self.rest = tail;
        head
    }

    /// A number of digits alone.
    pub(crate) fn integer(&mut self) -> Option<u64> {
        let mut value: u64 = 0;
        let mut digits = 0;
        for byte in self.rest {
            if !byte.is_ascii_digit() {
                break;
            }
            let digit = u64::from(byte - b'0');
            // Eighteen digits fit whatever they are.
            value = if digits < 18 {
                value * 10 + digit
            } else {
                value.checked_mul(10)?.checked_add(digit)?
            };
            digits += 1;
        }
        if digits == 0 {
            return None;
        }
        self.skip(digits);
        Some(value)
    }

    /// A number with a decimal point or comma or none, times `unit`, rounded to the nearest:
    /// `0.0924544` with [`SECOND_NS`] is 92,454,400.
    pub(crate) fn scaled(&mut self, unit: u64) -> Option<u64> {
        let mut ahead = *self;
        let (whole, decimals) = ahead.decimal()?;
        let value = scale(whole, decimals, unit)?;
        *self = ahead;
        Some(value)
    }

    /// The digits before and behind a decimal point or comma; moves on.
    fn decimal(&mut self) -> Option<(u64, &'a [u8])> {
        let whole = self.integer()?;
        let mark = self.peek();
        let digit_follows = self.rest.get(1).is_some_and(u8::is_ascii_digit);
        if !(matches!(mark, Some(b'.' | b',')) && digit_follows) {
            return Some((whole, &[]));
        }
        self.skip(1);
        Some((whole, self.take_while(|byte| byte.is_ascii_digit())))
    }

    /// True if the number that stands here has a decimal comma.
    pub(crate) fn has_decimal_comma(&self) -> bool {
        let digits = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        digits > 0
            && self.rest.get(digits) == Some(&b',')
            && self.rest.get(digits + 1).is_some_and(u8::is_ascii_digit)
    }

    /// A size with its unit, in bytes: `614400K`, `24.0M`, `0.0B`, `318M`, `4 MB`, `3.5 GiB`.
    ///
    /// Without a unit, `None`.
    pub(crate) fn size(&mut self) -> Option<u64> {
        let mut probe = *self;
        let (whole, decimals) = probe.decimal()?;
        probe.skip_blanks();
        let unit: u64 = match probe.peek()?.to_ascii_uppercase() {
            b'B' => 1,
            b'K' => 1 << 10,
            b'M' => 1 << 20,
            b'G' => 1 << 30,
            b'T' => 1 << 40,
            _ => return None,
        };
        probe.skip(1);
        if unit > 1 {
            probe.eat(b"i");
            let _ = probe.eat(b"B") || probe.eat(b"b");
        }
        let bytes = scale(whole, decimals, unit)?;
        *self = probe;
        Some(bytes)
    }

    /// `a->b(c)`, `a(d)->b(c)` or `a->b`, each a [`size`](Self::size), with blanks or none.
    pub(crate) fn change(&mut self) -> Option<Change> {
        let mut ahead = *self;
        let before = ahead.size()?;
        ahead.bracketed_size();
        ahead.skip_blanks();
        if !ahead.eat(b"->") {
            return None;
        }
        ahead.skip_blanks();
        let after = ahead.size()?;
        let capacity = ahead.bracketed_size();
        *self = ahead;
        Some(Change::new(before, after, capacity))
    }

    /// `(c)` or ` (c)`, a size in brackets.
    pub(crate) fn bracketed_size(&mut self) -> Option<u64> {
        let mut ahead = *self;
        ahead.skip_blanks();
        if !ahead.eat(b"(") {
            return None;
        }
        let size = ahead.size()?;
        if !ahead.eat(b")") {
            return None;
        }
        *self = ahead;
        Some(size)
    }
}

/// `whole.decimals` times `unit`, rounded to the nearest.
fn scale(whole: u64, decimals: &[u8], unit: u64) -> Option<u64> {
    let whole = whole.checked_mul(unit)?;
    if decimals.is_empty() {
        return Some(whole);
    }
    whole.checked_add(fraction(decimals, unit)?)
}

/// The decimals `digits` times `unit`, rounded to the nearest.
fn fraction(digits: &[u8], unit: u64) -> Option<u64> {
    const POWERS: [u64; 10] = [
        1,
        10,
        100,
        1_000,
        10_000,
        100_000,
        1_000_000,
        10_000_000,
        100_000_000,
        1_000_000_000,
    ];
    let places: usize = match unit {
        SECOND_NS => 9,
        MILLISECOND_NS => 6,
        _ => 0,
    };
    // The common case, without division: no more decimals than nanoseconds.
    if let Some(power) = places
        .checked_sub(digits.len())
        .and_then(|left| POWERS.get(left))
    {
        let value = |sum: u64, digit: &u8| sum * 10 + u64::from(digit - b'0');
        return Some(digits.iter().fold(0, value) * power);
    }
    let mut numerator: u128 = 0;
    let mut denominator: u128 = 1;
    for digit in digits.iter().take(18) {
        numerator = numerator * 10 + u128::from(digit - b'0');
        denominator *= 10;
    }
    u64::try_from((numerator * u128::from(unit) + denominator / 2) / denominator).ok()
}

#[cfg(test)]
mod tests;
