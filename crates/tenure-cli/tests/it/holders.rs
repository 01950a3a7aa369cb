//! `tenure holders`: who holds the memory of programs, ours and real ones.

use crate::process::{Ended, Scratch, run};
use crate::sources::{compiled, sources};
use crate::way::record_into;
use serde_json::Value;
use std::ffi::OsStr;
use std::process::Command;

/// How long the command may take on a loaded machine.
const PATIENCE_S: u64 = 120;

/// Runs `tenure holders` on a target.
pub(crate) fn holders(target: impl AsRef<OsStr>, words: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
    command.arg("holders").arg(target).args(words);
    run(&mut command, PATIENCE_S)
}

/// The same as JSON.
pub(crate) fn tree_of(target: impl AsRef<OsStr>, words: &[&str]) -> Value {
    let words: Vec<_> = words.iter().copied().chain(["--json"]).collect();
    let ended = holders(target, &words);
    ended.expect_success("tenure holders");
    serde_json::from_str(&ended.stdout).unwrap()
}

/// All lines of a tree, each with what it retains: (name, retained bytes).
pub(crate) fn lines(tree: &Value) -> Vec<(String, u64)> {
    let mut all = Vec::new();
    let mut to_do: Vec<&Value> = tree["roots"].as_array().unwrap().iter().collect();
    while let Some(line) = to_do.pop() {
        let name = line["name"].as_str().unwrap().to_owned();
        all.push((name, line["retained_bytes"].as_u64().unwrap()));
        to_do.extend(line["children"].as_array().unwrap());
    }
    all
}

/// A run of `holds.c` that looked at its heap when it left: its folder, and what it printed.
fn held() -> (Scratch, String) {
    let scratch = Scratch::new();
    let mut command = Command::new(compiled("holds.c"));
    record_into(&mut command, scratch.path(), "every,leaks");
    let ended = run(&mut command, 60);
    ended.expect_success("holds.c");
    (scratch, ended.stdout.trim().to_owned())
}

fn root<'a>(tree: &'a Value, begins: &str) -> &'a Value {
    let roots = tree["roots"].as_array().unwrap();
    let is_it = |root: &&Value| root["name"].as_str().unwrap().contains(begins);
    roots
        .iter()
        .find(is_it)
        .unwrap_or_else(|| panic!("no {begins} in {tree:#}"))
}

#[test]
fn each_root_is_named_with_what_it_holds() {
    let (scratch, _) = held();
    let words = ["--limit", "20", "--depth", "6"];
    let tree = tree_of(scratch.path(), &words);
    assert_eq!(tree["tenure"], "holders/1");
    let cache = root(&tree, "global `cache`");
    assert_eq!(cache["kind"], "global");
    // 2,000 entries of 24 bytes, keys of 20 and values of 1,000.
    assert_eq!(cache["retained_bytes"], 2000 * (24 + 20 + 1000));
    let entries = &cache["children"][0];
    assert_eq!(entries["function"], "insert");
    assert_eq!(entries["blocks"], 2000);
    assert_eq!(entries["own_bytes"], 2000 * 24);
    assert_eq!(entries["children"][0]["function"], "copy_value");
    assert_eq!(entries["children"][0]["blocks"], 2000);
    let total = tree["total_bytes"].as_u64().unwrap();
    let shown: u64 = lines(&serde_json::json!({ "roots": tree["roots"] }))
        .iter()
        .filter(|(name, _)| name.starts_with("global `cache`"))
        .map(|(_, bytes)| bytes)
        .sum();
    assert!(shown * 10 > total * 9, "{shown} of {total}");
    let all = holders(scratch.path(), &["--limit", "30", "--depth", "3"]);
    assert!(all.stdout.contains("global `cache` in"), "{}", all.stdout);
    assert!(all.stdout.contains("insert holds.c:"), "{}", all.stdout);
    assert!(all.stdout.contains("copy_value holds.c:"), "{}", all.stdout);
}

#[test]
fn lists_frames_and_what_is_lost_stand_apart() {
    let scratch = Scratch::new();
    let mut command = Command::new(compiled("holds.c"));
    record_into(&mut command, scratch.path(), "every,leaks");
    run(&mut command, 60).expect_success("holds.c");
    // Under 2 % of everything: asked for by site.
    let history = tree_of(scratch.path(), &["--site", "remember"]);
    assert_eq!(history["total_bytes"], 500 * (16 + 100));
    let list = root(&history, "global `history`");
    assert_eq!(list["children"][0]["blocks"], 500, "one line for the list");
    let lost = tree_of(scratch.path(), &["--site", "lose"]);
    let lost = root(&lost, "lost (nobody holds it)");
    assert_eq!(
        (&lost["kind"], &lost["retained_bytes"]),
        (&"lost".into(), &8000.into())
    );
    let frame = tree_of(scratch.path(), &["--site", "serve"]);
    let frame = root(&frame, ": frame serve holds.c:");
    assert_eq!(frame["kind"], "frame");
    assert_eq!(frame["retained_bytes"], 70000);
}

