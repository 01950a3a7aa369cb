//! All events of one class, together and by kind and cause.

use std::collections::BTreeMap;

use super::{Distribution, Event, Kind, Label};

/// Distinct causes and phases kept; the rest is put together under "(others)".
const NAMES_MAX: usize = 64;

/// Events that have something in common.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many operations, with those whose duration the log does not tell.
    pub count: u64,
    /// Their durations.
    pub durations: Distribution,
    /// Line of the first.
    pub first_line: u64,
    /// Line of the longest.
    pub longest_line: u64,
}

impl Tally {
    fn add(&mut self, event: &Event) {
        if self.count == 0 {
            self.first_line = event.line;
        }
        self.count += u64::from(event.repeats.max(1));
        if let Some(duration_ns) = event.duration_ns {
            if self
                .durations
                .max_ns()
                .is_none_or(|max_ns| duration_ns > max_ns)
            {
                self.longest_line = event.line;
            }
            self.durations.add(duration_ns);
        }
    }
}

/// Count, total and longest of events or phases that bear one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// Their durations, in nanoseconds.
    pub total_ns: u64,
    /// The longest, in nanoseconds.
    pub max_ns: u64,
    /// Line of the longest.
    pub longest_line: u64,
}

impl Sum {
    pub(super) fn add(&mut self, count: u64, duration_ns: u64, line: u64) {
        self.count += count;
        self.total_ns = self.total_ns.saturating_add(duration_ns);
        if duration_ns > self.max_ns || self.longest_line == 0 {
            self.max_ns = duration_ns;
            self.longest_line = line;
        }
    }
}

/// All events of one class.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// All together.
    pub all: Tally,
    /// By kind.
    pub by_kind: BTreeMap<Kind, Tally>,
    /// By cause.
    pub by_cause: BTreeMap<Label, Sum>,
}

impl Group {
    /// Adds an event.
    pub fn add(&mut self, event: &Event) {
        self.all.add(event);
        self.by_kind.entry(event.kind).or_default().add(event);
        if !event.cause.is_empty() {
            let duration_ns = event.duration_ns.unwrap_or(0);
            let repeats = u64::from(event.repeats.max(1));
            match self.by_cause.get_mut(&event.cause) {
                Some(sum) => sum.add(repeats, duration_ns, event.line),
                None => {
                    let cause = bounded(self.by_cause.len(), event.cause);
                    let sum = self.by_cause.entry(cause).or_default();
                    sum.add(repeats, duration_ns, event.line);
                }
            }
        }
    }

    /// True if there is no event.
    pub fn is_empty(&self) -> bool {
        self.all.count == 0
    }

    /// How many events of `kind`.
    pub fn count_of(&self, kind: Kind) -> u64 {
        self.by_kind.get(&kind).map_or(0, |tally| tally.count)
    }

    /// How many events whose cause contains `text`.
    pub fn count_of_cause(&self, text: &str) -> u64 {
        let has_text = |(cause, _): &(&Label, &Sum)| cause.as_str().contains(text);
        self.by_cause
            .iter()
            .filter(has_text)
            .map(|(_, sum)| sum.count)
            .sum()
    }

    pub(super) fn settle(&mut self) {
        let parts = self.by_kind.values_mut().chain([&mut self.all]);
        parts.for_each(|tally| tally.durations.settle());
    }
}

/// Sums by name, for names that come in about the same order again and again: the one looked
/// for is nearly always the one behind the one found last.
#[derive(Clone, Debug, Default)]
pub(super) struct Rota {
    rows: Vec<(Label, Sum)>,
    next: usize,
}

impl Rota {
    pub(super) fn add(&mut self, name: Label, duration_ns: u64, line: u64) {
        let place = self.place(name).unwrap_or_else(|| {
            let name = bounded(self.rows.len(), name);
            self.place(name).unwrap_or_else(|| {
                self.rows.push((name, Sum::default()));
                self.rows.len() - 1
            })
        });
        self.rows[place].1.add(1, duration_ns, line);
        self.next = place + 1;
    }

    pub(super) fn into_map(self) -> BTreeMap<Label, Sum> {
        self.rows.into_iter().collect()
    }

    fn place(&self, name: Label) -> Option<usize> {
        let is_it = |place: &usize| self.rows.get(*place).is_some_and(|row| row.0 == name);
        (self.next..self.rows.len()).chain(0..self.next).find(is_it)
    }
}

/// `name`, or "(others)" when there are `known` names already and that is enough.
fn bounded(known: usize, name: Label) -> Label {
    if known < NAMES_MAX {
        name
    } else {
        Label::from("(others)")
    }
}
