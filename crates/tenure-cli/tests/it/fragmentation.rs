//! `tenure fragmentation`: who pins pages, on a program that pins them on purpose; and what is said
//! of records that are cut or know less.

use crate::command::{PATIENCE, tenure};
use crate::process::{Ended, Scratch, run};
use crate::sources::compiled;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// What `pins.c` keeps and asks for.
const FEW: u64 = 4000;
const BYTES: u64 = 1000;
const KEPT_BYTES: u64 = 800 * 5000;

/// Runs `pins.c` with these words, recorded in a mode into `record.tnr`.
fn pins(scratch: &Scratch, mode: &str, words: &[&str]) -> Ended {
    let mut command = tenure(scratch);
    command.args(["run", "--quiet", "-o", "record.tnr", mode, "--"]);
    let ended = run(command.arg(compiled("pins.c")).args(words), PATIENCE);
    ended.expect_success("pins.c");
    ended
}

fn fragmentation(scratch: &Scratch, words: &[&str]) -> Ended {
    run(tenure(scratch).arg("fragmentation").args(words), PATIENCE)
}

fn held(scratch: &Scratch, words: &[&str]) -> Value {
    let ended = fragmentation(scratch, &[&["record.tnr", "--json"], words].concat());
    ended.expect_success("fragmentation --json");
    // Nothing is told: neither that something is missing, nor that the heap had counted otherwise.
    assert_eq!(ended.stderr, "");
    let document = serde_json::from_str(&ended.stdout).unwrap();
    adds_up(&document);
    document
}

fn number(value: &Value, name: &str) -> u64 {
    value[name]
        .as_u64()
        .unwrap_or_else(|| panic!("{name} of {value:#}"))
}

fn sum(document: &Value, list: &str, name: &str) -> u64 {
    let all = document[list].as_array().unwrap();
    all.iter().map(|one| number(one, name)).sum()
}

/// Every sum is exact to the byte.
fn adds_up(document: &Value) {
    let parts = [
        "live_bytes",
        "internal_waste_bytes",
        "pinned_free_bytes",
        "cached_bytes",
    ];
    let held = |value: &Value| -> u64 { parts.iter().map(|part| number(value, part)).sum() };
    let lists = ["classes", "processes"].map(|list| document[list].as_array().unwrap());
    for value in lists.into_iter().flatten().chain([document]) {
        assert_eq!(number(value, "held_bytes"), held(value), "{value:#}");
    }
    let free_slices = number(document, "free_slice_bytes");
    let classes = sum(document, "classes", "held_bytes") + free_slices;
    assert_eq!(classes, number(document, "held_bytes"), "{document:#}");
    assert_eq!(classes, sum(document, "processes", "held_bytes"));
    if document["sites_known"] == true {
        let pinned = number(document, "pinned_free_bytes");
        assert_eq!(sum(document, "sites", "pinned_free_bytes"), pinned);
        assert_eq!(number(document, "pinned_by_sites_bytes"), pinned);
    }
}

/// The resident bytes that the program read before it began, and before it left.
fn resident(ended: &Ended) -> (u64, u64) {
    let line = ended
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("rss "))
        .unwrap();
    let (before, after) = line.split_once(' ').unwrap();
    (before.parse().unwrap(), after.parse().unwrap())
}

fn near(found: u64, expected: u64, what: &str) {
    let difference = found.abs_diff(expected);
    assert!(
        difference <= expected / 20,
        "{what}: {found} instead of {expected}"
    );
}

#[test]
fn the_site_that_keeps_one_block_in_fifty_pins_what_is_resident_and_not_live() {
    let scratch = Scratch::new();
    let ended = pins(&scratch, "--every", &[]);
    let document = held(&scratch, &[]);
    let first = &document["sites"][0];
    assert_eq!(first["stack"][0]["function"], "keeps_few", "{first:#}");
    assert_eq!(
        (number(first, "live_blocks"), number(first, "live_bytes")),
        (FEW, FEW * BYTES)
    );
    let pinned = number(first, "pinned_free_bytes");
    // 49 of 50 slots of 1 KiB are free.
    near(pinned, FEW * 49 * 1024, "pinned");
    // Its blocks lie alone, and would fill a fiftieth of their pages.
    near(number(first, "gain_bytes"), pinned, "gain");
    let advice = &document["advice"][0];
    assert_eq!(
        (&advice["rule"], number(advice, "gain_bytes")),
        (&"pinned".into(), number(first, "gain_bytes"))
    );
    let functions = document["sites"].as_array().unwrap().iter();
    let functions: Vec<_> = functions
        .map(|site| &site["stack"][0]["function"])
        .collect();
    assert!(
        !functions.contains(&&Value::from("frees_all")),
        "{functions:?}"
    );
    // What the process has resident beyond its beginning, and beyond what the heap keeps beside
    // itself, is what is held.
    let (before, after) = resident(&ended);
    let live = number(&document, "live_bytes");
    let beside = number(&document, "table_bytes");
    let unused = number(&document, "held_bytes") - live;
    near(unused, after - before - beside - live, "RSS − live");
    let text = fragmentation(&scratch, &["record.tnr"]).stdout;
    let named = text
        .lines()
        .find(|line| line.contains("keeps_few"))
        .unwrap();
    assert!(named.contains("pins.c:"), "{text}");
    assert!(
        text.contains("keeps_few") && text.contains("would come free"),
        "{text}"
    );
}