#[test]
fn an_address_has_a_way_from_a_root() {
    let (scratch, address) = held();
    let shown = holders(scratch.path(), &["--addr", &address]);
    shown.expect_success("--addr");
    for part in [
        "global `cache` in",
        "insert holds.c:",
        "copy_value holds.c:",
        "starts a block of 1,000 B",
        "held by insert",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    let inside = u64::from_str_radix(&address[2..], 16).unwrap() + 8;
    let json = holders(scratch.path(), &["--json", "--addr", &inside.to_string()]);
    let way: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(way["tenure"], "path/1");
    assert_eq!(way["root"]["kind"], "global");
    // The buckets stand behind the count: the fifth of them.
    assert_eq!(way["root"]["offset"], 8 + 5 * 8);
    let steps = way["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[1]["offset"], 16, "the value of an entry");
    let nowhere = holders(scratch.path(), &["--addr", "0x10"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(
        nowhere.stderr.contains("no block contains 0x10"),
        "{}",
        nowhere.stderr
    );
}

#[test]
fn a_record_without_a_look_says_how_to_get_one() {
    let scratch = Scratch::new();
    let mut command = Command::new(compiled("holds.c"));
    record_into(&mut command, scratch.path(), "every");
    run(&mut command, 60).expect_success("holds.c");
    let ended = holders(scratch.path(), &[]);
    assert_eq!(ended.status.code(), Some(3));
    assert!(
        ended.stderr.contains("tenure run --leaks"),
        "{}",
        ended.stderr
    );
    let unknown = holders(scratch.path(), &["--site", "x", "--addr", "1"]);
    assert_eq!(unknown.status.code(), Some(2), "{}", unknown.stderr);
}

#[test]
fn a_site_that_nothing_is_called_is_told() {
    let (scratch, _) = held();
    let ended = holders(scratch.path(), &["--site", "no_such_function"]);
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.stderr.contains("no live block"), "{}", ended.stderr);
    let source = std::fs::read_to_string(sources().join("holds.c")).unwrap();
    let at = source
        .lines()
        .position(|line| line.contains("malloc(1000)"));
    let line = format!("holds.c:{}", at.unwrap() + 1);
    let by_line = holders(scratch.path(), &["--site", &line]);
    by_line.expect_success("--site file:line");
    assert!(by_line.stdout.contains("copy_value"), "{}", by_line.stdout);
    holders(scratch.path(), &["--site", "1"]).expect_success("--site N");
}

#[test]
fn the_page_of_such_a_record_has_tabs() {
    let (scratch, _) = held();
    let page = scratch.join("page.html");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
    command
        .arg("report")
        .arg(scratch.path())
        .arg("-o")
        .arg(&page);
    run(&mut command, PATIENCE_S).expect_success("tenure report");
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(
        html.contains("global `cache` in"),
        "the root is in the page"
    );
}

#[test]
fn a_bundle_names_roots_where_the_program_is_not() {
    let scratch = Scratch::new();
    let program = scratch.join("holds");
    std::fs::copy(compiled("holds.c"), &program).unwrap();
    let folder = scratch.join("run");
    std::fs::create_dir(&folder).unwrap();
    let mut command = Command::new(&program);
    record_into(&mut command, &folder, "every,leaks");
    run(&mut command, 60).expect_success("holds.c");
    let bundle = scratch.join("bundle.tnr");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
    command.arg("bundle").arg(&folder).arg("-o").arg(&bundle);
    run(&mut command, PATIENCE_S).expect_success("tenure bundle");
    std::fs::remove_file(&program).unwrap();
    let shown = holders(&bundle, &["--limit", "20"]);
    shown.expect_success("holders of a bundle");
    assert!(
        shown.stdout.contains("global `cache` in holds"),
        "{}",
        shown.stdout
    );
    let lost_names = holders(&folder, &[]);
    assert!(
        lost_names.stdout.contains("data of holds"),
        "{}",
        lost_names.stdout
    );
}

#[test]
fn every_field_of_the_json_is_explained() {
    fn fields<'a>(value: &'a Value, known: &mut std::collections::BTreeSet<&'a str>) {
        match value {
            Value::Object(all) => all.iter().for_each(|(name, value)| {
                known.insert(name);
                fields(value, known);
            }),
            Value::Array(all) => all.iter().for_each(|value| fields(value, known)),
            _ => {}
        }
    }
    let (scratch, address) = held();
    let tree = tree_of(scratch.path(), &[]);
    let way = holders(scratch.path(), &["--json", "--addr", &address]);
    let way: Value = serde_json::from_str(&way.stdout).unwrap();
    let mut known = std::collections::BTreeSet::new();
    fields(&tree, &mut known);
    fields(&way, &mut known);
    assert!(known.len() > 20, "{known:?}");
    for name in known
        .into_iter()
        .chain(["retained size", "pointed to from", "held by"])
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
        let ended = run(command.args(["explain", name]), 20);
        ended.expect_success(name);
    }
}
