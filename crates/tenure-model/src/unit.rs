//! Notions that the models share: a part of a whole, sums that cannot overflow, and what a heap was
//! looked at for.

use tenure_trace::graph::{REASON_CALL, REASON_EXIT, REASON_REQUEST};

/// A part of a whole, for figures such as fragmentation: between 0 and 1 by construction.
///
/// ```
/// use tenure_model::unit::Ratio;
/// assert_eq!(Ratio::of(1, 4).fraction(), 0.25);
/// assert_eq!(Ratio::of(0, 0).fraction(), 0.0);
/// assert_eq!(Ratio::of(5, 4).fraction(), 1.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ratio {
    part: u64,
    whole: u64,
}

impl Ratio {
    /// `part` of `whole`, in the same unit. A part larger than the whole counts as the whole.
    pub fn of(part: u64, whole: u64) -> Self {
        Self {
            part: part.min(whole),
            whole,
        }
    }

    /// The part.
    pub fn part(self) -> u64 {
        self.part
    }

    /// The whole.
    pub fn whole(self) -> u64 {
        self.whole
    }

    /// The part as a fraction of the whole, 0 to 1; 0 when the whole is 0.
    pub fn fraction(self) -> f64 {
        if self.whole == 0 {
            0.0
        } else {
            self.part as f64 / self.whole as f64
        }
    }
}

/// The sum of `terms`, stopping at the largest number. Damaged records can hold any counter.
pub fn saturating_sum(terms: impl IntoIterator<Item = u64>) -> u64 {
    terms.into_iter().fold(0, u64::saturating_add)
}

/// What a heap was looked at for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reason {
    /// The program left through `exit`, or the end of `main`.
    Exit,
    /// Somebody outside asked for it.
    Request,
    /// The program itself asked for it.
    Call,
    /// One that this version does not know.
    #[default]
    Unknown,
}

impl Reason {
    /// As a file of the recorder has it.
    pub(crate) fn of(number: u32) -> Self {
        match number {
            REASON_EXIT => Self::Exit,
            REASON_REQUEST => Self::Request,
            REASON_CALL => Self::Call,
            _ => Self::Unknown,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::Request => "request",
            Self::Call => "call",
            Self::Unknown => "unknown",
        }
    }
}
