//! `tenure top` and `tenure flame` on records that are whole, torn, without call stacks.

use crate::command::{PATIENCE, tenure};
use crate::process::{Ended, Scratch, run};
use crate::shop::{parts, record_of, scratch, write_folder};
use crate::synthetic::{FACTS, container, record};
use serde_json::Value;
use std::fs;
use tenure_model::profile::sample;
use tenure_trace::container::Tag;
use tenure_trace::profile::array;

fn with(scratch: &Scratch, arguments: &[&str]) -> Ended {
    let ended = run(tenure(scratch).args(arguments), PATIENCE);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    ended
}

/// `tenure top ARGUMENTS --json` on what is in `scratch`.
fn json(scratch: &Scratch, arguments: &[&str]) -> Value {
    let ended = with(scratch, &[&["top"], arguments, &["--json"]].concat());
    ended.expect_success("top --json");
    serde_json::from_str(&ended.stdout).expect("top prints JSON")
}

/// `tenure top --json` on a file with this content, and what it complains of.
fn of_bytes(content: &[u8]) -> (Value, String) {
    let scratch = Scratch::new();
    fs::write(scratch.join("a.tnr"), content).unwrap();
    let ended = with(&scratch, &["top", "a.tnr", "--json"]);
    ended.expect_success("top --json");
    (serde_json::from_str(&ended.stdout).unwrap(), ended.stderr)
}

#[test]
fn sites_are_shown_by_each_figure() {
    let scratch = scratch();
    let first = |by: &str| {
        let document = json(&scratch, &["shop.tnr", "--by", by, "--limit", "1"]);
        let sites = document["sites"].as_array().unwrap();
        assert_eq!(sites.len(), 1);
        let frames = sites[0]["stack"].as_array().unwrap();
        frames[0]["function"].as_str().unwrap().to_owned()
    };
    assert_eq!(first("live"), "operator new(unsigned long)");
    assert_eq!(first("peak"), "operator new(unsigned long)");
    assert_eq!(first("allocated"), "operator new(unsigned long)");
    assert_eq!(first("count"), "parse_request");
    assert_eq!(first("waste"), "alloc::alloc::exchange_malloc");
    assert_eq!(first("lifetime"), "alloc::alloc::exchange_malloc");
}

#[test]
fn the_json_is_that_of_the_schema() {
    let document = json(&scratch(), &["shop.tnr"]);
    assert_eq!(
        (&document["tenure"], &document["mode"]),
        (&"top/1".into(), &"every".into())
    );
    assert_eq!(document["totals"]["live_blocks"], 777);
    let sites = document["sites"].as_array().unwrap();
    assert_eq!(sites.len(), 10);
    for site in sites {
        assert!(
            site["stack"]
                .as_array()
                .is_some_and(|stack| !stack.is_empty())
        );
        for name in [
            "allocations",
            "frees",
            "allocated_bytes",
            "live_bytes",
            "live_blocks",
            "peak_bytes",
            "waste_bytes",
        ] {
            assert!(site[name].is_u64(), "{name} of {site}");
        }
        for percentile in ["p50", "p90", "p99"] {
            let lived = &site["lifetime_ns"][percentile];
            assert!(lived.is_u64() || lived.is_null(), "{lived}");
        }
        assert_eq!(site["interval_95"], Value::Null);
    }
    let sampled = record_of(&sample::shop_sampled(16 << 10, 7), true);
    let (document, _) = of_bytes(&sampled);
    assert_eq!(document["mode"], "sample");
    let interval = &document["sites"][1]["interval_95"]["live_bytes"];
    assert!(interval[0].as_u64() < interval[1].as_u64(), "{interval}");
}

