//! A program whose every site is known is told exactly, and estimated within its intervals.

use crate::command::{PATIENCE, number, sites, tenure_run_as};
use crate::process::{Scratch, run};
use crate::sources::{compiled, sources};
use serde_json::Value;
use std::fs;

/// What is known of a site of `planted.c`.
struct Known {
    function: &'static str,
    blocks: u64,
    bytes: u64,
    live_blocks: u64,
    /// The median lifetime in nanoseconds: at least, at most.
    median_ns: Option<(u64, u64)>,
}

/// A site whose blocks stay.
const fn kept(function: &'static str, blocks: u64, bytes: u64) -> Known {
    Known {
        function,
        blocks,
        bytes,
        live_blocks: blocks,
        median_ns: None,
    }
}

/// A site whose blocks are freed after so many nanoseconds.
const fn freed(function: &'static str, blocks: u64, bytes: u64, median_ns: (u64, u64)) -> Known {
    Known {
        function,
        blocks,
        bytes,
        live_blocks: 0,
        median_ns: Some(median_ns),
    }
}

const ANY: (u64, u64) = (1, 60_000_000_000);
const KNOWN: [Known; 10] = [
    kept("site_kept", 1000, 64_000),
    freed("site_at_once", 5000, 500_000, (1, 2_000_000)),
    // Thirty milliseconds, in buckets of a factor of two.
    freed("site_held", 200, 600_000, (15_000_000, 2_000_000_000)),
    freed("site_varied", 500, 125_250, ANY),
    kept("site_zeroed", 50, 204_800),
    freed("site_huge", 4, 12_000_000, ANY),
    kept("site_aligned", 300, 300_000),
    freed("site_passed", 400, 19_200, ANY),
    kept("site_deep", 10, 100),
    // Growing takes one block after another; in place the block stays one.
    freed("site_grown", 12, 98_288, ANY),
];

fn record(flag: &str) -> Value {
    let program = compiled("planted.c");
    let scratch = Scratch::new();
    let command_line = [program.to_str().unwrap()];
    let ended = run(&mut tenure_run_as(&scratch, flag, &command_line), PATIENCE);
    ended.expect_success("planted");
    sites(&scratch)
}

/// The site of a `top/1` document whose innermost frame of our program is `function`.
fn site<'a>(document: &'a Value, function: &str) -> &'a Value {
    let sites = document["sites"].as_array().expect("a list of sites");
    let own = |site: &&Value| {
        let stack = site["stack"].as_array().expect("a stack");
        let mut frames = stack.iter();
        frames
            .find(|frame| {
                frame["module"]
                    .as_str()
                    .unwrap_or_default()
                    .ends_with("planted")
            })
            .is_some_and(|frame| frame["function"] == function)
    };
    let mut found = sites.iter().filter(own);
    let site = found
        .next()
        .unwrap_or_else(|| panic!("no {function} in {document:#}"));
    assert!(found.next().is_none(), "{function} is two sites");
    site
}

/// The line of `planted.c` that carries the comment `/* NAME */` behind an allocation.
fn line_of(name: &str) -> u64 {
    let text = fs::read_to_string(sources().join("planted.c")).unwrap();
    let marked = format!("/* {name} */");
    let at = text.lines().position(|line| line.contains(&marked));
    at.unwrap_or_else(|| panic!("{name} is marked")) as u64 + 1
}

