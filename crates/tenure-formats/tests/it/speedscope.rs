//! Speedscope: by the fields of its schema.

use crate::shop::{json, odd, sheet, written};
use serde_json::Value;
use tenure_formats::export::{By, Format};

/// What the schema allows for `unit`.
const UNITS: [&str; 6] = [
    "none",
    "nanoseconds",
    "microseconds",
    "milliseconds",
    "seconds",
    "bytes",
];

#[test]
fn the_profiles_have_the_fields_of_the_schema_and_add_up() {
    for sheet in [sheet(), odd()] {
        let bytes = written(&sheet, Format::Speedscope, Some(By::Peak));
        let file: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(
            file["$schema"],
            "https://www.speedscope.app/file-format-schema.json"
        );
        assert_eq!(file["activeProfileIndex"], 1);
        let frames = file["shared"]["frames"].as_array().unwrap();
        for frame in frames {
            assert!(frame["name"].is_string());
            assert!(frame.get("file").is_none_or(Value::is_string));
            assert!(frame.get("line").is_none_or(|line| line.as_u64() > Some(0)));
        }
        let profiles = file["profiles"].as_array().unwrap();
        assert_eq!(profiles.len(), By::ALL.len());
        for (profile, by) in profiles.iter().zip(By::ALL) {
            assert_eq!(profile["type"], "sampled");
            assert!(UNITS.contains(&profile["unit"].as_str().unwrap()));
            let samples = profile["samples"].as_array().unwrap();
            let weights = profile["weights"].as_array().unwrap();
            assert_eq!(samples.len(), weights.len());
            let sum: u64 = weights.iter().map(|weight| weight.as_u64().unwrap()).sum();
            assert_eq!(sum, sheet.totals().by(by));
            assert_eq!(profile["endValue"].as_u64(), Some(sum));
            for frame in samples.iter().flat_map(|sample| sample.as_array().unwrap()) {
                assert!((frame.as_u64().unwrap() as usize) < frames.len());
            }
        }
    }
}

#[test]
fn a_sample_begins_at_the_outermost_frame() {
    let file = json(&sheet(), Format::Speedscope);
    let name = |index: &Value| {
        let frame = &file["shared"]["frames"][index.as_u64().unwrap() as usize];
        frame["name"].as_str().unwrap()
    };
    let samples = file["profiles"][0]["samples"].as_array().unwrap();
    let pool = samples
        .iter()
        .map(|sample| {
            sample
                .as_array()
                .unwrap()
                .iter()
                .map(name)
                .collect::<Vec<_>>()
        })
        .find(|names| names.contains(&"Pool::grow()"))
        .expect("the pool");
    assert_eq!(pool[0], "__libc_start_main");
    assert_eq!(pool[3..5], ["Pool::take(unsigned long)", "Pool::grow()"]);
}
