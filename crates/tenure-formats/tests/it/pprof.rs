//! pprof: decoded by the published message definitions, and read by `go tool pprof`.

use crate::shop::{file, odd, output, sheet, written};
use flate2::read::GzDecoder;
use prost::Message;
use std::collections::HashSet;
use std::io::Read;
use tenure_formats::export::{Format, Sheet};

#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    mapping: Vec<Mapping>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    period: i64,
    #[prost(int64, repeated, tag = "13")]
    comment: Vec<i64>,
    #[prost(int64, tag = "14")]
    default_sample_type: i64,
}

#[derive(Clone, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Mapping {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    memory_start: u64,
    #[prost(uint64, tag = "3")]
    memory_limit: u64,
    #[prost(uint64, tag = "4")]
    file_offset: u64,
    #[prost(int64, tag = "5")]
    filename: i64,
    #[prost(int64, tag = "6")]
    build_id: i64,
    #[prost(bool, tag = "7")]
    has_functions: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    mapping_id: u64,
    #[prost(uint64, tag = "3")]
    address: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Clone, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
    #[prost(int64, tag = "2")]
    line: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "4")]
    filename: i64,
}

fn decoded(sheet: &Sheet) -> Profile {
    let bytes = written(sheet, Format::Pprof, None);
    let mut plain = Vec::new();
    GzDecoder::new(&*bytes)
        .read_to_end(&mut plain)
        .expect("gzip");
    Profile::decode(&*plain).expect("a profile")
}

impl Profile {
    fn string(&self, index: i64) -> &str {
        &self.string_table[usize::try_from(index).expect("an index")]
    }
}

#[test]
fn the_four_figures_add_up() {
    for sheet in [sheet(), odd()] {
        let profile = decoded(&sheet);
        let types: Vec<_> = (profile.sample_type.iter())
            .map(|kind| (profile.string(kind.kind), profile.string(kind.unit)))
            .collect();
        let expected = [
            ("alloc_objects", "count"),
            ("alloc_space", "bytes"),
            ("inuse_objects", "count"),
            ("inuse_space", "bytes"),
        ];
        assert_eq!(types, expected);
        let period = profile.period_type.as_ref().expect("a period");
        assert_eq!(
            (profile.string(period.kind), profile.string(period.unit)),
            ("space", "bytes")
        );
        assert_eq!(profile.string(profile.default_sample_type), "inuse_space");
        let sum = |at: usize| {
            profile
                .sample
                .iter()
                .map(|sample| sample.value[at] as u64)
                .sum()
        };
        let totals = sheet.totals();
        let sums: [u64; 4] = [sum(0), sum(1), sum(2), sum(3)];
        let blocks = (totals.allocations, totals.live_blocks);
        assert_eq!(
            sums,
            [
                blocks.0,
                totals.allocated_bytes,
                blocks.1,
                totals.live_bytes
            ]
        );
    }
}

#[test]
fn every_reference_leads_somewhere() {
    for sheet in [sheet(), odd()] {
        let profile = decoded(&sheet);
        assert_eq!(profile.string_table[0], "");
        let mappings: HashSet<_> = profile.mapping.iter().map(|mapping| mapping.id).collect();
        let functions: HashSet<_> = profile
            .function
            .iter()
            .map(|function| function.id)
            .collect();
        let locations: HashSet<_> = profile
            .location
            .iter()
            .map(|location| location.id)
            .collect();
        assert_eq!(locations.len(), profile.location.len());
        assert!(!locations.contains(&0) && !functions.contains(&0) && !mappings.contains(&0));
        for location in &profile.location {
            assert!(location.mapping_id == 0 || mappings.contains(&location.mapping_id));
            assert!(
                location
                    .line
                    .iter()
                    .all(|line| functions.contains(&line.function_id))
            );
            let mapping = profile
                .mapping
                .iter()
                .find(|mapping| mapping.id == location.mapping_id);
            assert!(mapping.is_none_or(|mapping| {
                (mapping.memory_start..mapping.memory_limit).contains(&location.address)
                    || location.address >= 0xffff_0000_0000_0000
            }));
        }
        for sample in &profile.sample {
            assert!(sample.location_id.iter().all(|id| locations.contains(id)));
        }
        for function in &profile.function {
            profile.string(function.name);
            profile.string(function.filename);
        }
    }
}

#[test]
fn inlined_functions_modules_and_build_ids_are_kept() {
    let profile = decoded(&sheet());
    let name = |line: &Line| {
        let function = profile
            .function
            .iter()
            .find(|known| known.id == line.function_id)
            .unwrap();
        format!("{}:{}", profile.string(function.name), line.line)
    };
    let lines = |location: &Location| location.line.iter().map(name).collect::<Vec<_>>();
    let all: Vec<_> = profile.location.iter().map(lines).collect();
    let pool = ["Pool::grow():9", "Pool::take(unsigned long):30"];
    assert!(all.iter().any(|lines| lines == &pool), "{all:?}");
    let is_shop = |mapping: &&Mapping| profile.string(mapping.filename) == "/usr/bin/shop";
    let shop = profile.mapping.iter().find(is_shop).expect("the program");
    assert_eq!(profile.string(shop.build_id), "a5".repeat(20));
    // One place in it has no name: pprof may look for it.
    assert!(!shop.has_functions);
    assert!(profile.mapping.iter().any(|mapping| mapping.has_functions));
}

#[test]
fn go_tool_pprof_reads_it() {
    for (sheet, function, program) in [(sheet(), "Pool::grow", "shop"), (odd(), "main", "bin")] {
        let bytes = file(&written(&sheet, Format::Pprof, None));
        let totals = sheet.totals();
        let figures = [
            ("alloc_objects", totals.allocations, "", "-unit=count"),
            ("alloc_space", totals.allocated_bytes, "B", "-unit=B"),
            ("inuse_objects", totals.live_blocks, "", "-unit=count"),
            ("inuse_space", totals.live_bytes, "B", "-unit=B"),
        ];
        for (figure, total, suffix, unit) in figures {
            let index = format!("-sample_index={figure}");
            let all = ["-nodecount=100", "-nodefraction=0"];
            let arguments = ["tool", "pprof", "-top", all[0], all[1], &index, unit];
            let Some(text) = output("go", &arguments, bytes.path()) else {
                return;
            };
            let expected = format!("of {total}{suffix} total");
            assert!(text.contains(&expected), "{expected} in {text}");
            assert!(text.contains(function), "{text}");
            assert!(text.contains(&format!("File: {program}")), "{text}");
        }
        // Its own check of all references, and the stacks as they are.
        let raw = output("go", &["tool", "pprof", "-raw"], bytes.path()).expect("go was there");
        assert!(raw.contains("inuse_space/bytes[dflt]"), "{raw}");
    }
}