#[test]
fn ten_known_sites_are_told_exactly() {
    for flag in ["--every", "--events"] {
        let document = record(flag);
        for known in &KNOWN {
            let site = site(&document, known.function);
            let place = format!("{flag} {}: {site:#}", known.function);
            // Growth in place counts bytes, not blocks.
            let (blocks, bytes) = (number(site, "allocations"), number(site, "allocated_bytes"));
            if known.function == "site_grown" {
                assert!((1..=13).contains(&blocks) && bytes >= 65_536, "{place}");
            } else {
                assert_eq!((blocks, bytes), (known.blocks, known.bytes), "{place}");
            }
            assert_eq!(number(site, "live_blocks"), known.live_blocks, "{place}");
            let frame = &site["stack"][0];
            assert_eq!(frame["line"], line_of(known.function), "{place}");
            if let Some((least, most)) = known.median_ns {
                let median = number(&site["lifetime_ns"], "p50");
                assert!((least..=most).contains(&median), "{place}");
            }
        }
        let peak = number(site(&document, "site_huge"), "peak_bytes");
        assert_eq!(peak, 12_000_000, "the program is at its peak with these");
        let deep = site(&document, "site_deep")["stack"].as_array().unwrap();
        let depth = deep.iter().filter(|frame| frame["function"] == "site_deep");
        assert_eq!(depth.count(), 41, "forty calls of itself");
    }
}

#[test]
fn what_grows_after_the_last_free_is_at_the_peak() {
    let scratch = Scratch::new();
    let program = compiled("grows_last.c");
    let command_line = [program.to_str().unwrap()];
    let ended = run(
        &mut tenure_run_as(&scratch, "--every", &command_line),
        PATIENCE,
    );
    ended.expect_success("grows_last");
    let document = sites(&scratch);
    assert_eq!(number(&document["totals"], "peak_bytes") / 1_000_000, 5);
    let sites = document["sites"].as_array().unwrap();
    let last = sites
        .iter()
        .find(|site| site["stack"][0]["function"] == "grows_last");
    assert_eq!(number(last.unwrap(), "peak_bytes"), 5_000_000);
}

#[test]
fn a_block_that_a_child_inherits_has_lived_since_the_parent_made_it() {
    let scratch = Scratch::new();
    let program = compiled("inherits.c");
    let command_line = [program.to_str().unwrap()];
    let ended = run(
        &mut tenure_run_as(&scratch, "--every", &command_line),
        PATIENCE,
    );
    ended.expect_success("inherits");
    let document = sites(&scratch);
    let sites = document["sites"].as_array().unwrap();
    let site = sites
        .iter()
        .find(|site| site["stack"][0]["function"] == "inherited")
        .unwrap();
    // 90 ms, in buckets of a factor of two, of a block whose other copy the parent keeps.
    let median = number(&site["lifetime_ns"], "p50");
    assert!((45_000_000..10_000_000_000).contains(&median), "{site:#}");
}

/// Mean bytes between samples: so few that a site without a sample is a matter of 10⁻¹⁰.
const RATE_BYTES: f64 = 4.0;

/// How far an estimate of blocks of these sizes lies from the truth, in bytes: six times the square
/// root of its variance Σ S²(1−p)/p, which is passed twice in 10⁹ runs.
fn far(sizes: impl Iterator<Item = f64>) -> f64 {
    let variance = sizes.map(|bytes| {
        let p = 1.0 - (-bytes / RATE_BYTES).exp();
        bytes * bytes * (1.0 - p) / p
    });
    // A block that is surely drawn has no variance, and is rounded to the byte.
    1.0 + 6.0 * variance.sum::<f64>().sqrt()
}

#[test]
fn samples_come_as_close_to_the_truth_as_they_say() {
    let document = record("--sample=4");
    assert_eq!(document["mode"], "sample");
    for known in KNOWN.iter().filter(|known| known.function != "site_grown") {
        let site = site(&document, known.function);
        let estimate = number(site, "allocated_bytes") as f64;
        let blocks = known.blocks as usize;
        let even = known.bytes as f64 / known.blocks as f64;
        let far = match known.function {
            "site_varied" => far((1..=blocks).map(|bytes| bytes as f64)),
            _ => far(std::iter::repeat_n(even, blocks)),
        };
        let off = (estimate - known.bytes as f64).abs();
        assert!(
            off <= far,
            "{}: {estimate} is {off} off, {far} at most",
            known.function
        );
        assert!(site["interval_95"].is_object(), "{site:#}");
    }
}
