//! Folded stacks: `outer;middle;inner 1234`, a line for each stack.

use super::sheet::one_line;
use super::{By, Sheet};
use std::collections::BTreeMap;
use std::io::{self, Write};

pub(super) fn write(sheet: &Sheet, by: By, sink: &mut dyn Write) -> io::Result<Vec<String>> {
    // Stacks that differ in addresses alone read the same: one line for them.
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for row in &sheet.rows {
        let value = row.values.by(by);
        if value == 0 {
            continue;
        }
        let names: Vec<_> = sheet
            .stack_of(row)
            .rev()
            .map(|entry| word(&sheet.function(entry).name))
            .collect();
        let names = match names.is_empty() {
            true => "(no stack)".to_owned(),
            false => names.join(";"),
        };
        let sum = lines.entry(names).or_default();
        *sum = sum.saturating_add(value);
    }
    for (names, value) in &lines {
        writeln!(sink, "{names} {value}")?;
    }
    Ok(Vec::new())
}

/// A name without what separates names.
fn word(name: &str) -> String {
    match one_line(name).replace(';', ":") {
        name if name.is_empty() => "?".to_owned(),
        name => name,
    }
}
