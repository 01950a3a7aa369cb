//! Alignments and the arithmetic of rounding, in safe code that cannot overflow unseen.

/// A power of two, in bytes.
///
/// # Examples
/// ```
/// use tenure_base::Align;
/// let line = Align::new(64).unwrap();
/// assert_eq!(line.up(65), Some(128));
/// assert_eq!(Align::new(48), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Align(usize);

impl Align {
    /// The alignment of `bytes`, when that is a power of two.
    #[must_use]
    pub const fn new(bytes: usize) -> Option<Self> {
        if bytes.is_power_of_two() {
            Some(Self(bytes))
        } else {
            None
        }
    }

    /// The alignment in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.0
    }

    /// The smallest multiple that is at least `value`; `None` when that does not fit the word.
    #[must_use]
    pub const fn up(self, value: usize) -> Option<usize> {
        match value.checked_add(self.0 - 1) {
            Some(sum) => Some(sum & !(self.0 - 1)),
            None => None,
        }
    }

    /// The largest multiple that is at most `value`.
    #[must_use]
    pub const fn down(self, value: usize) -> usize {
        value & !(self.0 - 1)
    }

    /// Whether `value` is a multiple.
    #[must_use]
    pub const fn divides(self, value: usize) -> bool {
        value & (self.0 - 1) == 0
    }
}

/// Rounds `value` up to a multiple of the power of two `align`, for values far below the word's end
/// (sizes inside one reservation). Use [`Align::up`] for what a caller chose.
#[must_use]
pub const fn align_up(value: usize, align: usize) -> usize {
    debug_assert!(align.is_power_of_two());
    (value + align - 1) & !(align - 1)
}

/// Rounds `value` down to a multiple of the power of two `align`.
#[must_use]
pub const fn align_down(value: usize, align: usize) -> usize {
    debug_assert!(align.is_power_of_two());
    value & !(align - 1)
}

/// How many pages of `page_bytes` it takes to hold `bytes`.
#[must_use]
pub const fn pages_for(bytes: usize, page_bytes: usize) -> usize {
    bytes.div_ceil(page_bytes)
}

#[cfg(test)]
mod tests;
