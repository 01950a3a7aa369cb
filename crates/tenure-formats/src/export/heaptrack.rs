//! heaptrack's text, version 3.
//!
//! The format is a stream of single events, and a record has sums. So a stream is written that has
//! the same sums: first what was freed before the peak, then what was live at the peak, then the
//! step to what was live at the end. heaptrack finds the same number of allocations, the same peak
//! and the same bytes at the end, for each stack and in all. Sizes are means; the order of events
//! and their times are made up, and so are the "temporary" allocations: there are none.
//!
//! A free names an allocation of the same size and stack by its number, not by its address, so two
//! numbers are kept for each: an allocation and its free under different numbers are not counted as
//! temporary.

use super::sheet::{Row, one_line};
use super::{Images, Sheet, Values};
use std::collections::HashMap;
use std::io::{self, Write};

/// Allocations written as single events, at most: beyond, a file takes longer to read than the
/// program took to run. What is cut are those that were freed before the peak.
const ALLOCATIONS_MAX: u64 = 10_000_000;

pub(super) fn write(sheet: &Sheet, sink: &mut dyn Write) -> io::Result<Vec<String>> {
    let mut writer = Writer {
        sheet,
        sink,
        infos: 0,
    };
    writeln!(writer.sink, "v 10400 3")?;
    writeln!(writer.sink, "X {}", sheet.command_line())?;
    writeln!(writer.sink, "I 1000 0")?;
    writer.places()?;
    let leaves = writer.traces()?;
    writer.events(&leaves)?;
    let mut notes = vec![
        "heaptrack has single events: their order, times and sizes are made up so that the sums \
         hold; it has no figure for the bytes allocated in all, and none for lifetimes"
            .to_owned(),
    ];
    let left_out = sheet.totals().allocations.saturating_sub(ALLOCATIONS_MAX);
    if left_out > 0 {
        notes.push(format!(
            "{left_out} of the allocations are left out of the count: the format has a line for \
             each, and {ALLOCATIONS_MAX} are enough for any reader"
        ));
    }
    if sheet.images == Images::Several {
        notes.push(
            "the peak is that of the process with the largest one, the end is that of all \
             processes together"
                .into(),
        );
    }
    Ok(notes)
}

/// What the step from the peak to the end of a row does, and what comes before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Plan {
    /// Allocated and freed before the peak.
    churn: Blocks,
    /// Live at the peak.
    peak: Blocks,
    /// Of those, freed until the end.
    freed: Blocks,
    /// Allocated after the peak and live at the end.
    added: Blocks,
}

/// Blocks and the sum of their sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Blocks {
    count: u64,
    bytes: u64,
}

impl Plan {
    fn of(values: &Values) -> Self {
        let peak = Blocks {
            count: values.peak_blocks,
            bytes: values.peak_bytes,
        };
        let end = Blocks {
            count: values.live_blocks,
            bytes: values.live_bytes,
        };
        let freed_bytes = peak.bytes.saturating_sub(end.bytes);
        let added_bytes = end.bytes.saturating_sub(peak.bytes);
        let mut freed = peak.count.saturating_sub(end.count);
        let mut added = end.count.saturating_sub(peak.count);
        // Bytes that come or go need a block that comes or goes.
        if (freed == 0 && freed_bytes > 0) || (added == 0 && added_bytes > 0) {
            freed += 1;
            added += 1;
        }
        let known = peak.count.saturating_add(added);
        let known_bytes = peak.bytes.saturating_add(added_bytes);
        Self {
            churn: Blocks {
                count: values.allocations.saturating_sub(known),
                bytes: values.allocated_bytes.saturating_sub(known_bytes),
            },
            peak,
            freed: Blocks {
                count: freed,
                bytes: freed_bytes,
            },
            added: Blocks {
                count: added,
                bytes: added_bytes,
            },
        }
    }
}

impl Blocks {
    /// As blocks of two sizes that differ by one byte: how many of which size.
    fn split(self) -> [(u64, u64); 2] {
        let Some(size) = self.bytes.checked_div(self.count) else {
            return [(0, 0); 2];
        };
        let larger = self.bytes - size * self.count;
        [(larger, size + 1), (self.count - larger, size)]
    }
}

struct Writer<'a> {
    sheet: &'a Sheet,
    sink: &'a mut dyn Write,
    /// Allocation infos written so far.
    infos: u64,
}

