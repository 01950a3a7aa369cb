//! Gates: conditions under which a log, or the change between two logs, is not acceptable.

use std::fmt;

use super::compare::quantile_ratio;
use super::{Distribution, Kind, Timeline};

/// A figure that a gate can name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// A percentile of the pauses, as a share: 0.99 for `p99`.
    Quantile(f64),
    /// The longest pause.
    Max,
    /// The mean pause.
    Mean,
    /// The sum of the pauses.
    Total,
    /// How many pauses.
    Count,
    /// How many collections of the whole heap while the program stands.
    Full,
    /// 1 − pauses / span.
    Throughput,
    /// The lowest utilisation in windows of so many nanoseconds.
    Utilisation(u64),
    /// The longest stop.
    StopMax,
    /// The longest stall.
    StallMax,
    /// Bytes allocated per second.
    Allocation,
    /// Bytes alive.
    Live,
    /// Share of processor time in the collector.
    Cpu,
}

/// Names of measures as a gate has them; percentiles are `p` and a number.
const MEASURES: [(&str, Measure); 13] = [
    ("max", Measure::Max),
    ("mean", Measure::Mean),
    ("total", Measure::Total),
    ("count", Measure::Count),
    ("full", Measure::Full),
    ("throughput", Measure::Throughput),
    ("mmu10", Measure::Utilisation(10_000_000)),
    ("mmu100", Measure::Utilisation(100_000_000)),
    ("mmu1000", Measure::Utilisation(1_000_000_000)),
    ("stop-max", Measure::StopMax),
    ("stall-max", Measure::StallMax),
    ("allocation", Measure::Allocation),
    ("live", Measure::Live),
];

/// A condition under which the gate fails.
///
/// ```
/// use tenure_model::timeline::Gate;
/// assert!("p99>50ms".parse::<Gate>().is_ok());
/// assert!("throughput<95%".parse::<Gate>().is_ok());
/// assert!("p99:+10%".parse::<Gate>().is_ok());
/// assert!("p99>fast".parse::<Gate>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    text: String,
    measure: Measure,
    limit: Limit,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    Above(f64),
    Below(f64),
    /// Change from the first log to the second, as a share: 0.1 is +10 %, −0.1 is −10 %.
    Change(f64),
}

/// A gate that cannot be read; its text says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateError(String);

impl fmt::Display for GateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for GateError {}

/// What became of a gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// True if it holds.
    pub holds: bool,
    /// What was found, as a sentence without its full stop.
    pub reason: String,
}

impl Gate {
    /// The gate as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True if it needs two logs.
    pub fn is_relative(&self) -> bool {
        matches!(self.limit, Limit::Change(_))
    }

    /// Judges one log. A figure that the log cannot give fails the gate, as nothing is proved.
    pub fn judge(&self, log: &Timeline) -> Verdict {
        let Some(value) = self.measure.of(log) else {
            return Verdict {
                holds: false,
                reason: "the log does not tell this figure".into(),
            };
        };
        let (holds, limit) = match self.limit {
            Limit::Above(limit) => (value <= limit, limit),
            Limit::Below(limit) => (value >= limit, limit),
            Limit::Change(_) => {
                let reason = "a change needs two logs: `tenure gclog diff A B`".into();
                return Verdict {
                    holds: false,
                    reason,
                };
            }
        };
        let (shown, limit) = (self.measure.show(value), self.measure.show(limit));
        Verdict {
            holds,
            reason: format!("it is {shown}, the limit is {limit}"),
        }
    }

    /// Judges the change from `first` to `second`; a gate that is not relative judges `second`.
    ///
    /// A change of a percentile fails only if it is beyond the limit and its 99 % interval does
    /// not hold "no difference": chance alone should not break a build.
    pub fn judge_change(&self, first: &Timeline, second: &Timeline) -> Verdict {
        let Limit::Change(limit) = self.limit else {
            return self.judge(second);
        };
        let (Some(from), Some(to)) = (self.measure.of(first), self.measure.of(second)) else {
            let reason = "one of the logs does not tell this figure".into();
            return Verdict {
                holds: false,
                reason,
            };
        };
        let change = if from == to {
            0.0
        } else {
            to / from.abs().max(f64::MIN_POSITIVE) - 1.0
        };
        let beyond = if limit >= 0.0 {
            change > limit
        } else {
            change < limit
        };
        let mut reason = format!(
            "from {} to {}, {:+.1} %; the limit is {:+.1} %",
            self.measure.show(from),
            self.measure.show(to),
            change * 100.0,
            limit * 100.0,
        );
        let sure = self.is_sure(first, second, limit);
        if beyond && !sure {
            reason.push_str("; within what chance gives (99 % interval)");
        }
        Verdict {
            holds: !(beyond && sure),
            reason,
        }
    }

    fn is_sure(&self, first: &Timeline, second: &Timeline, limit: f64) -> bool {
        let Measure::Quantile(share) = self.measure else {
            return true;
        };
        let (first, second) = (&first.pauses.all.durations, &second.pauses.all.durations);
        quantile_ratio(first, second, share).is_some_and(|ratio| {
            if limit >= 0.0 {
                ratio.low > 1.0
            } else {
                ratio.high < 1.0
            }
        })
    }
}