#[test]
fn every_mode_has_the_same_split_and_those_without_sites_say_how_to_get_them() {
    let scratch = Scratch::new();
    for (mode, knows_requested, knows_sites) in [
        ("--stats", true, false),
        ("--sample", false, false),
        ("--events", true, true),
    ] {
        let ended = pins(&scratch, mode, &[]);
        let document = held(&scratch, &[]);
        assert_eq!(document["requested_known"], knows_requested, "{mode}");
        assert_eq!(document["sites_known"], knows_sites, "{mode}");
        near(
            number(&document, "pinned_free_bytes"),
            FEW * 49 * 1024,
            mode,
        );
        near(
            number(&document, "live_bytes"),
            FEW * BYTES + KEPT_BYTES,
            mode,
        );
        let (before, after) = resident(&ended);
        let beside = number(&document, "table_bytes");
        near(
            number(&document, "held_bytes"),
            after - before - beside,
            mode,
        );
        let text = fragmentation(&scratch, &["record.tnr"]).stdout;
        assert_eq!(text.contains("tenure run --every"), !knows_sites, "{text}");
        let stats = run(tenure(&scratch).args(["stats", "record.tnr"]), PATIENCE).stdout;
        for word in ["held  ", "pinned free", "cached", "purged"] {
            assert!(stats.contains(word), "{mode}: {word}\n{stats}");
        }
    }
}

#[test]
fn threads_that_stand_still_are_counted_with_their_blocks() {
    let scratch = Scratch::new();
    pins(&scratch, "--every", &["threads", "6"]);
    let document = held(&scratch, &[]);
    let first = &document["sites"][0];
    assert_eq!(first["stack"][0]["function"], "keeps_few", "{first:#}");
    assert_eq!(sum_of(&document, "keeps_few", "live_blocks"), 7 * FEW);
    assert_eq!(number(&document["processes"][0], "threads_unanswered"), 0);
}

/// The sum over the sites of a function.
fn sum_of(document: &Value, function: &str, name: &str) -> u64 {
    let sites = document["sites"].as_array().unwrap().iter();
    let own = sites.filter(|site| site["stack"][0]["function"] == function);
    own.map(|site| number(site, name)).sum()
}

#[test]
fn a_forked_child_has_its_own_pages() {
    let scratch = Scratch::new();
    pins(&scratch, "--every", &["fork"]);
    let document = held(&scratch, &[]);
    let processes = document["processes"].as_array().unwrap();
    assert_eq!(processes.len(), 2, "{document:#}");
    let pids: BTreeSet<_> = processes.iter().map(|one| number(one, "pid")).collect();
    assert_eq!(pids.len(), 2);
    // The child has freed every other block of the few.
    let live = |at: usize| number(&processes[at], "live_bytes");
    let (more, less) = (live(0).max(live(1)), live(0).min(live(1)));
    assert_eq!(more - less, FEW / 2 * BYTES);
    assert_eq!(sum_of(&document, "keeps_few", "live_blocks"), FEW + FEW / 2);
    let text = fragmentation(&scratch, &["record.tnr"]).stdout;
    assert!(text.contains("in 2 processes"), "{text}");
}

#[test]
fn a_process_that_runs_is_counted_when_it_is_asked() {
    let scratch = Scratch::new();
    let mut command = tenure(&scratch);
    command.args(["run", "--quiet", "-o", "record.tnr", "--every", "--"]);
    command.arg(compiled("pins.c")).arg("wait");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("rss "));
    let pid = child_of(child.id());
    let ended = fragmentation(&scratch, &[&pid, "--json"]);
    ended.expect_success("fragmentation PID");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    adds_up(&document);
    assert_eq!(document["processes"][0]["reason"], "request");
    assert_eq!(document["sites"][0]["stack"][0]["function"], "keeps_few");
    assert_eq!(number(&document["processes"][0], "pid").to_string(), pid);
    let told = fragmentation(&scratch, &[&pid]);
    assert!(told.stderr.contains("stood still for"), "{}", told.stderr);
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(child.wait().unwrap().success());
    let document = held(&scratch, &[]);
    assert_eq!(document["processes"][0]["reason"], "exit");
    let gone = fragmentation(&scratch, &["4194399"]);
    assert_eq!(gone.status.code(), Some(3), "{}", gone.stderr);
}