impl Writer<'_> {
    /// The strings, and an instruction pointer for each location.
    fn places(&mut self) -> io::Result<()> {
        let mut strings: HashMap<String, usize> = HashMap::new();
        for location in &self.sheet.locations {
            let module = location
                .module
                .map(|module| &*self.sheet.modules[module].path);
            let module = string(self.sink, &mut strings, module.unwrap_or(""))?;
            let mut line = format!("i {:x} {module:x}", location.address.saturating_sub(1));
            if location.is_named {
                for entry in &self.sheet.entries[location.entries.clone()] {
                    let function = &self.sheet.functions[entry.function];
                    let name = string(self.sink, &mut strings, &function.name)?;
                    let file = string(self.sink, &mut strings, &function.file)?;
                    line.push_str(&format!(" {name:x} {file:x} {:x}", entry.line));
                }
            }
            writeln!(self.sink, "{line}")?;
        }
        Ok(())
    }

    /// The tree of stacks, outermost first; for each row its innermost node.
    fn traces(&mut self) -> io::Result<Vec<usize>> {
        let mut known: HashMap<(usize, usize), usize> = HashMap::new();
        let mut leaves = Vec::with_capacity(self.sheet.rows.len());
        for row in &self.sheet.rows {
            let mut at = 0;
            for location in row.stack.iter().rev() {
                let key = (at, *location);
                at = match known.get(&key) {
                    Some(node) => *node,
                    None => {
                        writeln!(self.sink, "t {:x} {at:x}", location + 1)?;
                        known.insert(key, known.len() + 1);
                        known.len()
                    }
                };
            }
            leaves.push(at);
        }
        Ok(leaves)
    }

    fn events(&mut self, leaves: &[usize]) -> io::Result<()> {
        // The reader takes number 0 for "no allocation": it is never used.
        self.info(0, 0)?;
        let rows: Vec<(&Row, usize, Plan)> = (self.sheet.rows.iter().zip(leaves))
            .map(|(row, leaf)| (row, *leaf, Plan::of(&row.values)))
            .collect();
        let kept: u64 = rows.iter().fold(0, |sum, (.., plan)| {
            sum.saturating_add(plan.peak.count)
                .saturating_add(plan.added.count)
        });
        let mut room = ALLOCATIONS_MAX.saturating_sub(kept);
        writeln!(self.sink, "c 0")?;
        for (_, leaf, plan) in &rows {
            let mut churn = plan.churn;
            if churn.count > room {
                churn.bytes = churn.bytes / churn.count * room;
                churn.count = room;
            }
            room -= churn.count;
            self.each(churn, *leaf, |sink, number| {
                writeln!(sink, "+ {number:x}\n- {:x}", number + 1)
            })?;
        }
        let peak_ms = self.sheet.peak_ns / 1_000_000;
        writeln!(self.sink, "c {:x}", peak_ms)?;
        for (_, leaf, plan) in &rows {
            self.each(plan.peak, *leaf, |sink, number| {
                writeln!(sink, "+ {number:x}")
            })?;
        }
        let end_ms = (self.sheet.wall_ns / 1_000_000).max(peak_ms + 1);
        writeln!(self.sink, "c {:x}", end_ms)?;
        for (_, leaf, plan) in &rows {
            self.each(plan.freed, *leaf, |sink, number| {
                writeln!(sink, "- {number:x}")
            })?;
        }
        for (_, leaf, plan) in &rows {
            self.each(plan.added, *leaf, |sink, number| {
                writeln!(sink, "+ {number:x}")
            })?;
        }
        Ok(())
    }

    /// Writes one event for each of `blocks`; the number that it gets and the next are of its size.
    fn each(
        &mut self,
        blocks: Blocks,
        leaf: usize,
        event: impl Fn(&mut dyn Write, u64) -> io::Result<()>,
    ) -> io::Result<()> {
        for (count, size) in blocks.split() {
            if count == 0 {
                continue;
            }
            let number = self.info(size, leaf)?;
            self.info(size, leaf)?;
            for _ in 0..count {
                event(self.sink, number)?;
            }
        }
        Ok(())
    }

    /// An allocation of this size and stack; its number.
    fn info(&mut self, size: u64, leaf: usize) -> io::Result<u64> {
        writeln!(self.sink, "a {size:x} {leaf:x}")?;
        self.infos += 1;
        Ok(self.infos - 1)
    }
}

/// The number of `text` among the strings, from 1; 0 for an empty one.
fn string(
    sink: &mut dyn Write,
    strings: &mut HashMap<String, usize>,
    text: &str,
) -> io::Result<usize> {
    if text.is_empty() {
        return Ok(0);
    }
    if let Some(known) = strings.get(text) {
        return Ok(*known);
    }
    let number = strings.len() + 1;
    strings.insert(text.to_owned(), number);
    let text = one_line(text);
    writeln!(sink, "s {:x} {text}", text.len())?;
    Ok(number)
}

#[cfg(test)]
mod tests;
