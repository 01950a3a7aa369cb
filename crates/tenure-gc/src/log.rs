//! What happened in the heap, a line each time, in the words of others: readers of their logs read
//! ours.

use core::fmt::{self, Display, Write};

use crate::cycle::{Cause, Kind};

const MIB: u64 = 1 << 20;
const KIB: u64 = 1 << 10;

/// Whose words a log is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogForm {
    /// One line for each cycle, as Go's `GODEBUG=gctrace=1` has it. Steps of marking count as
    /// assists, since they are done in the program's time.
    Go,
    /// One line for each pause, as Java's `-Xlog:gc` has it.
    Java,
}

/// Why a pause was, in words of Java's logs where they have one.
const fn java(cause: Cause) -> &'static str {
    match cause {
        Cause::Eden => "Allocation Failure",
        Cause::Goal => "Heap Growth",
        Cause::Asked => "System.gc()",
        Cause::Stress => "Stress",
    }
}

/// A pause, as a line of the log tells it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PauseLine {
    /// The number of the cycle that it belongs to.
    pub(crate) cycle: u64,
    pub(crate) kind: Kind,
    pub(crate) cause: Cause,
    /// Since the heap was made, in nanoseconds.
    pub(crate) end_ns: u64,
    pub(crate) duration_ns: u64,
    pub(crate) before_bytes: u64,
    pub(crate) after_bytes: u64,
    pub(crate) held_bytes: u64,
}

impl Display for PauseLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        stamp(out, self.end_ns)?;
        write!(out, "[info][gc] GC({}) Pause ", self.cycle)?;
        match self.kind {
            Kind::Minor => write!(out, "Young ({})", java(self.cause))?,
            Kind::MarkStart => {
                write!(out, "Young (Concurrent Start) ({})", java(self.cause))?;
            }
            Kind::Step => out.write_str("Mark Step")?,
            Kind::MarkEnd => out.write_str("Remark")?,
            Kind::Full => write!(out, "Full ({})", java(self.cause))?,
            Kind::Compact => write!(out, "Full (Compaction, {})", java(self.cause))?,
        }
        if self.kind != Kind::Step {
            let [before, after, held] =
                [self.before_bytes, self.after_bytes, self.held_bytes].map(|bytes| bytes / KIB);
            write!(out, " {before}K->{after}K({held}K)")?;
        }
        write!(out, " {}ms", Milli(self.duration_ns))
    }
}

/// The line at the head of a log in Java's form.
pub(crate) const JAVA_HEAD: &str = "[0.000s][info][gc] Using Tenure";

/// A cycle, as a line of the log tells it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CycleLine {
    pub(crate) cycle: u64,
    /// Since the heap was made, in nanoseconds.
    pub(crate) start_ns: u64,
    /// Of the time since the heap was made, what collections took: parts in a hundred.
    pub(crate) share_percent: u64,
    /// The pause with which it began.
    pub(crate) first_ns: u64,
    /// From the end of that pause to the beginning of the last.
    pub(crate) between_ns: u64,
    /// The steps in between.
    pub(crate) steps_ns: u64,
    /// The pause with which it ended; none if the first was the only one.
    pub(crate) last_ns: u64,
    pub(crate) start_bytes: u64,
    /// When marking ended.
    pub(crate) end_bytes: u64,
    pub(crate) live_bytes: u64,
    pub(crate) goal_bytes: u64,
    pub(crate) was_asked: bool,
}

impl Display for CycleLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "gc {} @", self.cycle)?;
        seconds(out, self.start_ns)?;
        write!(out, "s {}%: ", self.share_percent)?;
        let [first, between, steps, last] =
            [self.first_ns, self.between_ns, self.steps_ns, self.last_ns].map(Milli);
        write!(out, "{first}+{between}+{last} ms clock, ")?;
        write!(out, "{first}+{steps}/0/0+{last} ms cpu, ")?;
        // Rounded up, as a heap that is not empty has a size.
        let [start, end, live, goal] = [
            self.start_bytes,
            self.end_bytes,
            self.live_bytes,
            self.goal_bytes,
        ]
        .map(|bytes| bytes.div_ceil(MIB));
        write!(out, "{start}->{end}->{live} MB, {goal} MB goal, ")?;
        out.write_str("0 MB stacks, 0 MB globals, 1 P")?;
        if self.was_asked {
            out.write_str(" (forced)")?;
        }
        Ok(())
    }
}

