//! Speedscope's JSON: four profiles over the same frames.

use super::{By, Sheet};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct File {
    #[serde(rename = "$schema")]
    schema: &'static str,
    shared: Shared,
    profiles: Vec<Profile>,
    name: String,
    #[serde(rename = "activeProfileIndex")]
    active: usize,
    exporter: String,
}

#[derive(Serialize)]
struct Shared {
    frames: Vec<Frame>,
}

#[derive(Serialize)]
struct Frame {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

#[derive(Serialize)]
struct Profile {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    unit: &'static str,
    #[serde(rename = "startValue")]
    start: u64,
    #[serde(rename = "endValue")]
    end: u64,
    samples: Vec<Vec<usize>>,
    weights: Vec<u64>,
}

pub(super) fn write(sheet: &Sheet, by: By, sink: &mut dyn Write) -> io::Result<Vec<String>> {
    let frame = |entry: usize| {
        let function = sheet.function(entry);
        let line = sheet.entries[entry].line;
        Frame {
            name: function.name.clone(),
            file: Some(function.file.clone()).filter(|file| !file.is_empty()),
            line: Some(line).filter(|line| *line > 0),
        }
    };
    let profiles = By::ALL.map(|by| {
        let rows = || sheet.rows.iter().filter(move |row| row.values.by(by) > 0);
        let (name, unit) = match by {
            By::Live => ("live at the end", "bytes"),
            By::Peak => ("live at the peak", "bytes"),
            By::Allocated => ("allocated", "bytes"),
            By::Count => ("allocations", "none"),
        };
        Profile {
            kind: "sampled",
            name,
            unit,
            start: 0,
            end: sheet.totals().by(by),
            // Outermost first.
            samples: rows()
                .map(|row| sheet.stack_of(row).rev().collect())
                .collect(),
            weights: rows().map(|row| row.values.by(by)).collect(),
        }
    });
    let file = File {
        schema: "https://www.speedscope.app/file-format-schema.json",
        shared: Shared {
            frames: (0..sheet.entries.len()).map(frame).collect(),
        },
        profiles: profiles.into(),
        name: sheet.command_line(),
        active: By::ALL.iter().position(|choice| *choice == by).unwrap_or(0),
        exporter: format!("tenure@{}", env!("CARGO_PKG_VERSION")),
    };
    serde_json::to_writer(&mut *sink, &file)?;
    writeln!(sink)?;
    Ok(Vec::new())
}
