//! Advice: rules over the figures of a log, each with its evidence, the flag and its source.
//!
//! A rule is data: when it holds, what to change and in which versions that exists, what to
//! expect, and who says so. [`advise`] gives those that hold, the gravest first.

mod any;
mod cms;
mod cpython;
mod g1;
mod go;
mod java;
mod openj9;
mod parallel;
mod shenandoah;
mod v8;
mod z;

use std::fmt;

use super::{Account, Collector, Kind, Runtime, Timeline};

/// What the user wants most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Short pauses.
    Latency,
    /// Much of the time for the program.
    Throughput,
    /// Little memory.
    Footprint,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Worth knowing.
    Hint,
    /// Costs something now.
    Warning,
    /// The collector does not do what it is for.
    Grave,
}

impl Weight {
    /// The name in reports and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Weight::Hint => "hint",
            Weight::Warning => "warning",
            Weight::Grave => "grave",
        }
    }
}

/// A version of a runtime: 17, 1.19, 3.13. Java's first number is that of its release, 8 for 1.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minor {
            0 => write!(formatter, "{}", self.major),
            minor => write!(formatter, "{}.{minor}", self.major),
        }
    }
}

/// A flag, setting or call, and the versions of the runtime that know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// As it is written.
    pub what: &'static str,
    /// First version that has it; `None` for all.
    pub since: Option<Version>,
    /// Last version that has it; `None` for all to come.
    pub until: Option<Version>,
}

impl Remedy {
    /// The versions in words; `product` is what they are versions of.
    ///
    /// ```
    /// use tenure_model::timeline::advice::{Remedy, Version};
    /// let version = |major| Some(Version { major, minor: 0 });
    /// let flag = Remedy { what: "-XX:+ZGenerational", since: version(21), until: version(23) };
    /// assert_eq!(flag.versions("JDK"), "JDK 21 to 23");
    /// ```
    pub fn versions(&self, product: &str) -> String {
        match (self.since, self.until) {
            (None, None) => "all versions".to_owned(),
            (Some(since), None) => format!("{product} {since} and later"),
            (None, Some(until)) => format!("up to {product} {until}"),
            (Some(since), Some(until)) if since == until => format!("{product} {since}"),
            (Some(since), Some(until)) => format!("{product} {since} to {until}"),
        }
    }

    /// True if `version` has it.
    pub fn exists_in(&self, version: Version) -> bool {
        self.since.is_none_or(|since| version >= since)
            && self.until.is_none_or(|until| version <= until)
    }
}

/// What in the log makes a rule hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The figures, as a sentence without its full stop.
    pub text: String,
    /// Numbers of lines that show it.
    pub lines: Vec<u64>,
}

/// One rule.
#[derive(Clone, Copy)]
pub struct Rule {
    /// A name that stays.
    pub id: &'static str,
    /// How grave it is when it holds.
    pub weight: Weight,
    /// Goals that it serves; a rule that serves the user's goal comes first.
    pub goals: &'static [Goal],
    /// What is the matter, as a sentence.
    pub title: &'static str,
    /// Whether it holds.
    pub when: fn(&Timeline) -> Option<Evidence>,
    /// What to change, the best first.
    pub remedies: &'static [Remedy],
    /// What to expect.
    pub effect: &'static str,
    /// Who says so.
    pub source: &'static str,
}

/// A rule that holds.
#[derive(Clone)]
pub struct Advice {
    /// The rule.
    pub rule: Rule,
    /// Why it holds.
    pub evidence: Evidence,
    /// Of its remedies, those that the runtime's version knows.
    pub remedies: Vec<Remedy>,
}

/// Every rule.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let tables: [&'static [Rule]; 11] = [
        any::RULES,
        java::RULES,
        g1::RULES,
        z::RULES,
        shenandoah::RULES,
        cms::RULES,
        parallel::RULES,
        openj9::RULES,
        go::RULES,
        v8::RULES,
        cpython::RULES,
    ];
    tables.into_iter().flatten()
}

/// The rules that hold for `log`: those that serve `goal` first, then the gravest first.
pub fn advise(log: &Timeline, goal: Option<Goal>) -> Vec<Advice> {
    let (first, last) = versions(log);
    let exists = |remedy: &&Remedy| {
        remedy.since.is_none_or(|since| since <= last)
            && remedy.until.is_none_or(|until| until >= first)
    };
    let holds = |rule: &'static Rule| {
        (rule.when)(log).map(|evidence| Advice {
            rule: *rule,
            evidence,
            remedies: rule.remedies.iter().filter(exists).copied().collect(),
        })
    };
    let mut all: Vec<_> = rules().filter_map(holds).collect();
    all.sort_by_key(|one| {
        let serves = goal.is_some_and(|goal| one.rule.goals.contains(&goal));
        (
            std::cmp::Reverse(serves),
            std::cmp::Reverse(one.rule.weight),
        )
    });
    all
}

/// The versions that may have written the log, first and last: one where it tells, else those that
/// log in its form.
fn versions(log: &Timeline) -> (Version, Version) {
    let version = |major| Version { major, minor: 0 };
    let (any, none_later) = (version(0), version(u32::MAX));
    match (log.runtime, log.about.java_major()) {
        (Some(Runtime::JavaLegacy | Runtime::JavaUnified), Some(major)) => {
            (version(major), version(major))
        }
        (Some(Runtime::JavaLegacy), None) => (any, version(8)),
        (Some(Runtime::JavaUnified), None) => (version(9), none_later),
        _ => (any, none_later),
    }
}