impl Measure {
    /// The figure of a log: times in seconds, sizes in bytes, shares 0 to 1.
    pub fn of(self, log: &Timeline) -> Option<f64> {
        let pauses = &log.pauses.all.durations;
        let seconds = |time_ns: u64| time_ns as f64 / 1e9;
        let longest = |all: &Distribution| all.max_ns().map(seconds);
        match self {
            Measure::Quantile(share) => pauses.quantile(share).map(seconds),
            Measure::Max => longest(pauses),
            Measure::Mean => pauses.mean_ns().map(|mean_ns| mean_ns / 1e9),
            Measure::Total => Some(seconds(pauses.total_ns())),
            Measure::Count => Some(log.pauses.all.count as f64),
            Measure::Full => Some(log.pauses.count_of(Kind::Full) as f64),
            Measure::Throughput => log.throughput,
            Measure::Utilisation(width_ns) => log.utilisation_in(width_ns),
            Measure::StopMax => longest(&log.stops.all.durations),
            Measure::StallMax => longest(&log.stalls.all.durations).or(Some(0.0)),
            Measure::Allocation => log.allocation_bytes_per_s,
            Measure::Live => log.live.map(|live| live.bytes as f64),
            Measure::Cpu => log.cpu_share,
        }
    }

    fn unit(self) -> Unit {
        match self {
            Measure::Throughput | Measure::Utilisation(_) | Measure::Cpu => Unit::Share,
            Measure::Count | Measure::Full => Unit::Number,
            Measure::Allocation => Unit::Rate,
            Measure::Live => Unit::Bytes,
            _ => Unit::Time,
        }
    }

    fn show(self, value: f64) -> String {
        match self.unit() {
            Unit::Share => format!("{:.3} %", value * 100.0),
            Unit::Number => format!("{value:.0}"),
            Unit::Bytes => format!("{:.1} MiB", value / f64::from(1 << 20)),
            Unit::Rate => format!("{:.1} MiB/s", value / f64::from(1 << 20)),
            Unit::Time => format!("{:.3} ms", value * 1e3),
        }
    }

    fn named(name: &str) -> Option<Self> {
        if name == "cpu" {
            return Some(Measure::Cpu);
        }
        if let Some(percent) = name.strip_prefix('p') {
            let percent: f64 = percent.parse().ok()?;
            return (percent > 0.0 && percent < 100.0)
                .then_some(Measure::Quantile(percent / 100.0));
        }
        MEASURES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, measure)| *measure)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Time,
    Share,
    Bytes,
    Rate,
    Number,
}

impl std::str::FromStr for Gate {
    type Err = GateError;

    fn from_str(text: &str) -> Result<Self, GateError> {
        let at = text
            .find(['<', '>', ':'])
            .ok_or_else(|| error(text, "has none of `>`, `<` and `:+`"))?;
        let (name, rest) = text.split_at(at);
        let measure = Measure::named(name.trim()).ok_or_else(|| {
            error(
                text,
                &format!("names `{}`, which is no figure", name.trim()),
            )
        })?;
        let value = rest[1..].trim_start_matches('=').trim();
        let limit = match &rest[..1] {
            ":" => Limit::Change(percent(value).ok_or_else(|| {
                error(
                    text,
                    &format!("has `{value}` where a change such as `+10%` is needed"),
                )
            })?),
            operator => {
                let limit = measure.unit().read(value).ok_or_else(|| {
                    error(
                        text,
                        &format!("has `{value}` where {} is needed", measure.unit().form()),
                    )
                })?;
                if operator == ">" {
                    Limit::Above(limit)
                } else {
                    Limit::Below(limit)
                }
            }
        };
        Ok(Self {
            text: text.to_owned(),
            measure,
            limit,
        })
    }
}

fn error(text: &str, what: &str) -> GateError {
    let names: Vec<_> = MEASURES.iter().map(|(name, _)| *name).collect();
    GateError(format!(
        "the gate `{text}` {what}; write `p99>50ms`, `throughput<95%` or `p99:+10%`, with one of \
         p50 … p99.9, cpu, {}",
        names.join(", "),
    ))
}

fn percent(text: &str) -> Option<f64> {
    let number: f64 = text.strip_suffix('%')?.trim().parse().ok()?;
    number.is_finite().then_some(number / 100.0)
}

impl Unit {
    fn form(self) -> &'static str {
        match self {
            Unit::Time => "a time such as `50ms`",
            Unit::Share => "a share such as `95%`, from 0 to 100 %",
            Unit::Bytes => "a size such as `2GiB`",
            Unit::Rate => "a rate such as `2GiB/s`",
            Unit::Number => "a number",
        }
    }

    fn read(self, text: &str) -> Option<f64> {
        let (factors, default): (&[(&str, f64)], Option<f64>) = match self {
            Unit::Share => return percent(text).filter(|share| (0.0..=1.0).contains(share)),
            Unit::Rate => return Unit::Bytes.read(text.strip_suffix("/s").unwrap_or(text)),
            Unit::Number => (&[], Some(1.0)),
            Unit::Time => (
                &[
                    ("ns", 1e-9),
                    ("us", 1e-6),
                    ("µs", 1e-6),
                    ("ms", 1e-3),
                    ("s", 1.0),
                ],
                None,
            ),
            Unit::Bytes => (
                &[
                    ("KiB", 1024.0),
                    ("MiB", 1_048_576.0),
                    ("GiB", 1_073_741_824.0),
                    ("K", 1024.0),
                    ("M", 1_048_576.0),
                    ("G", 1_073_741_824.0),
                    ("B", 1.0),
                ],
                None,
            ),
        };
        let unit = factors
            .iter()
            .find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number, *factor)));
        let (number, factor) = unit.or_else(|| default.map(|factor| (text, factor)))?;
        let number: f64 = number.trim().parse().ok()?;
        (number.is_finite() && number >= 0.0).then_some(number * factor)
    }
}
