//! The message of one collection as `--trace-gc` writes it.
//!
//! # Shape
//!
//! ```text
//! Scavenge 2.0 (37.5) -> 1.7 (37.5) MB, 1.1 ms [allocation failure].                      2014
//! Mark-sweep 103.0 (133.5) -> 38.3 (86.0) MB, 11.7 / 0 ms (+ 21.8 ms in 94 steps since start
//!     of marking, biggest step 1.9 ms) [GC interrupt] [GC in old space requested].        2015
//! Scavenge 3.4 (6.3) -> 3.1 (7.3) MB, 1.6 / 0.0 ms  allocation failure                    2017
//! Mark-Compact (reduce) 52.8 (77.3) -> 19.3 (54.4) MB, pooled: 20 MB, 5.56 / 0.00 ms  (+ 6.1 ms
//!     in 0 steps since start of marking, …) (average mu = 0.938, current mu = 0.938) cause; why
//! ```
//!
//! The first time is the pause, the second, within it, is for external callbacks; only before
//! 2015 it stood before the pause. Sizes are of objects, and in brackets of memory committed.

use tenure_model::timeline::{Change, Event, Kind, Label, Mark, Space};

use crate::gclog::cursor::{Cursor, MILLISECOND_NS};

/// Bytes of a megabyte as V8 counts it.
const MEGABYTE: u64 = 1 << 20;

/// Names of collections. `gc=` of `--trace-gc-nvp` has the short ones.
const NAMES: [(&[u8], &[u8], Kind); 7] = [
    (b"Scavenge", b"s", Kind::Scavenge),
    (b"Mark-Compact", b"mc", Kind::MarkCompact),
    (b"Mark-sweep", b"ms", Kind::MarkSweep),
    (b"Minor Mark-Compact", b"mmc", Kind::MinorMarkCompact),
    (b"Minor Mark-Sweep", b"mms", Kind::MinorMarkCompact),
    (b"Mark-compact", b"imc", Kind::MarkCompact),
    (b"Minor MC", b"minor-mc", Kind::MinorMarkCompact),
];

/// Why the old space was collected: stands behind the cause, from 2016 to 2021 without a mark
/// between them.
const REASONS: [&[u8]; 8] = [
    b"GC in old space requested",
    b"GC in old space forced by flags",
    b"promotion limit reached",
    b"old generations exhausted",
    b"scavenge might not succeed",
    b"finalize incremental marking",
    b"promoted more than survived",
    b"Concurrent MinorMS needs finalization",
];

/// Increments of marking that a collection sums up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) duration_ns: u64,
    pub(super) count: u64,
    pub(super) longest_ns: Option<u64>,
    /// False where they are of all since the last collection: a marking tells them again.
    pub(super) since_marking: bool,
}

/// What the message of a collection begins with, if it is one.
pub(super) fn kind_of(message: &[u8]) -> Option<(Kind, usize)> {
    NAMES
        .iter()
        .find(|(name, _, _)| message.starts_with(name) && message.get(name.len()) == Some(&b' '))
        .map(|(name, _, kind)| (*kind, name.len()))
}

/// The kind behind a short name.
pub(super) fn kind_of_short(short: &[u8]) -> Option<Kind> {
    NAMES
        .iter()
        .find(|(_, name, _)| *name == short)
        .map(|(_, _, kind)| *kind)
}

/// Reads what follows the name into `event`; true if it is whole.
pub(super) fn read(text: &[u8], event: &mut Event, steps: &mut Option<Steps>) -> bool {
    let mut cursor = Cursor::new(text);
    sizes(&mut cursor, event).is_some() && times(&mut cursor, event, steps).is_some()
}

/// `(reduce) 52.8 (77.3) -> 19.3 (54.4) MB, pooled: 20 MB, `
fn sizes(cursor: &mut Cursor<'_>, event: &mut Event) -> Option<()> {
    cursor.skip_blanks();
    while cursor.eat(b"(") {
        if cursor.until(b')')? == b"reduce" {
            event.marks.set(Mark::MemoryReducing);
        }
        cursor.skip_blanks();
    }
    let (before, _) = size(cursor)?;
    if !cursor.eat(b" -> ") {
        return None;
    }
    let (after, committed) = size(cursor)?;
    if !cursor.eat(b" MB, ") {
        return None;
    }
    let change = Change::new(before, after, Some(committed));
    event.sizes.set(Space::Heap, change);
    if cursor.eat(b"pooled: ") {
        cursor.scaled(MEGABYTE)?;
        if !cursor.eat(b" MB, ") {
            return None;
        }
    }
    Some(())
}