#[test]
fn the_text_names_own_frames_with_file_and_line() {
    let scratch = scratch();
    let ended = with(&scratch, &["top", "shop.tnr", "--limit", "2"]);
    ended.expect_success("top");
    assert_eq!(ended.stderr, "");
    assert!(
        ended
            .stdout
            .starts_with("━━ shop ━━ by live at exit ━━ every allocation ━")
    );
    assert!(
        ended.stdout.contains("Pool::grow pool.cpp:9 ← Pool::take"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.contains("and 5 other sites"),
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains("operator new"));
    let stacks = with(&scratch, &["top", "shop.tnr", "--limit", "2", "--stacks"]).stdout;
    assert!(stacks.contains("operator new(unsigned long)"));
    assert!(stacks.contains("Pool::grow() (inlined)  /src/shop/pool.cpp:9"));
}

#[test]
fn a_runs_folder_a_state_file_and_a_record_say_the_same() {
    let scratch = scratch();
    let folder = scratch.join("shop.run");
    fs::create_dir(&folder).unwrap();
    write_folder(&folder, &sample::shop());
    let bytes = record_of(&sample::shop(), false);
    fs::write(scratch.join("unnamed.tnr"), bytes).unwrap();
    let record = json(&scratch, &["unnamed.tnr"]);
    assert_eq!(json(&scratch, &["shop.run"]), record);
    let inner = &record["sites"][0]["stack"][1];
    assert_eq!(inner["function"], "shop+0x1500");
    assert_eq!(
        (&inner["file"], &inner["module"]),
        (&Value::Null, &"/usr/bin/shop".into())
    );
    let one = json(&scratch, &["shop.run/4711-0.state"]);
    assert_eq!(one["totals"]["allocations"], 6_251, "without the child");
}

#[test]
fn a_record_without_call_stacks_is_refused() {
    let scratch = Scratch::new();
    fs::write(scratch.join("a.tnr"), record()).unwrap();
    for verb in [
        &["top", "a.tnr"][..],
        &["flame", "a.tnr"],
        &["diff", "a.tnr", "a.tnr"],
    ] {
        let ended = with(&scratch, verb);
        assert_eq!(ended.status.code(), Some(3), "{verb:?}");
        assert_eq!(ended.stdout, "");
        let said = "tenure: a.tnr: it holds no call stacks";
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
}

#[test]
fn no_cut_of_a_record_panics_or_passes_for_whole() {
    let whole = record_of(&sample::shop(), true);
    let scratch = Scratch::new();
    let steps = (0..whole.len()).step_by(1_777);
    let edges = [0, 7, 8, 16, 20, 32, whole.len() - 9];
    for length in steps.chain(edges) {
        fs::write(scratch.join("a.tnr"), &whole[..length]).unwrap();
        let ended = with(&scratch, &["top", "a.tnr"]);
        let code = ended.status.code();
        assert!(
            code == Some(0) || code == Some(3),
            "{length} bytes: {}",
            ended.stderr
        );
        assert!(
            ended.stderr.contains("tenure: a.tnr: "),
            "{length} bytes: {}",
            ended.stderr
        );
    }
}

#[test]
fn a_damaged_section_costs_itself_alone() {
    let [parent, child] = &sample::shop()[..] else {
        panic!("two processes")
    };
    let names = ["PROC", "NODE", "SITE", "MODU", "TIME"];
    for (at, name) in names.into_iter().enumerate() {
        let mut sections = vec![(Tag::META, FACTS.as_bytes())];
        sections.extend(parts(parent).map(|(_, tag, bytes)| (tag, bytes)));
        let before: usize = sections[..=at]
            .iter()
            .map(|section| 16 + section.1.len())
            .sum();
        let fill = FACTS.len().next_multiple_of(8) - FACTS.len();
        sections.extend(parts(child).map(|(_, tag, bytes)| (tag, bytes)));
        let mut bytes = container(&sections);
        bytes[16 + before + fill + 16 + 4_200] ^= 0x40;
        let (document, complaints) = of_bytes(&bytes);
        let said = format!("record damaged: the {name} section at byte");
        assert!(complaints.contains(&said), "{name}: {complaints}");
        let allocations = document["totals"]["allocations"].as_u64().unwrap();
        let expected = if name == "SITE" { 50 } else { 6_301 };
        assert_eq!(allocations, expected, "{name}");
    }
}

#[test]
fn files_that_a_crash_has_cut_are_salvaged_and_told() {
    let scratch = Scratch::new();
    let mut files = sample::shop();
    let cut = files[0].sites.len() - 900;
    files[0].sites.truncate(cut);
    let node = files[0].nodes.len() - 1;
    files[0].nodes.truncate(node);
    let count = array::COUNT_OFFSET;
    files[1].timeline[count..count + 8].fill(0xff);
    files[1].modules.truncate(100);
    files[0].code[count..count + 8].fill(0xff);
    files[1].code[..8].copy_from_slice(b"TNRCODE9");
    write_folder(scratch.path(), &files);
    let ended = with(&scratch, &["top", "."]);
    ended.expect_success("top");
    for said in [
        "process 4711: the sites file is cut short, 2 of its",
        "process 4711: the nodes file is cut short, 1 of its",
        "process 4712: the timeline file is cut short",
        "process 4712: its modules: modules file cut short",
        "process 4711: the code file is cut short",
        "process 4712: its code: not a code file: bytes 0 to 7 are",
    ] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
}

#[test]
fn a_record_larger_than_memory_is_read_past_its_events() {
    let scratch = Scratch::new();
    let files = sample::shop();
    let mut bytes = tenure_trace::container::file_header(0).to_vec();
    let events = 6_u64 << 30;
    bytes.extend(tenure_trace::container::section_header_of(
        Tag::EVNT,
        0,
        events,
    ));
    let behind = record_of(&files, true);
    let path = scratch.join("a.tnr");
    fs::write(&path, &bytes).unwrap();
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    let at = bytes.len() as u64 + events;
    std::os::unix::fs::FileExt::write_all_at(&file, &behind[16..], at).unwrap();
    let line = format!(
        "ulimit -v 600000; exec {} top a.tnr --json",
        env!("CARGO_BIN_EXE_tenure")
    );
    let mut command = std::process::Command::new("bash");
    let ended = run(
        command.args(["-c", &line]).current_dir(scratch.path()),
        PATIENCE,
    );
    ended.expect_success("a large record");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(document["totals"]["allocations"], 6_301);
}

#[test]
fn a_section_that_no_memory_holds_is_stepped_over() {
    let scratch = Scratch::new();
    let mut bytes = tenure_trace::container::file_header(0).to_vec();
    bytes.extend(tenure_trace::container::section_header_of(
        Tag::NODE,
        0,
        5 << 30,
    ));
    let path = scratch.join("a.tnr");
    fs::write(&path, &bytes).unwrap();
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    let behind = record_of(&sample::shop(), true);
    let at = bytes.len() as u64 + (5 << 30);
    std::os::unix::fs::FileExt::write_all_at(&file, &behind[16..], at).unwrap();
    let ended = with(&scratch, &["top", "a.tnr"]);
    ended.expect_success("top");
    assert!(
        ended
            .stderr
            .contains("no more than 1 GiB of such a section"),
        "{}",
        ended.stderr
    );
}

#[test]
fn names_of_another_schema_are_told_and_left_out() {
    let files = sample::shop();
    let mut sections: Vec<_> = parts(&files[0]).map(|(_, tag, bytes)| (tag, bytes)).into();
    sections.push((Tag::SYMS, b"{\"tenure\":\"symbols/9\"}"));
    sections.push((Tag::SYMS, b"[]"));
    let (document, complaints) = of_bytes(&container(&sections));
    assert!(
        complaints.contains("are of schema \"symbols/9\", not symbols/1"),
        "{complaints}"
    );
    assert!(
        complaints.contains("the names of functions, at byte"),
        "{complaints}"
    );
    assert_eq!(document["sites"][0]["stack"][1]["function"], "shop+0x1500");
}

#[test]
fn wrong_usage_is_answered_with_the_way_out() {
    let scratch = scratch();
    let wrong = with(&scratch, &["top", "shop.tnr", "--by", "size"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        wrong
            .stderr
            .contains("live, peak, allocated, count, lifetime, waste")
    );
    let wrong = with(&scratch, &["flame", "shop.tnr", "--by", "lifetime"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        wrong.stderr.contains("lifetimes do not add up"),
        "{}",
        wrong.stderr
    );
    let wrong = with(&scratch, &["flame", "shop.tnr", "-o", "no/such/folder.svg"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        wrong.stderr.contains("no/such/folder.svg: "),
        "{}",
        wrong.stderr
    );
    let missing = with(&scratch, &["top", "missing.tnr"]);
    assert_eq!(missing.status.code(), Some(3));
    let none = with(&scratch, &["top", "shop.tnr", "--limit", "0"]);
    none.expect_success("no sites");
}

#[test]
fn a_flame_graph_goes_to_a_file_or_to_stdout() {
    let scratch = scratch();
    let printed = with(&scratch, &["flame", "shop.tnr", "--by", "allocated"]);
    printed.expect_success("flame");
    assert!(printed.stdout.starts_with("<?xml") && printed.stdout.contains("parse_request"));
    let written = with(
        &scratch,
        &["flame", "shop.tnr", "--by", "allocated", "-o", "f.svg"],
    );
    written.expect_success("flame -o");
    assert_eq!(written.stdout, "");
    assert_eq!(
        fs::read_to_string(scratch.join("f.svg")).unwrap(),
        printed.stdout
    );
}

#[test]
fn run_puts_the_files_of_every_process_into_the_record() {
    let scratch = Scratch::new();
    let made = scratch.join("made");
    fs::create_dir(&made).unwrap();
    let mut files = sample::shop();
    for file in &mut files {
        file.pid += 4_000_000;
        let pid = file.pid.to_le_bytes();
        for bytes in [
            &mut file.nodes,
            &mut file.sites,
            &mut file.modules,
            &mut file.code,
            &mut file.timeline,
        ] {
            bytes[array::PID_OFFSET..array::PID_OFFSET + 4].copy_from_slice(&pid);
        }
        let at = tenure_trace::state::header::PID_OFFSET;
        file.state[at..at + 4].copy_from_slice(&pid);
        // Files are longer than what is used of them.
        file.sites.resize(file.sites.len() + (1 << 20), 0);
    }
    write_folder(&made, &files);
    let events = [
        &tenure_trace::profile::ArrayHeader {
            pid: files[0].pid,
            count: 3,
            element_bytes: 100,
            ..Default::default()
        }
        .encode(tenure_trace::profile::Kind::Events)[..],
        &[7; 1_000],
    ];
    fs::write(made.join("4004711-0.events"), events.concat()).unwrap();
    let copy = "cp made/* ${TENURE#*dir=}/";
    let ended = crate::command::recorded(&scratch, &["bash", "-c", copy]);
    ended.expect_success("run");
    for said in [
        "hold the most at exit",
        "allocate and free the most",
        "3 blocks     ≥ 163 ms  shop+0x1500",
        "5,000 blocks      2.00 ms  shop+0x1400",
        "next    tenure top record.tnr",
    ] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
    let document = json(&scratch, &["record.tnr"]);
    assert_eq!(document["totals"]["allocations"], 6_301);
    let bytes = fs::read(scratch.join("record.tnr")).unwrap();
    assert!(
        bytes.len() < 1 << 20,
        "only what is used: {} bytes",
        bytes.len()
    );
    let sections = tenure_trace::container::Sections::parse(&bytes).unwrap();
    let sections: Vec<_> = sections.map(Result::unwrap).collect();
    let mut tags: Vec<_> = sections.iter().map(|section| section.tag.0).collect();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(
        tags,
        [
            *b"CODE", *b"EVNT", *b"META", *b"MODU", *b"NODE", *b"PAGE", *b"PROC", *b"SITE",
            *b"TIME"
        ]
    );
    let found = sections.iter().find(|section| section.tag == Tag::EVNT);
    let (head, packed) = found.unwrap().payload.split_at(array::HEADER_BYTES);
    assert_eq!(head, events[0]);
    assert_eq!(zstd::decode_all(packed).unwrap(), [7; 300]);
}
