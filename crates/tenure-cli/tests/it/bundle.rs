//! `tenure bundle`: what it writes is read where the program is not.

use crate::command::{PATIENCE, tenure};
use crate::named::plain;
use crate::process::{Ended, Scratch, run};
use crate::shop;
use std::fs;
use tenure_model::profile::{Symbols, sample};
use tenure_trace::container::{Sections, Tag};

/// Runs `tenure` with its cache in the folder `cache` of `scratch`.
fn with_cache(scratch: &Scratch, cache: &str, arguments: &[&str]) -> Ended {
    let mut command = tenure(scratch);
    command
        .args(arguments)
        .env("XDG_CACHE_HOME", scratch.join(cache));
    run(&mut command, PATIENCE)
}

/// The tags of the sections of a file, all of which are whole.
fn tags(scratch: &Scratch, name: &str) -> Vec<String> {
    let bytes = fs::read(scratch.join(name)).unwrap();
    let sections = Sections::parse(&bytes).unwrap();
    sections
        .map(|section| section.unwrap().tag.to_string())
        .collect()
}

#[test]
fn a_bundle_reads_the_same_without_the_program() {
    let scratch = Scratch::new();
    let Some(program) = plain(&scratch) else {
        return;
    };
    let bundled = with_cache(&scratch, "here", &["bundle", "plain.tnr"]);
    bundled.expect_success("bundle");
    assert_eq!(
        bundled.stdout,
        "plain.bundle.tnr: 2 of 2 frames have names\n"
    );
    let folded = [
        "export",
        "plain.bundle.tnr",
        "--to",
        "folded",
        "--by",
        "allocated",
    ];
    let here = with_cache(&scratch, "here", &folded);
    assert_eq!(here.stdout, "main 364\n", "{}", here.stderr);
    fs::remove_file(program).unwrap();
    let elsewhere = with_cache(&scratch, "elsewhere", &folded);
    assert_eq!(elsewhere.stdout, here.stdout);
    assert_eq!(elsewhere.stderr, here.stderr, "nothing is missed");
    // The record itself has no names there, and says why.
    let plain = ["export", "plain.tnr", "--to", "folded"];
    let unnamed = with_cache(&scratch, "elsewhere", &plain);
    assert!(
        unnamed.stdout.starts_with("plain-program+0x"),
        "{}",
        unnamed.stdout
    );
    assert!(unnamed.stderr.contains("no symbols"), "{}", unnamed.stderr);
    // Where it was looked up before, the cache knows.
    let cached = with_cache(&scratch, "here", &plain);
    assert_eq!(cached.stdout, "main 64\n");
}

#[test]
fn every_section_is_carried_over_and_the_names_come_once() {
    let scratch = Scratch::new();
    if plain(&scratch).is_none() {
        return;
    }
    let before = tags(&scratch, "plain.tnr");
    with_cache(&scratch, "cache", &["bundle", "plain.tnr"]).expect_success("bundle");
    let expected = [before.as_slice(), &["SYMS".to_owned()]].concat();
    assert_eq!(tags(&scratch, "plain.bundle.tnr"), expected);
    assert!(
        before.contains(&"XYZ9".to_owned()),
        "what a newer version wrote"
    );
    // Again, in place.
    let again = ["bundle", "plain.bundle.tnr", "-o", "plain.bundle.tnr"];
    let first = fs::read(scratch.join("plain.bundle.tnr")).unwrap();
    with_cache(&scratch, "cache", &again).expect_success("bundle in place");
    assert_eq!(fs::read(scratch.join("plain.bundle.tnr")).unwrap(), first);
}

#[test]
fn names_that_a_record_has_are_kept() {
    let scratch = shop::scratch();
    // No module of the sample exists here; its names do.
    let ended = with_cache(&scratch, "cache", &["bundle", "shop.tnr", "-o", "out.tnr"]);
    ended.expect_success("bundle");
    let bytes = fs::read(scratch.join("out.tnr")).unwrap();
    let sections: Vec<_> = Sections::parse(&bytes)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let names: Vec<_> = sections
        .iter()
        .filter(|section| section.tag == Tag::SYMS)
        .collect();
    assert_eq!(names.len(), 1);
    let symbols: Symbols = serde_json::from_slice(names[0].payload).unwrap();
    let mut expected = sample::symbols();
    expected.modules.sort_by(|a, b| a.path.cmp(&b.path));
    let mut modules = symbols.modules;
    modules.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(modules, expected.modules);
}

#[test]
fn the_folder_of_a_killed_run_becomes_a_record_with_names() {
    let scratch = Scratch::new();
    let folder = scratch.join("app.tnr.run");
    fs::create_dir(&folder).unwrap();
    shop::write_folder(&folder, &sample::shop());
    with_cache(&scratch, "cache", &["bundle", "app.tnr.run"]).expect_success("bundle");
    let of_process = ["PROC", "NODE", "SITE", "MODU", "CODE", "TIME"];
    let expected = [&of_process[..], &of_process, &["SYMS"]].concat();
    assert_eq!(tags(&scratch, "app.bundle.tnr"), expected);
    let top = |name: &str| with_cache(&scratch, "cache", &["top", name, "--json"]).stdout;
    assert_eq!(top("app.bundle.tnr"), top("app.tnr.run"));
}

#[test]
fn a_damaged_section_is_left_out_and_told() {
    let scratch = Scratch::new();
    if plain(&scratch).is_none() {
        return;
    }
    let path = scratch.join("plain.tnr");
    let mut bytes = fs::read(&path).unwrap();
    let time = Sections::parse(&bytes).unwrap().flatten();
    let at = time
        .filter(|section| section.tag == Tag::TIME)
        .map(|section| section.offset);
    let at = at.last().expect("a timeline");
    bytes[at + 40] ^= 1;
    fs::write(&path, bytes).unwrap();
    let ended = with_cache(&scratch, "cache", &["bundle", "plain.tnr"]);
    ended.expect_success("bundle");
    assert!(ended.stderr.contains("TIME"), "{}", ended.stderr);
    assert!(!tags(&scratch, "plain.bundle.tnr").contains(&"TIME".to_owned()));
}

#[test]
fn what_cannot_be_bundled_is_told() {
    let scratch = Scratch::new();
    if plain(&scratch).is_none() {
        return;
    }
    fs::write(scratch.join("stats.tnr"), crate::synthetic::record()).unwrap();
    let cases: [(&[&str], i32, &str); 4] = [
        (&["bundle", "missing.tnr"], 3, "check the path"),
        (&["bundle", "stats.tnr"], 3, "no call stacks"),
        (&["bundle", "plain.tnr", "-o", "no/folder/x"], 2, "-o"),
        (&["bundle"], 2, "FILE"),
    ];
    for (arguments, code, words) in cases {
        let ended = with_cache(&scratch, "cache", arguments);
        assert_eq!(ended.status.code(), Some(code), "{}", ended.stderr);
        assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
    }
    let left = fs::read_dir(scratch.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