/// `52.8 (77.3)`, in bytes.
fn size(cursor: &mut Cursor<'_>) -> Option<(u64, u64)> {
    let objects = cursor.scaled(MEGABYTE)?;
    if !cursor.eat(b" (") {
        return None;
    }
    let committed = cursor.scaled(MEGABYTE)?;
    cursor.eat(b")").then_some((objects, committed))
}

/// `5.56 / 0.00 ms  (+ …) (average mu = …) cause`
fn times(cursor: &mut Cursor<'_>, event: &mut Event, steps: &mut Option<Steps>) -> Option<()> {
    let is_whole_number = !number(cursor.rest()).contains(&b'.');
    let mut pause_ns = cursor.scaled(MILLISECOND_NS)?;
    let mut external_ns = 0;
    if cursor.eat(b" / ") {
        external_ns = cursor.scaled(MILLISECOND_NS)?;
        // Whole milliseconds before a fraction: the order of before 2015.
        let second = &cursor.rest();
        if is_whole_number && second.starts_with(b" ms") && external_ns % MILLISECOND_NS != 0 {
            std::mem::swap(&mut pause_ns, &mut external_ns);
        }
    }
    if !cursor.eat(b" ms") {
        return None;
    }
    event.duration_ns = Some(pause_ns);
    if external_ns > 0 {
        event.phase(Label::from("external"), external_ns);
    }
    cursor.skip_blanks();
    if cursor.rest().starts_with(b"(+ ") {
        *steps = Some(read_steps(cursor, event)?);
        cursor.skip_blanks();
    }
    if cursor.eat(b"(average mu = ") {
        let text = cursor.until(b')')?;
        event.utilisation = current_utilisation(text);
        cursor.skip_blanks();
    }
    event.cause = cause(cursor.rest());
    if matches!(event.cause.as_str(), "testing" | "runtime") {
        event.marks.set(Mark::Explicit);
    }
    Some(())
}

/// `(+ 21.8 ms in 94 steps since start of marking, biggest step 1.9 ms, walltime since start of
/// marking 177 ms)`
fn read_steps(cursor: &mut Cursor<'_>, event: &mut Event) -> Option<Steps> {
    let mut inside = Cursor::new(cursor.until(b')')?);
    let mut steps = Steps::default();
    inside.eat(b"(+ ");
    steps.duration_ns = inside.scaled(MILLISECOND_NS)?;
    if !inside.eat(b" ms in ") {
        return None;
    }
    steps.count = inside.integer()?;
    steps.since_marking = inside.eat(b" steps since start of marking");
    if inside.eat(b", biggest step ") {
        steps.longest_ns = inside.scaled(MILLISECOND_NS);
        inside.eat(b" ms");
    }
    if inside.eat(b", walltime since start of marking ") {
        let wall_ns = inside.scaled(MILLISECOND_NS)?;
        event.phase(Label::from("since start of marking"), wall_ns);
    }
    Some(steps)
}

/// The second of `1.000, current mu = 0.877`.
fn current_utilisation(text: &[u8]) -> Option<f64> {
    let mut cursor = Cursor::new(text);
    cursor.until_text(b"current mu = ")?;
    Some(cursor.scaled(1_000_000)? as f64 / 1e6)
}

/// The first of `[GC interrupt] [GC in old space requested].` or
/// `finalize incremental marking via stack guard; GC in old space requested`.
fn cause(text: &[u8]) -> Label {
    let text = text.trim_ascii();
    if let Some(inside) = text.strip_prefix(b"[") {
        let end = memchr::memchr(b']', inside).unwrap_or(inside.len());
        return Label::new(&inside[..end]);
    }
    let end = memchr::memchr(b';', text).unwrap_or(text.len());
    let mut first = &text[..end];
    for reason in REASONS {
        match first.strip_suffix(reason) {
            Some(rest) if !rest.trim_ascii().is_empty() => first = rest,
            _ => {}
        }
    }
    Label::new(first)
}

/// The number that stands at the beginning.
fn number(text: &[u8]) -> &[u8] {
    let count = text
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
        .count();
    &text[..count]
}
