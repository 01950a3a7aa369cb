//! The message of one collection as `--trace-gc-nvp` writes it: names and values.
//!
//! Some versions forget the blank between two pairs (`join_filter_job=0.0clear.join_job=0.1`), so
//! a name begins where the number before it ends.

use tenure_model::timeline::{Change, Event, Kind, Label, Mark, Space};

use super::trace::{Steps, kind_of_short};
use crate::gclog::cursor::{Cursor, MILLISECOND_NS};

/// Parts of the pause that are kept as phases; what is within them has a dot in its name.
const PHASES: [&[u8]; 13] = [
    b"mark",
    b"sweep",
    b"clear",
    b"evacuate",
    b"finish",
    b"prologue",
    b"epilogue",
    b"scavenge",
    b"scavenge.roots",
    b"scavenge.parallel",
    b"scavenge.weak",
    b"external",
    b"weakness_handling",
];

/// Reads the pairs into `event`; true if what every version tells was there.
pub(super) fn read(text: &[u8], event: &mut Event, steps: &mut Option<Steps>) -> bool {
    let mut cursor = Cursor::new(text);
    let mut change = Change::default();
    let mut told = Steps {
        since_marking: true,
        ..Steps::default()
    };
    let mut kind = None;
    while let Some(name) = cursor.until(b'=') {
        let name = name.trim_ascii();
        if name == b"gc" {
            let short = cursor.take_while(|byte| byte.is_ascii_alphabetic());
            kind = kind_of_short(short);
            continue;
        }
        let is_negative = cursor.eat(b"-");
        let Some(thousandths) = cursor.scaled(1000) else {
            cursor.take_while(|byte| byte != b' ');
            continue;
        };
        cursor.eat(b"%");
        if !is_negative {
            let value = Value(thousandths);
            take(name, value, event, &mut change);
            take_step(name, value, &mut told);
        }
    }
    event.sizes.set(Space::Heap, change);
    event.kind = kind.unwrap_or(Kind::Other);
    if told.count > 0 || told.duration_ns > 0 {
        told.since_marking = !event.kind.is_young();
        *steps = Some(told);
    }
    kind.is_some() && event.duration_ns.is_some() && change.after.is_some()
}

/// A number, in thousandths, as times are told with up to three decimals.
#[derive(Clone, Copy, Debug)]
struct Value(u64);

impl Value {
    /// Milliseconds, in nanoseconds.
    fn time_ns(self) -> u64 {
        self.0.saturating_mul(MILLISECOND_NS / 1000)
    }

    /// Bytes, or a count.
    fn whole(self) -> u64 {
        self.0 / 1000
    }
}

fn take(name: &[u8], value: Value, event: &mut Event, change: &mut Change) {
    match name {
        b"pause" => event.duration_ns = Some(value.time_ns()),
        b"total_size_before" | b"start_object_size" => change.before = Some(value.whole()),
        b"total_size_after" | b"end_object_size" => change.after = Some(value.whole()),
        b"end_memory_size" => change.capacity = Some(value.whole()),
        b"allocated" => event.allocated = Some(value.whole()),
        b"promoted" => event.promoted = Some(value.whole()),
        b"reduce_memory" if value.whole() == 1 => event.marks.set(Mark::MemoryReducing),
        _ if PHASES.contains(&name) && value.0 > 0 => {
            event.phase(Label::new(name), value.time_ns());
        }
        _ => {}
    }
}

fn take_step(name: &[u8], value: Value, steps: &mut Steps) {
    match name {
        b"steps_count" | b"incremental.steps_count" | b"incremental_steps_count" => {
            steps.count = value.whole();
        }
        b"steps_took" | b"incremental.steps_took" | b"incremental" => {
            steps.duration_ns = value.time_ns();
        }
        b"longest_step" | b"incremental_longest_step" => {
            steps.longest_ns = Some(value.time_ns());
        }
        _ => {}
    }
}
