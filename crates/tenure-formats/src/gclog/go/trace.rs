//! The figures of one `gc` line.
//!
//! # Shape
//!
//! ```text
//! gc N @t s P%: a+b+c ms clock, d+e/f/g+h ms cpu, X->Y->Z MB, G MB goal, S MB stacks,
//!     L MB globals, n P (forced)
//! ```
//!
//! Go 1.5 has five figures before `ms clock` (the concurrent part is told in three), stacks and
//! globals came with Go 1.18. Only whole figures are taken: a number before which the line is
//! cut may have lost digits, and so may the last of a cut list.

use crate::gclog::cursor::{Cursor, MILLISECOND_NS, SECOND_NS};

/// Figures before `ms clock`, at most.
const CLOCK_MAX: usize = 5;
/// Bytes of a megabyte as Go counts it.
const MEGABYTE: u64 = 1 << 20;
/// Digits of the longest number of a collection.
const ID_DIGITS_MAX: usize = 20;

/// One `gc` line; what the line does not tell, or tells no more, is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Trace {
    pub(super) id: u64,
    pub(super) start_ns: u64,
    pub(super) cpu_share: f64,
    pub(super) clock: Option<Clock>,
    pub(super) cpu: Option<CpuTimes>,
    /// At the start, at the end, and found alive; bytes.
    pub(super) heap: Option<[u64; 3]>,
    pub(super) goal: Option<u64>,
    /// Stacks and globals, bytes.
    pub(super) non_heap: Option<u64>,
    pub(super) processors: Option<u64>,
    pub(super) forced: bool,
}

/// Wall times of the parts, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) sweep_termination_ns: u64,
    /// Scan, write barriers and mark in Go 1.5; mark alone, as the first, since.
    pub(super) concurrent_ns: [u64; 3],
    pub(super) mark_termination_ns: u64,
}

/// Processor times of the parts, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CpuTimes {
    pub(super) sweep_termination_ns: u64,
    pub(super) scan_ns: u64,
    pub(super) assist_ns: u64,
    pub(super) background_ns: u64,
    pub(super) idle_ns: u64,
    pub(super) mark_termination_ns: u64,
}

impl Clock {
    /// All parts together.
    pub(super) fn total_ns(&self) -> u64 {
        self.sweep_termination_ns
            .saturating_add(self.mark_ns())
            .saturating_add(self.mark_termination_ns)
    }

    /// The part beside the program.
    pub(super) fn mark_ns(&self) -> u64 {
        self.concurrent_ns
            .iter()
            .fold(0, |sum: u64, part| sum.saturating_add(*part))
    }
}

impl CpuTimes {
    /// All parts together, with the idle time that the collector used.
    pub(super) fn total_ns(&self) -> u64 {
        [
            self.sweep_termination_ns,
            self.scan_ns,
            self.assist_ns,
            self.background_ns,
            self.idle_ns,
            self.mark_termination_ns,
        ]
        .iter()
        .fold(0, |sum: u64, part| sum.saturating_add(*part))
    }
}

impl Trace {
    /// True if the line was told to its end.
    pub(super) fn is_whole(&self) -> bool {
        self.processors.is_some()
    }

    /// Reads a line that begins with `gc N @`; `None` if the beginning is not whole.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(line);
        let mut trace = Self::default();
        if !cursor.eat(b"gc ") {
            return None;
        }
        trace.id = cursor.integer()?;
        if !cursor.eat(b" @") {
            return None;
        }
        trace.start_ns = cursor.scaled(SECOND_NS)?;
        if !cursor.eat(b"s ") {
            return None;
        }
        trace.cpu_share = cursor.scaled(1_000_000)? as f64 / 1e8;
        if !cursor.eat(b"%:") {
            return None;
        }
        cursor.skip_blanks();
        // What is missing at the end of a cut line stays `None`.
        let _ = trace.body(&mut cursor);
        Some(trace)
    }

    fn body(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        self.clock = Some(clock(cursor)?);
        self.cpu = Some(cpu(cursor)?);
        let before = cursor.integer()?;
        let after = cursor.eat(b"->").then(|| cursor.integer())??;
        let live = cursor.eat(b"->").then(|| cursor.integer())??;
        next(cursor, b" MB, ")?;
        self.heap = Some([before, after, live].map(|size| size.saturating_mul(MEGABYTE)));
        let goal = cursor.integer()?;
        next(cursor, b" MB goal, ")?;
        self.goal = Some(goal.saturating_mul(MEGABYTE));
        let mut number = cursor.integer()?;
        let mut non_heap = None;
        for name in [&b" MB stacks, "[..], b" MB globals, "] {
            if cursor.eat(name) {
                let sum = number.saturating_add(non_heap.unwrap_or(0));
                non_heap = Some(sum);
                number = cursor.integer()?;
            }
        }
        self.non_heap = non_heap.map(|size| size.saturating_mul(MEGABYTE));
        next(cursor, b" P")?;
        self.processors = Some(number);
        self.forced = cursor.rest().starts_with(b" (forced)");
        Some(())
    }
}

/// `a+b+c ms clock, `
fn clock(cursor: &mut Cursor<'_>) -> Option<Clock> {
    let mut parts = [0; CLOCK_MAX];
    let mut count = 0;
    loop {
        let part = cursor.scaled(MILLISECOND_NS)?;
        *parts.get_mut(count)? = part;
        count += 1;
        if !cursor.eat(b"+") {
            break;
        }
    }
    next(cursor, b" ms clock, ")?;
    let mut clock = Clock {
        sweep_termination_ns: parts[0],
        ..Clock::default()
    };
    match count {
        3 => {
            clock.concurrent_ns[0] = parts[1];
            clock.mark_termination_ns = parts[2];
        }
        5 => {
            clock.concurrent_ns = [parts[1], parts[2], parts[3]];
            clock.mark_termination_ns = parts[4];
        }
        _ => return None,
    }
    Some(clock)
}

/// `d+e/f/g+h ms cpu, `, with two more figures after the first in Go 1.5.
fn cpu(cursor: &mut Cursor<'_>) -> Option<CpuTimes> {
    let mut cpu = CpuTimes {
        sweep_termination_ns: cursor.scaled(MILLISECOND_NS)?,
        ..CpuTimes::default()
    };
    for _ in 0..CLOCK_MAX {
        next(cursor, b"+")?;
        let part = cursor.scaled(MILLISECOND_NS)?;
        if cursor.eat(b"/") {
            cpu.assist_ns = part;
            cpu.background_ns = cursor.scaled(MILLISECOND_NS)?;
            next(cursor, b"/")?;
            cpu.idle_ns = cursor.scaled(MILLISECOND_NS)?;
        } else if cursor.eat(b" ms cpu, ") {
            cpu.mark_termination_ns = part;
            return Some(cpu);
        } else {
            cpu.scan_ns = cpu.scan_ns.saturating_add(part);
        }
    }
    None
}

fn next(cursor: &mut Cursor<'_>, text: &[u8]) -> Option<()> {
    cursor.eat(text).then_some(())
}

/// Where the first `gc N @` of a line stands. Other output may stand before it: a program that
/// writes half a line leaves the rest to the runtime.
pub(super) fn header_at(line: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(line, b"gc ").find(|at| {
        let rest = &line[at + 3..];
        let digits = rest
            .iter()
            .take(ID_DIGITS_MAX)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        digits > 0 && rest[digits..].starts_with(b" @")
    })
}