/// Nanoseconds as milliseconds, to the microsecond: pauses are short, and sums are to agree.
struct Milli(u64);

impl Display for Milli {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = (self.0 + 500) / 1_000;
        write!(out, "{}.{:03}", micros / 1_000, micros % 1_000)
    }
}

fn seconds(out: &mut fmt::Formatter<'_>, ns: u64) -> fmt::Result {
    let millis = ns / 1_000_000;
    write!(out, "{}.{:03}", millis / 1_000, millis % 1_000)
}

fn stamp(out: &mut fmt::Formatter<'_>, ns: u64) -> fmt::Result {
    out.write_char('[')?;
    seconds(out, ns)?;
    out.write_str("s]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;
    use std::vec::Vec;
    use tenure_formats::gclog::Reader;
    use tenure_model::timeline::{Class, Event, Kind as Read};

    fn read(log: &str) -> Vec<Event> {
        let mut events = Vec::<Event>::new();
        let mut reader = Reader::new();
        reader.feed(log.as_bytes(), &mut events);
        let outcome = reader.finish(&mut events);
        assert!(outcome.runtime.is_some(), "{outcome:?}");
        events
    }

    #[test]
    fn the_analyser_reads_the_lines_of_pauses() {
        let line = |cycle, kind, end_ns| PauseLine {
            cycle,
            kind,
            cause: Cause::Eden,
            end_ns,
            duration_ns: 1_234_000,
            before_bytes: 5 << 20,
            after_bytes: 1 << 20,
            held_bytes: 64 << 20,
        };
        let mut log = String::from(JAVA_HEAD);
        for (at, kind) in Kind::ALL.into_iter().enumerate() {
            let at = at as u64;
            log += &format!("\n{}", line(at, kind, (at + 1) * 100_000_000));
        }
        assert!(log.contains("Pause Young (Allocation Failure) 5120K->1024K(65536K) 1.234ms"));
        let kinds = [
            Read::Young,
            Read::Full,
            Read::Full,
            Read::YoungConcurrentStart,
            Read::IncrementalSteps,
            Read::Remark,
        ];
        let events = read(
            &(log
                + "
"),
        );
        assert!(
            events
                .iter()
                .all(|event| event.duration_ns == Some(1_234_000))
        );
        assert!(events.iter().all(|event| event.class == Class::Pause));
        let read: Vec<Read> = events.iter().map(|event| event.kind).collect();
        assert_eq!(read, kinds);
    }

    #[test]
    fn the_analyser_reads_the_lines_of_cycles() {
        let mut log = String::new();
        for cycle in 1..4 {
            let line = CycleLine {
                cycle,
                start_ns: cycle * 1_000_000_000,
                share_percent: 2,
                first_ns: 250_000,
                between_ns: 7_000_000,
                steps_ns: 3_000_000,
                last_ns: 500_000,
                start_bytes: 4 << 20,
                end_bytes: (4 << 20) + 1,
                live_bytes: 2 << 20,
                goal_bytes: 8 << 20,
                was_asked: cycle == 3,
            };
            log += &format!("{line}\n");
        }
        let events = read(&log);
        let sum = |class| -> u64 {
            let of_class = events.iter().filter(|event| event.class == class);
            of_class.filter_map(|event| event.duration_ns).sum()
        };
        assert_eq!(sum(Class::Pause), 3 * 750_000, "{log}");
        assert_eq!(sum(Class::Stall), 3 * 3_000_000, "{log}");
    }
}
