//! Functions and lines of Python in call stacks, against what Python says itself.
//!
//! Every CPython that is found is tried: `python3`, and those that the variable `TENURE_PYTHONS`
//! names, separated by colons.

use crate::command::{PATIENCE, tenure, tenure_run_as};
use crate::process::{Ended, Scratch, find, run, skipped};
use crate::sources::{compile, sources};
use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The most frames of either kind that a stack has.
const FRAMES_MAX: usize = 256;

/// An interpreter and its version.
struct Python {
    path: PathBuf,
    version: (u32, u32),
}

impl Python {
    /// The interpreter that `name` leads to; what is on PATH may be a script that finds it.
    fn at(name: &Path) -> Option<Self> {
        let program = "import sys; print(sys.executable, *sys.version_info[:2])";
        let ended = run(Command::new(name).args(["-c", program]), PATIENCE);
        let mut words = ended.stdout.split_whitespace();
        Some(Self {
            path: PathBuf::from(words.next()?),
            version: (words.next()?.parse().ok()?, words.next()?.parse().ok()?),
        })
    }

    fn is_read(&self) -> bool {
        ((3, 11)..=(3, 13)).contains(&self.version)
    }
}

/// The interpreters that are here; those that are read, or the others.
fn pythons(what: &str, read: bool) -> Vec<Python> {
    let named = std::env::var("TENURE_PYTHONS").unwrap_or_default();
    let named = named.split(':').map(PathBuf::from);
    let all = find("python3").into_iter().chain(named);
    let mut pythons: Vec<_> = all
        .filter(|path| path.is_file())
        .filter_map(|path| Python::at(&path))
        .filter(|python| python.is_read() == read)
        .collect();
    pythons.dedup_by(|a, b| a.path == b.path);
    if pythons.is_empty() {
        let wanted = if read {
            "3.11 to 3.13"
        } else {
            "another version"
        };
        skipped(what, &format!("no Python of {wanted} is installed"));
    }
    pythons
}

/// Runs `script` under `tenure run`.
fn record(scratch: &Scratch, flag: &str, python: &Python, words: &[&Path]) -> Ended {
    let mut line = vec![python.path.to_str().unwrap()];
    line.extend(words.iter().map(|word| word.to_str().unwrap()));
    let ended = run(&mut tenure_run_as(scratch, flag, &line), PATIENCE);
    ended.expect_success("a Python program");
    ended
}

/// All sites of the record that was left.
fn sites(scratch: &Scratch) -> Vec<Value> {
    let mut command = tenure(scratch);
    command.args(["top", "--json", "--limit", "1000000", "record.tnr"]);
    let ended = run(&mut command, PATIENCE);
    ended.expect_success("tenure top --json");
    let mut document: Value = serde_json::from_str(&ended.stdout).expect("top prints JSON");
    match document["sites"].take() {
        Value::Array(sites) => sites,
        other => panic!("no sites, but {other}"),
    }
}

type Place = (String, String, u64);

/// The Python frames of a site, innermost first.
fn python_frames(site: &Value) -> Vec<Place> {
    let stack = site["stack"].as_array().expect("a stack");
    let of_python = |frame: &&Value| {
        let file = frame["file"].as_str().unwrap_or("");
        frame["module"].is_null() && !file.is_empty()
    };
    let place = |frame: &Value| {
        let text = |name: &str| frame[name].as_str().unwrap_or("").to_owned();
        let line = frame["line"].as_u64().unwrap_or(0);
        (text("function"), text("file"), line)
    };
    stack.iter().filter(of_python).map(place).collect()
}

fn is_truncated(site: &Value) -> bool {
    let stack = site["stack"].as_array().expect("a stack");
    stack.iter().any(|frame| frame["function"] == "[truncated]")
}

fn number(site: &Value, name: &str) -> u64 {
    site[name]
        .as_u64()
        .unwrap_or_else(|| panic!("{name} of {site}"))
}

#[test]
fn known_allocations_are_told_with_function_file_and_line() {
    for python in pythons("lines of Python", true) {
        let scratch = Scratch::new();
        let script = sources().join("places.py");
        let file = script.to_str().unwrap();
        let ended = record(&scratch, "--every", &python, &[&script]);
        for place in ["größe places.py:19", "pairs places.py:15"] {
            assert!(ended.stderr.contains(place), "{place}: {}", ended.stderr);
        }
        let comprehension = if python.version >= (3, 12) {
            "load"
        } else {
            "load.<locals>.<listcomp>"
        };
        let expected = [
            (1, "Cache.grow", file, 7),
            (6, comprehension, file, 11),
            (3, "pairs", file, 15),
            (4, "größe", file, 19),
            (5, "<module>", "made up.py", 3),
            (6, "<module>", file, 31),
        ];
        let sites = sites(&scratch);
        for (million, function, file, line) in expected {
            let place = (function.to_owned(), file.to_owned(), line);
            let is_it = |site: &&Value| {
                let bytes = number(site, "allocated_bytes");
                python_frames(site).first() == Some(&place) && bytes / 1_000_000 == million
            };
            let found = sites.iter().filter(is_it).count();
            assert_eq!(found, 1, "{:?}: {place:?}", python.path);
        }
    }
}

