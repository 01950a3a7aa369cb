//! Logs of Go.

use std::process::Command;

use tenure_model::timeline::{Class, Kind, Mark, Runtime};

use crate::census::read;
use crate::straight::{assert_straight, logs, program, read_checked};

#[test]
fn totals_equal_a_straight_count() {
    for path in logs("go", "/gclogs/go/") {
        let (recorder, _) = read_checked(&path, Runtime::Go);
        assert_straight(&path, "go", &recorder);
    }
}

const PROGRAM: &str = r#"package main

import (
	"fmt"
	"runtime"
)

type node struct {
	next *node
	data [64]byte
}

var kept [][]*node

func main() {
	for round := 0; round < 300; round++ {
		list := make([]*node, 0, 4000)
		for i := 0; i < 4000; i++ {
			list = append(list, &node{})
		}
		kept = append(kept, list)
		if len(kept) > 10 {
			kept = kept[1:]
		}
		if round%100 == 50 {
			runtime.GC()
		}
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Println(stats.NumGC, stats.NumForcedGC, stats.PauseTotalNs)
}
"#;

#[test]
fn a_fresh_log_agrees_with_the_counters_of_the_runtime() {
    let Some(go) = program("go", &["/usr/lib/go-1.19/bin", "/usr/local/go/bin"]) else {
        println!("skipped: go is absent");
        return;
    };
    let folder = std::env::temp_dir().join(format!("tenure-gctrace-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the program");
    std::fs::write(folder.join("main.go"), PROGRAM).expect("the program is written");
    let built = Command::new(go)
        .args(["build", "-o", "program", "main.go"])
        .current_dir(&folder)
        .env("GO111MODULE", "off")
        .env("GOTOOLCHAIN", "local")
        .env("GOCACHE", folder.join("cache"))
        .status()
        .expect("go starts");
    assert!(built.success());
    let output = Command::new(folder.join("program"))
        .env("GODEBUG", "gctrace=1,gcpacertrace=1")
        .output()
        .expect("the program starts");
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    let told: Vec<u64> = String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .map(|word| word.parse().expect("a number"))
        .collect();
    let (recorder, outcome) = read(&output.stderr);
    assert_eq!(outcome.lines.unclassified, 0, "{:?}", outcome.lines.shown);
    let cycles = recorder
        .events
        .iter()
        .filter(|event| event.kind == Kind::Cycle);
    let forced = cycles
        .clone()
        .filter(|event| event.marks.has(Mark::Explicit));
    // One more may begin while the program counts and ends.
    let count = cycles.count() as u64;
    assert!(
        count == told[0] || count == told[0] + 1,
        "{count} {}",
        told[0]
    );
    // The runtime writes the mark after the world has started again: where the next collection
    // is forced and begins meanwhile, the line of the one before has the mark as well.
    let forced = forced.count() as u64;
    assert!(
        (told[1]..=2 * told[1]).contains(&forced),
        "{forced} {}",
        told[1]
    );
    let paused_ns: u64 = recorder
        .events
        .iter()
        .filter(|event| event.class == Class::Pause)
        .filter_map(|event| event.duration_ns)
        .sum();
    // The log has two or three digits of each pause; since 1.22 it tells less than the counter,
    // which has the time to stop as well.
    let ratio = paused_ns as f64 / told[2] as f64;
    assert!((0.80..=1.10).contains(&ratio), "{paused_ns} of {}", told[2]);
}