/// The process that a `tenure run` has started.
fn child_of(pid: u32) -> String {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    children.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn one_class_can_be_chosen_and_fewer_sites() {
    let scratch = Scratch::new();
    pins(&scratch, "--every", &[]);
    let ended = fragmentation(&scratch, &["record.tnr", "--class", "1000", "--json"]);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let classes = document["classes"].as_array().unwrap();
    assert_eq!(classes.len(), 1);
    assert_eq!(number(&classes[0], "block_bytes"), 1024);
    let pinned = sum(&document, "sites", "pinned_free_bytes");
    assert_eq!(pinned, number(&classes[0], "pinned_free_bytes"));
    let none = fragmentation(&scratch, &["record.tnr", "--class", "77777"]);
    assert_eq!(none.status.code(), Some(2), "{}", none.stderr);
    assert!(none.stderr.contains("77777"), "{}", none.stderr);
    let few = fragmentation(&scratch, &["record.tnr", "--sites", "0"]);
    assert!(
        few.stdout.contains("--sites N shows more"),
        "{}",
        few.stdout
    );
}

#[test]
fn a_process_that_is_killed_has_no_pages_and_that_is_said() {
    let scratch = Scratch::new();
    let mut command = tenure(&scratch);
    command.args([
        "run",
        "--quiet",
        "-o",
        "record.tnr",
        "--",
        "sh",
        "-c",
        "kill -9 $$",
    ]);
    run(&mut command, PATIENCE);
    let ended = fragmentation(&scratch, &["record.tnr"]);
    assert_eq!(ended.status.code(), Some(3), "{}", ended.stdout);
    assert!(
        ended.stderr.contains("did not leave through exit"),
        "{}",
        ended.stderr
    );
    run(tenure(&scratch).args(["stats", "record.tnr"]), PATIENCE).expect_success("stats");
}

/// The place of the pages in a record: (start of the section, payload, length of the payload).
fn section(record: &[u8]) -> (usize, usize, usize) {
    let mut at = 16;
    while at + 16 <= record.len() {
        let length: [u8; 8] = record[at + 8..at + 16].try_into().unwrap();
        let length = u64::from_le_bytes(length) as usize;
        if &record[at..at + 4] == b"PAGE" {
            return (at, at + 16, length);
        }
        at += 16 + length.next_multiple_of(8);
    }
    panic!("no pages in the record");
}

#[test]
fn a_section_that_is_damaged_or_cut_costs_itself_alone() {
    let scratch = Scratch::new();
    pins(&scratch, "--every", &[]);
    let whole = fs::read(scratch.join("record.tnr")).unwrap();
    let (start, payload, length) = section(&whole);
    let mut flipped = whole.clone();
    flipped[payload + length / 2] ^= 0x10;
    for (name, bytes) in [
        ("flipped", flipped),
        ("cut", whole[..payload + 100].to_vec()),
        ("cut", whole[..payload + length - 3].to_vec()),
        ("cut", whole[..start + 7].to_vec()),
    ] {
        fs::write(scratch.join("record.tnr"), bytes).unwrap();
        let ended = fragmentation(&scratch, &["record.tnr"]);
        assert!(
            matches!(ended.status.code(), Some(0 | 3)),
            "{name}: {}",
            ended.stderr
        );
        let words = ["checksum", "cut", "ends", "missing"];
        let is_told = words.iter().any(|word| ended.stderr.contains(word));
        assert!(is_told, "{name}: {}", ended.stderr);
        let top = run(tenure(&scratch).args(["top", "record.tnr"]), PATIENCE);
        top.expect_success(name);
        assert!(top.stdout.contains("keeps_few"), "{name}: {}", top.stdout);
    }
}

#[test]
fn any_byte_of_a_file_of_pages_may_be_anything() {
    let scratch = Scratch::new();
    let mut command = Command::new(compiled("pins.c"));
    crate::way::record_into(&mut command, scratch.path(), "every");
    run(&mut command, PATIENCE).expect_success("pins.c");
    let names = fs::read_dir(scratch.path()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().path()).collect();
    let ending = |ending: &str| {
        names
            .iter()
            .find(|name| name.extension().is_some_and(|found| found == ending))
            .unwrap()
    };
    let (pages, state) = (ending("pages"), ending("state"));
    let whole = fs::read(pages).unwrap();
    let state = state.to_str().unwrap();
    fragmentation(&scratch, &[state]).expect_success("a state file");
    for at in (0..whole.len()).step_by(1 + whole.len() / 40) {
        for bytes in [
            [
                &whole[..at],
                &[0xff; 8],
                whole.get(at + 8..).unwrap_or_default(),
            ]
            .concat(),
            whole[..at].to_vec(),
        ] {
            fs::write(pages, bytes).unwrap();
            let ended = fragmentation(&scratch, &[state, "--json"]);
            match ended.status.code() {
                Some(0) => adds_up(&serde_json::from_str(&ended.stdout).unwrap()),
                code => assert_eq!(code, Some(3), "{at}: {}", ended.stderr),
            }
        }
    }
}

#[test]
fn every_word_of_the_text_is_explained() {
    let scratch = Scratch::new();
    for name in [
        "held",
        "live",
        "internal waste",
        "pinned free",
        "cached",
        "purged",
        "tables",
        "heap page",
    ] {
        run(tenure(&scratch).args(["explain", name]), PATIENCE).expect_success(name);
    }
}