const LATENCY: &[Goal] = &[Goal::Latency];
const THROUGHPUT: &[Goal] = &[Goal::Throughput];
const FOOTPRINT: &[Goal] = &[Goal::Footprint];
const SPEED: &[Goal] = &[Goal::Latency, Goal::Throughput];
const ALL: &[Goal] = &[Goal::Latency, Goal::Throughput, Goal::Footprint];

/// A remedy that every version knows.
const fn always(what: &'static str) -> Remedy {
    Remedy {
        what,
        since: None,
        until: None,
    }
}

/// A remedy known from `major` on.
const fn since(what: &'static str, major: u32) -> Remedy {
    since_minor(what, major, 0)
}

/// A remedy known from `major.minor` on.
const fn since_minor(what: &'static str, major: u32, minor: u32) -> Remedy {
    Remedy {
        what,
        since: Some(Version { major, minor }),
        until: None,
    }
}

/// A remedy known until `major`.
const fn until(what: &'static str, major: u32) -> Remedy {
    until_minor(what, major, 0)
}

/// A remedy known until `major.minor`.
const fn until_minor(what: &'static str, major: u32, minor: u32) -> Remedy {
    Remedy {
        what,
        since: None,
        until: Some(Version { major, minor }),
    }
}

/// A remedy known from `first` to `last`.
const fn within(what: &'static str, first: u32, last: u32) -> Remedy {
    Remedy {
        until: until(what, last).until,
        ..since(what, first)
    }
}

fn evidence(text: String, lines: &[u64]) -> Option<Evidence> {
    let lines = lines.iter().copied().filter(|line| *line > 0).collect();
    Some(Evidence { text, lines })
}

fn marked(log: &Timeline, name: &str, noun: &str) -> Option<Evidence> {
    let Account {
        count,
        first_line,
        last_line,
    } = log.marked(name);
    if count == 0 {
        return None;
    }
    let lines = if count == 1 {
        vec![first_line]
    } else {
        vec![first_line, last_line]
    };
    evidence(format!("{count} × {noun}"), &lines)
}

/// Events of `kind`, if there are at least `least`, with their total and maximum.
fn kinds(log: &Timeline, kind: Kind, least: u64) -> Option<Evidence> {
    let tally = log.pauses.by_kind.get(&kind)?;
    if tally.count < least {
        return None;
    }
    let longest = tally.durations.max_ns().unwrap_or(0);
    let text = format!(
        "{} × {}, {} in all, the longest {}",
        tally.count,
        kind.name(),
        time(tally.durations.total_ns()),
        time(longest)
    );
    evidence(text, &[tally.first_line, tally.longest_line])
}

/// Pauses whose cause has `text` in it, if they are at least `share` of all.
fn caused(log: &Timeline, text: &str, share: f64) -> Option<Evidence> {
    let count = log
        .pauses
        .count_of_cause(text)
        .max(log.cycles.count_of_cause(text));
    let all = log.pauses.all.count.max(1);
    if count == 0 || (count as f64) < share * all as f64 {
        return None;
    }
    let causes = log.pauses.by_cause.iter().chain(&log.cycles.by_cause);
    let mut named = causes.filter(|(cause, _)| cause.as_str().contains(text));
    let line = named.next().map_or(0, |(_, sum)| sum.longest_line);
    evidence(
        format!("{count} of {all} with the cause \"{text}\""),
        &[line],
    )
}

/// A phase that takes at least `share` of all pause time.
fn phase_share(log: &Timeline, name: &str, share: f64) -> Option<Evidence> {
    let total = log.pauses.all.durations.total_ns();
    let has_name = log
        .phases
        .iter()
        .filter(|(label, _)| label.as_str().contains(name));
    let (label, sum) = has_name.max_by_key(|(_, sum)| sum.total_ns)?;
    if total == 0 || (sum.total_ns as f64) < share * total as f64 {
        return None;
    }
    let percent = 100.0 * sum.total_ns.min(total) as f64 / total as f64;
    let text = format!(
        "{label}: {} of {} pause time, {percent:.0} %",
        time(sum.total_ns),
        time(total)
    );
    evidence(text, &[sum.longest_line])
}

fn is(log: &Timeline, collectors: &[Collector]) -> bool {
    collectors.contains(&log.collector())
}

fn runs(log: &Timeline, runtime: Runtime) -> bool {
    log.runtime == Some(runtime)
}

fn is_java(log: &Timeline) -> bool {
    matches!(
        log.runtime,
        Some(Runtime::JavaLegacy | Runtime::JavaUnified)
    )
}

fn has_flag(log: &Timeline, flag: &str) -> bool {
    log.about
        .flags
        .as_deref()
        .is_some_and(|flags| flags.contains(flag))
}

/// A time to three digits: "12.3 ms".
fn time(time_ns: u64) -> String {
    let ns = time_ns as f64;
    match time_ns {
        0..1_000 => format!("{time_ns} ns"),
        1_000..1_000_000 => format!("{:.1} µs", ns / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", ns / 1e6),
        _ => format!("{:.2} s", ns / 1e9),
    }
}

/// A size in MiB or GiB.
fn size(bytes: u64) -> String {
    let mib = bytes as f64 / f64::from(1 << 20);
    if mib < 1024.0 {
        format!("{mib:.1} MiB")
    } else {
        format!("{:.1} GiB", mib / 1024.0)
    }
}

#[cfg(test)]
mod planted;
#[cfg(test)]
mod tests;
