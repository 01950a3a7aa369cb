//! The Firefox Profiler: by the fields of its processed form.

use crate::shop::{json, odd, sheet};
use serde_json::Value;
use std::collections::HashMap;
use tenure_formats::export::Format;

/// Each table's columns; every one has as many values as the table's `length` says.
const TABLES: [(&str, &str); 6] = [
    (
        "frameTable",
        "address inlineDepth category subcategory func nativeSymbol innerWindowID line column",
    ),
    (
        "funcTable",
        "name isJS relevantForJS resource fileName lineNumber columnNumber",
    ),
    ("stackTable", "prefix frame"),
    ("resourceTable", "lib name host type"),
    (
        "nativeAllocations",
        "time weight stack memoryAddress threadId",
    ),
    ("samples", "stack timeDeltas weight"),
];

fn numbers(column: &Value) -> Vec<i64> {
    let values = column.as_array().expect("a column").iter();
    values
        .map(|value| value.as_i64().expect("a number"))
        .collect()
}

#[test]
fn the_tables_are_whole() {
    for sheet in [sheet(), odd()] {
        let profile = json(&sheet, Format::Firefox);
        assert_eq!(profile["meta"]["preprocessedProfileVersion"], 55);
        let thread = &profile["threads"][0];
        for (table, columns) in TABLES {
            let length = thread[table]["length"].as_u64().unwrap() as usize;
            for column in columns.split(' ') {
                let values = thread[table][column].as_array();
                assert_eq!(values.map(Vec::len), Some(length), "{table}.{column}");
            }
        }
        let strings = thread["stringArray"].as_array().unwrap().len() as i64;
        let functions = thread["funcTable"]["length"].as_i64().unwrap();
        let frames = thread["frameTable"]["length"].as_i64().unwrap();
        let resources = thread["resourceTable"]["length"].as_i64().unwrap();
        let below = |column: &Value, end: i64| numbers(column).iter().all(|index| *index < end);
        assert!(below(&thread["funcTable"]["name"], strings));
        assert!(below(&thread["funcTable"]["resource"], resources));
        assert!(below(&thread["frameTable"]["func"], functions));
        assert!(below(&thread["stackTable"]["frame"], frames));
        let prefixes = thread["stackTable"]["prefix"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate();
        for (at, prefix) in prefixes {
            assert!(prefix.is_null() || prefix.as_u64() < Some(at as u64));
        }
    }
}

#[test]
fn allocated_and_retained_bytes_add_up() {
    for sheet in [sheet(), odd()] {
        let profile = json(&sheet, Format::Firefox);
        let allocations = &profile["threads"][0]["nativeAllocations"];
        let weights = numbers(&allocations["weight"]);
        let allocated: i64 = weights.iter().filter(|weight| **weight > 0).sum();
        assert_eq!(allocated as u64, sheet.totals().allocated_bytes);
        // As the profiler counts what is retained: allocations whose address is not freed later.
        let mut retained: HashMap<i64, i64> = HashMap::new();
        for (address, weight) in numbers(&allocations["memoryAddress"]).iter().zip(&weights) {
            match weight {
                0.. => assert_eq!(
                    retained.insert(*address, *weight),
                    None,
                    "one at an address"
                ),
                _ => assert_eq!(retained.remove(address), Some(-weight)),
            }
        }
        assert_eq!(
            retained.values().sum::<i64>() as u64,
            sheet.totals().live_bytes
        );
        let times = allocations["time"].as_array().unwrap();
        let times: Vec<_> = times.iter().map(|time| time.as_f64().unwrap()).collect();
        assert!(times.is_sorted(), "{times:?}");
    }
}

#[test]
fn the_memory_track_is_the_timeline() {
    let sheet = odd();
    let profile = json(&sheet, Format::Firefox);
    let counter = &profile["counters"][0];
    assert_eq!(counter["category"], "Memory");
    let samples = &counter["samples"];
    let sum = |column: &str| -> f64 {
        let values = samples[column].as_array().unwrap().iter();
        values.map(|value| value.as_f64().unwrap()).sum()
    };
    let (ns, bytes) = *sheet.timeline.last().unwrap();
    assert!((sum("timeDeltas") - ns as f64 / 1e6).abs() < 1e-6);
    assert!((sum("count") - bytes as f64).abs() < 1e-6);
    assert_eq!(
        samples["length"].as_u64(),
        Some(sheet.timeline.len() as u64)
    );
}
