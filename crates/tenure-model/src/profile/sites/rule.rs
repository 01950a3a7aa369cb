//! Rules that a comparison may be held to: `live>10MiB`, `peak:+5%`.

use super::{Figure, SiteTotals};
use std::fmt;
use std::str::FromStr;

/// What a rule looks at: a sum over all sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Bytes live at the end.
    Live,
    /// Blocks live at the end.
    LiveBlocks,
    /// Bytes live at the global peak.
    Peak,
    /// Bytes requested.
    Allocated,
    /// Blocks allocated.
    Allocations,
    /// Bytes handed out beyond those requested.
    Waste,
}

impl Metric {
    const ALL: [Self; 6] = [
        Self::Live,
        Self::LiveBlocks,
        Self::Peak,
        Self::Allocated,
        Self::Allocations,
        Self::Waste,
    ];

    /// Its word in a rule.
    pub fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::LiveBlocks => "live_blocks",
            Self::Peak => "peak",
            Self::Allocated => "allocated",
            Self::Allocations => "allocations",
            Self::Waste => "waste",
        }
    }

    /// Whether it is a number of bytes, and not of blocks.
    pub fn is_bytes(self) -> bool {
        !matches!(self, Self::LiveBlocks | Self::Allocations)
    }

    /// The figure in `totals`.
    pub fn of(self, totals: &SiteTotals) -> Figure {
        match self {
            Self::Live => totals.live_bytes,
            Self::LiveBlocks => totals.live_blocks,
            Self::Peak => totals.peak_bytes,
            Self::Allocated => totals.allocated_bytes,
            Self::Allocations => totals.allocations,
            Self::Waste => Figure::exact(totals.waste_bytes),
        }
    }
}

/// The border of a rule; what is beyond it breaks the rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Border {
    /// The second recording has more than this.
    Above(u64),
    /// The second recording has more than this beyond the first.
    Growth(u64),
    /// The second recording has more than this part beyond the first, in percent.
    GrowthPercent(f64),
}

/// A rule that holds or is broken.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The rule as it was typed.
    pub text: String,
    /// What it looks at.
    pub metric: Metric,
    /// Where its border is.
    pub border: Border,
}

/// A rule that is broken, with the figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breach {
    /// The figure of the first recording.
    pub before: u64,
    /// The figure of the second recording.
    pub after: u64,
    /// The most that the rule would have let pass.
    pub allowed: u64,
}

impl Rule {
    /// How the rule is broken; `None` where it holds.
    pub fn breach(&self, before: &SiteTotals, after: &SiteTotals) -> Option<Breach> {
        let (before, after) = (self.metric.of(before).value, self.metric.of(after).value);
        let allowed = match self.border {
            Border::Above(most) => most,
            Border::Growth(more) => before.saturating_add(more),
            Border::GrowthPercent(percent) => {
                let more = before as f64 * percent / 100.0;
                before.saturating_add(more as u64)
            }
        };
        (after > allowed).then_some(Breach {
            before,
            after,
            allowed,
        })
    }
}

/// Why a text is no rule. The message says what a rule looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    text: String,
    why: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\"{}\" is no rule: {}; a rule is live>10MiB, live:+1MiB or live:+5%",
            self.text.escape_debug(),
            self.why
        )
    }
}

impl std::error::Error for RuleError {}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let wrong = |why: String| RuleError {
            text: text.to_owned(),
            why,
        };
        let (word, above, border) = match (text.split_once('>'), text.split_once(":+")) {
            (Some((word, border)), _) => (word, true, border),
            (None, Some((word, border))) => (word, false, border),
            (None, None) => return Err(wrong("it has neither `>` nor `:+`".into())),
        };
        let word = word.trim();
        let metrics = Metric::ALL;
        let Some(metric) = metrics.into_iter().find(|metric| metric.word() == word) else {
            let words = metrics.map(Metric::word).join(", ");
            let word = word.escape_debug();
            return Err(wrong(format!("\"{word}\" is not one of {words}")));
        };
        let border = border.trim();
        let border = match (above, border.strip_suffix('%')) {
            (true, Some(_)) => return Err(wrong("percents need `:+`, not `>`".into())),
            (false, Some(percent)) => Border::GrowthPercent(percents(percent).map_err(wrong)?),
            (true, None) => Border::Above(amount(border, metric).map_err(wrong)?),
            (false, None) => Border::Growth(amount(border, metric).map_err(wrong)?),
        };
        Ok(Self {
            text: text.to_owned(),
            metric,
            border,
        })
    }
}

fn percents(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.trim().parse().ok();
    number
        .filter(|number| number.is_finite() && *number >= 0.0)
        .ok_or(format!(
            "\"{}\" is no number of percents",
            text.escape_debug()
        ))
}

/// Units of bytes, and how many bytes each has.
const UNITS: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

fn amount(text: &str, metric: Metric) -> Result<u64, String> {
    let unit = UNITS.into_iter().find(|unit| text.ends_with(unit.0));
    if let (Some((unit, _)), false) = (unit, metric.is_bytes()) {
        let word = metric.word();
        return Err(format!(
            "{word} counts blocks, so it takes no unit such as {unit}"
        ));
    }
    let (digits, times) = match unit {
        Some((unit, times)) => (text.trim_end_matches(unit).trim(), times),
        None => (text, 1),
    };
    let refused = || {
        let text = text.escape_debug();
        match metric.is_bytes() {
            true => format!("\"{text}\" is no number of bytes such as 10MiB or 4096"),
            false => format!("\"{text}\" is no count such as 1000"),
        }
    };
    if let Ok(whole) = digits.parse::<u64>() {
        return whole.checked_mul(times).ok_or_else(refused);
    }
    let number: f64 = digits.parse().map_err(|_| refused())?;
    let bytes = number * times as f64;
    let fits = bytes.is_finite() && (0.0..u64::MAX as f64).contains(&bytes);
    fits.then_some(bytes as u64).ok_or_else(refused)
}
