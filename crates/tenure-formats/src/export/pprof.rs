//! `profile.proto` of pprof, gzipped.
//!
//! Four figures for each stack: `alloc_objects`, `alloc_space`, `inuse_objects`, `inuse_space`.
//! Locations that have no name have no line either, so that pprof can look them up by build-id.

use super::protobuf::Message;
use super::sheet::{Location, Row};
use super::{By, Sheet};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::HashMap;
use std::io::{self, Write};

/// Fields of `Profile`.
mod field {
    pub(super) const SAMPLE_TYPE: u64 = 1;
    pub(super) const SAMPLE: u64 = 2;
    pub(super) const MAPPING: u64 = 3;
    pub(super) const LOCATION: u64 = 4;
    pub(super) const FUNCTION: u64 = 5;
    pub(super) const STRING: u64 = 6;
    pub(super) const TIME_NANOS: u64 = 9;
    pub(super) const DURATION_NANOS: u64 = 10;
    pub(super) const PERIOD_TYPE: u64 = 11;
    pub(super) const PERIOD: u64 = 12;
    pub(super) const COMMENT: u64 = 13;
    pub(super) const DEFAULT_SAMPLE_TYPE: u64 = 14;
}

/// The figures, in the order of each sample's values: name and unit.
const SAMPLE_TYPES: [(&str, &str); 4] = [
    ("alloc_objects", "count"),
    ("alloc_space", "bytes"),
    ("inuse_objects", "count"),
    ("inuse_space", "bytes"),
];

pub(super) fn write(sheet: &Sheet, by: By, sink: &mut dyn Write) -> io::Result<Vec<String>> {
    let mut sink = GzEncoder::new(sink, Compression::default());
    let mut strings = Strings::new();
    let mut profile = Message::default();
    for (name, unit) in SAMPLE_TYPES {
        profile.message(field::SAMPLE_TYPE, &value_type(&mut strings, name, unit));
    }
    profile.message(
        field::PERIOD_TYPE,
        &value_type(&mut strings, "space", "bytes"),
    );
    profile.number(field::PERIOD, sheet.sample_rate_bytes.unwrap_or(1));
    profile.number(field::TIME_NANOS, sheet.start_unix_ns);
    profile.number(field::DURATION_NANOS, sheet.wall_ns);
    profile.number(
        field::COMMENT,
        strings.of(&format!("command: {}", sheet.command_line())),
    );
    let shown = match by {
        By::Live | By::Peak => "inuse_space",
        By::Allocated => "alloc_space",
        By::Count => "alloc_objects",
    };
    profile.number(field::DEFAULT_SAMPLE_TYPE, strings.of(shown));
    // The first mapping is the program.
    let others = (0..sheet.modules.len()).filter(|module| Some(*module) != sheet.program);
    for module in sheet.program.into_iter().chain(others) {
        profile.message(field::MAPPING, &mapping(&mut strings, sheet, module));
    }
    for (id, function) in (1..).zip(&sheet.functions) {
        let mut message = Message::default();
        message.number(1, id);
        let name = strings.of(&function.name);
        message.number(2, name);
        message.number(3, name);
        message.number(4, strings.of(&function.file));
        profile.message(field::FUNCTION, &message);
    }
    sink.write_all(profile.bytes())?;
    for (id, place) in (1..).zip(&sheet.locations) {
        let mut message = Message::default();
        message.message(field::LOCATION, &location(sheet, id, place));
        sink.write_all(message.bytes())?;
    }
    for row in &sheet.rows {
        let mut message = Message::default();
        message.message(field::SAMPLE, &sample(row));
        sink.write_all(message.bytes())?;
    }
    let mut table = Message::default();
    strings
        .list
        .iter()
        .for_each(|string| table.text(field::STRING, string));
    sink.write_all(table.bytes())?;
    sink.finish()?;
    Ok(vec![
        "pprof has no figure for the peak and none for lifetimes".into(),
    ])
}

fn value_type(strings: &mut Strings, name: &str, unit: &str) -> Message {
    let mut message = Message::default();
    message.number(1, strings.of(name));
    message.number(2, strings.of(unit));
    message
}

fn mapping(strings: &mut Strings, sheet: &Sheet, index: usize) -> Message {
    let module = &sheet.modules[index];
    let of_it = |location: &&Location| location.module == Some(index);
    let mut locations = sheet.locations.iter().filter(of_it);
    // Where anything is unnamed, pprof may look for names itself.
    let is_named = locations.all(|location| location.is_named);
    let mut message = Message::default();
    message.number(1, index as u64 + 1);
    message.number(2, module.addresses.start);
    message.number(3, module.addresses.end);
    // pprof takes what lies before the first address to be the offset in the file. With the ELF
    // address in its place, address − start + offset is the ELF address.
    message.number(4, module.addresses.start.wrapping_sub(module.bias));
    message.number(5, strings.of(&module.path));
    message.number(6, strings.of(&module.build_id));
    for field in 7..=10 {
        message.number(field, u64::from(is_named));
    }
    message
}

fn location(sheet: &Sheet, id: u64, place: &Location) -> Message {
    let mut message = Message::default();
    message.number(1, id);
    message.number(2, place.module.map_or(0, |module| module as u64 + 1));
    // The call, not what it returns to.
    message.number(3, place.address.saturating_sub(1));
    // One in a module keeps no made-up name; one outside of all modules has nothing else.
    if place.is_named || place.module.is_none() {
        for entry in &sheet.entries[place.entries.clone()] {
            let mut line = Message::default();
            line.number(1, entry.function as u64 + 1);
            line.number(2, u64::from(entry.line));
            message.message(4, &line);
        }
    }
    message
}

fn sample(row: &Row) -> Message {
    let values = row.values;
    let mut message = Message::default();
    message.numbers(1, row.stack.iter().map(|location| *location as u64 + 1));
    let figures = [
        values.allocations,
        values.allocated_bytes,
        values.live_blocks,
        values.live_bytes,
    ];
    message.numbers(2, figures);
    message
}

/// The string table; string 0 is empty.
struct Strings {
    list: Vec<String>,
    index: HashMap<String, u64>,
}

impl Strings {
    fn new() -> Self {
        let mut strings = Self {
            list: Vec::new(),
            index: HashMap::new(),
        };
        strings.of("");
        strings
    }

    fn of(&mut self, text: &str) -> u64 {
        if let Some(known) = self.index.get(text) {
            return *known;
        }
        let index = self.list.len() as u64;
        self.list.push(text.to_owned());
        self.index.insert(text.to_owned(), index);
        index
    }
}