/// What `stacks.py` has written down: how often it looked, and the stack of each size.
fn looked(path: &Path) -> (u64, HashMap<u64, Vec<Place>>) {
    let text = fs::read_to_string(path).expect("what the program wrote");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let sizes = document["sizes"].as_array().unwrap().iter();
    let stacks: Vec<Vec<Place>> = serde_json::from_value(document["stacks"].clone()).unwrap();
    let sizes = sizes.map(|size| size.as_u64().unwrap());
    (number(&document, "looks"), sizes.zip(stacks).collect())
}

/// Compares a site with what is known of its size; gives how many blocks it has, 0 where it is
/// none of the script's own.
fn compare(site: &Value, known: &HashMap<u64, Vec<Place>>) -> u64 {
    let frames = python_frames(site);
    let Some((innermost, rest)) = frames.split_first() else {
        return 0;
    };
    let (bytes, blocks) = (number(site, "allocated_bytes"), number(site, "allocations"));
    if innermost.0 != "look" || bytes / blocks < 5_000 {
        return 0;
    }
    if is_truncated(site) {
        // Stacks that differ further out alone are one.
        let begins = |stack: &Vec<Place>| stack.len() > rest.len() && stack.starts_with(rest);
        assert!(known.values().any(begins), "{} frames", rest.len());
        let is_deep = site["stack"].as_array().unwrap().len() > FRAMES_MAX;
        assert!(is_deep, "cut without need: {} frames", rest.len());
        return blocks;
    }
    assert_eq!(bytes % blocks, 0, "two stacks are one: {rest:?}");
    let Some(expected) = known.get(&(bytes / blocks)) else {
        panic!("{} bytes have no stack: {rest:?}", bytes / blocks);
    };
    assert_eq!(rest, expected, "{} bytes", bytes / blocks);
    blocks
}

#[test]
fn stacks_are_those_that_python_tells() {
    for python in pythons("stacks of Python", true) {
        let scratch = Scratch::new();
        let library = compile("calls_python.c", &["-shared".as_ref(), "-fPIC".as_ref()]);
        let (script, told) = (sources().join("stacks.py"), scratch.join("told"));
        record(&scratch, "--every", &python, &[&script, &told, &library]);
        let (looks, mut known) = looked(&told);
        let (looks_of_child, of_child) = looked(&scratch.join("told.child"));
        known.extend(of_child);
        let sites = sites(&scratch);
        let compared: u64 = sites.iter().map(|site| compare(site, &known)).sum();
        assert_eq!(compared, looks + looks_of_child, "{:?}", python.path);
        assert!(
            compared > 1_000 && known.len() > 1_000,
            "{compared}, {}",
            known.len()
        );
        println!(
            "{:?}: {compared} blocks of {} stacks",
            python.path,
            known.len()
        );

        let of_size = |bytes: u64| {
            let mut found = sites.iter();
            let site = found.find(|site| number(site, "allocated_bytes") == bytes);
            python_frames(site.unwrap_or_else(|| panic!("no block of {bytes} bytes")))
        };
        // Without the global lock, the frames of the thread are read all the same.
        let unlocked = of_size(1_111_111);
        assert_eq!(unlocked[0].0, "call_native");
        assert_eq!(unlocked.last().unwrap().0, "<module>");
        for bytes in [2_222_222, 3_333_333] {
            assert_eq!(of_size(bytes), [], "a thread that Python does not know");
        }
    }
}

#[test]
fn samples_have_python_frames_too() {
    for python in pythons("samples of Python", true) {
        let scratch = Scratch::new();
        let script = sources().join("places.py");
        record(&scratch, "--sample=4096", &python, &[&script]);
        let sites = sites(&scratch);
        let has = |site: &Value| {
            let frames = python_frames(site);
            frames
                .first()
                .is_some_and(|frame| frame.0 == "Cache.grow" && frame.2 == 7)
        };
        assert!(sites.iter().any(has), "{:?}", python.path);
    }
}

#[test]
fn a_version_that_is_not_read_is_said_once() {
    for python in pythons("other versions of Python", false) {
        let scratch = Scratch::new();
        let script = scratch.join("script.py");
        fs::write(
            &script,
            "import os\nx = bytearray(5000000)\nif os.fork(): os.wait()\n",
        )
        .unwrap();
        let ended = record(&scratch, "--every", &python, &[&script]);
        let said = ended.stderr.matches("its functions are not shown").count();
        assert_eq!(said, 1, "{}", ended.stderr);
        assert!(
            ended
                .stderr
                .contains("Frames of CPython 3.11 to 3.13 can be read")
        );
        assert!(
            sites(&scratch)
                .iter()
                .all(|site| python_frames(site).is_empty())
        );
    }
}
