//! `tenure run --leaks` and `tenure leaks`: the kinds exactly, suppressions, gates, and what is
//! said of programs that cannot be looked at.

use crate::command::{PATIENCE, tenure};
use crate::process::{Ended, Scratch, find_or_skip, run};
use crate::sources::compiled;
use crate::way::record_into;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Bytes and blocks of the kinds, and of what is suppressed.
pub(crate) const KINDS: [&str; 5] = [
    "definitely_lost",
    "indirectly_lost",
    "possibly_lost",
    "still_reachable",
    "suppressed",
];

/// Runs a program of ours with these flags before it, recorded into `record.tnr`.
fn leaky(scratch: &Scratch, flags: &[&str], arguments: &[&str]) -> Ended {
    let mut command = tenure(scratch);
    command.args(["run", "-o", "record.tnr"]).args(flags);
    command.arg("--").arg(compiled("leaky.c")).args(arguments);
    run(&mut command, PATIENCE)
}

/// What `tenure leaks --json` says of a record.
pub(crate) fn leaks_of(scratch: &Scratch, subject: impl AsRef<Path>, more: &[&str]) -> Value {
    let mut command = tenure(scratch);
    command.arg("leaks").arg(subject.as_ref()).arg("--json");
    let ended = run(command.args(more), PATIENCE);
    ended.expect_success("tenure leaks --json");
    serde_json::from_str(&ended.stdout).expect("leaks prints JSON")
}

fn bytes(document: &Value) -> [u64; 5] {
    KINDS.map(|kind| document[kind]["bytes"].as_u64().unwrap())
}

#[test]
fn one_block_of_each_kind_is_told_exactly_and_ends_with_the_code_that_was_asked_for() {
    let scratch = Scratch::new();
    let ended = leaky(&scratch, &["--leaks", "--error-exitcode=9"], &[]);
    assert_eq!(ended.status.code(), Some(9), "{}", ended.stderr);
    for line in [
        "  definitely lost            100 bytes in          1 block\n",
        "  indirectly lost             23 bytes in          1 block\n",
        "  possibly lost               37 bytes in          1 block\n",
        "  still reachable          1,000 bytes in          1 block\n",
        "  123 (100 direct, 23 indirect) bytes in 1 block is definitely lost",
    ] {
        assert!(ended.stderr.contains(line), "{line}\n{}", ended.stderr);
    }
    let document = leaks_of(&scratch, "record.tnr", &[]);
    assert_eq!(bytes(&document), [100, 23, 37, 1000, 0]);
    let stack = &document["records"][0]["stack"];
    assert_eq!(stack[0]["function"], "lose");
    assert_eq!(stack[1]["function"], "main");
    let clean = leaky(&scratch, &["--leaks", "--error-exitcode=9"], &["clean"]);
    assert_eq!(clean.status.code(), Some(0), "{}", clean.stderr);
    let document = leaks_of(&scratch, "record.tnr", &[]);
    assert_eq!(bytes(&document), [0, 0, 0, 1000, 0]);
}

#[test]
fn the_gate_minds_the_kinds_that_were_named() {
    let scratch = Scratch::new();
    let code = |flags: &[&str], arguments: &[&str]| {
        leaky(&scratch, flags, arguments).status.code().unwrap()
    };
    assert_eq!(code(&["--leaks"], &[]), 0, "nobody has set a gate");
    assert_eq!(code(&["--leaks", "--error-exitcode"], &[]), 1);
    let reachable = ["--leaks=reachable", "--error-exitcode=7"];
    assert_eq!(code(&reachable, &["clean"]), 7);
    assert_eq!(
        code(&["--leaks=possible", "--error-exitcode=7"], &["clean"]),
        0
    );
    let of_record = |flags: &[&str]| {
        let mut command = tenure(&scratch);
        let ended = run(command.args(["leaks", "record.tnr"]).args(flags), PATIENCE);
        ended.status.code().unwrap()
    };
    leaky(&scratch, &["--leaks"], &[]);
    assert_eq!(of_record(&[]), 0);
    assert_eq!(of_record(&["--fail-on", "definite"]), 1);
    assert_eq!(of_record(&["--error-exitcode", "5"]), 5);
    assert_eq!(of_record(&["--fail-on", "none"]), 0);
}

#[test]
fn suppressions_of_both_grammars_hide_what_they_name_and_unused_ones_are_told() {
    let scratch = Scratch::new();
    leaky(&scratch, &["--leaks"], &[]);
    fs::write(
        scratch.join("lsan.supp"),
        "# ours\nleak:lose\nleak:elsewhere\n",
    )
    .unwrap();
    let valgrind = "{\n  ours\n  Memcheck:Leak\n  match-leak-kinds: definite\n  fun:malloc\n  \
                    fun:lose\n}\n";
    fs::write(scratch.join("valgrind.supp"), valgrind).unwrap();
    for (file, hidden) in [("lsan.supp", 123), ("valgrind.supp", 100)] {
        let document = leaks_of(&scratch, "record.tnr", &["--suppressions", file]);
        assert_eq!(document["suppressed"]["bytes"], hidden, "{file}");
        assert_eq!(document["definitely_lost"]["bytes"], 0, "{file}");
        let flags = ["--leaks", "--error-exitcode=9", "--suppressions"];
        let file = scratch.join(file);
        let ended = leaky(
            &scratch,
            &[&flags[..], &[file.to_str().unwrap()]].concat(),
            &[],
        );
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    }
    let mut command = tenure(&scratch);
    let ended = run(
        command.args(["leaks", "record.tnr", "--suppressions", "lsan.supp"]),
        PATIENCE,
    );
    let told = "tenure: lsan.supp:3: unused suppression: leak:elsewhere\n";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    assert!(!ended.stderr.contains("leak:lose"), "{}", ended.stderr);
}

#[test]
fn what_is_generated_hides_the_next_time() {
    let scratch = Scratch::new();
    leaky(&scratch, &["--leaks"], &[]);
    let mut command = tenure(&scratch);
    let ended = run(
        command.args([
            "leaks",
            "record.tnr",
            "--gen-suppressions",
            "--kinds",
            "all",
        ]),
        PATIENCE,
    );
    assert!(
        ended.stdout.contains("   fun:lose\n   fun:main\n}\n"),
        "{}",
        ended.stdout
    );
    fs::write(scratch.join("made.supp"), &ended.stdout).unwrap();
    let document = leaks_of(&scratch, "record.tnr", &["--suppressions", "made.supp"]);
    assert_eq!(bytes(&document), [0, 0, 0, 0, 1160]);
}

#[test]
fn what_cannot_be_used_of_suppressions_is_told_with_its_place() {
    let scratch = Scratch::new();
    leaky(&scratch, &["--leaks"], &[]);
    fs::write(scratch.join("bad.supp"), "leak\n").unwrap();
    for (file, part) in [
        ("bad.supp", "bad.supp:1: found \"leak\""),
        ("none.supp", "none.supp: "),
    ] {
        let mut command = tenure(&scratch);
        command.args(["leaks", "record.tnr", "--suppressions", file]);
        let ended = run(&mut command, PATIENCE);
        assert_eq!(ended.status.code(), Some(2));
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
}

#[test]
fn a_program_that_did_not_leave_through_exit_is_never_called_clean() {
    let scratch = Scratch::new();
    for (way, code) in [("abort", 134), ("leave", 0)] {
        let ended = leaky(&scratch, &["--leaks", "--error-exitcode=9"], &[way]);
        assert_eq!(ended.status.code(), Some(code));
        let told = "(leaky): leaks are not classified: it ";
        assert!(ended.stderr.contains(told), "{way}: {}", ended.stderr);
        assert!(
            !ended.stderr.contains("definitely lost"),
            "{}",
            ended.stderr
        );
        let mut command = tenure(&scratch);
        let ended = run(command.args(["leaks", "record.tnr"]), PATIENCE);
        assert_eq!(ended.status.code(), Some(3));
        assert!(
            ended.stderr.contains("did not leave through exit"),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn a_record_without_a_look_names_the_way_out() {
    let scratch = Scratch::new();
    leaky(&scratch, &["--every"], &[]);
    let mut command = tenure(&scratch);
    let ended = run(command.args(["leaks", "record.tnr"]), PATIENCE);
    assert_eq!(ended.status.code(), Some(3));
    for part in ["recorded without --leaks", "`tenure run --leaks -- "] {
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    }
}

#[test]
fn a_folder_a_state_file_and_what_is_left_of_them_are_read_too() {
    let scratch = Scratch::new();
    let mut command = Command::new(compiled("leaky.c"));
    record_into(&mut command, scratch.path(), "every,leaks");
    run(&mut command, PATIENCE).expect_success("leaky");
    let names = fs::read_dir(scratch.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let state = names
        .into_iter()
        .find(|name| name.ends_with(".state"))
        .unwrap();
    for subject in [".", state.as_str()] {
        let document = leaks_of(&scratch, scratch.join(subject), &[]);
        assert_eq!(bytes(&document), [100, 23, 37, 1000, 0], "{subject}");
    }
    let graph = scratch.join(&state.replace(".state", ".graph"));
    let whole = fs::read(&graph).unwrap();
    fs::write(&graph, &whole[..whole.len() - 8]).unwrap();
    let mut command = tenure(&scratch);
    let ended = run(
        command.args(["leaks", "--json"]).arg(scratch.path()),
        PATIENCE,
    );
    ended.expect_success("leaks of a cut graph");
    assert_eq!(
        ended.stderr.matches("torn or damaged").count(),
        1,
        "{}",
        ended.stderr
    );
    assert_eq!(
        ended.stderr.lines().count(),
        1,
        "told once: {}",
        ended.stderr
    );
}

#[test]
fn a_record_that_is_cut_in_its_heap_gives_what_is_whole() {
    let scratch = Scratch::new();
    leaky(&scratch, &["--leaks"], &[]);
    let whole = fs::read(scratch.join("record.tnr")).unwrap();
    let section = whole.windows(4).position(|tag| tag == b"GRPH").unwrap();
    // In the header, behind it, and in the midst of what is packed.
    for (kept, code) in [(100, 3), (16 + 256, 0), (16 + 256 + 40, 0)] {
        fs::write(scratch.join("cut.tnr"), &whole[..section + kept]).unwrap();
        let ended = run(tenure(&scratch).args(["leaks", "cut.tnr"]), PATIENCE);
        assert_eq!(ended.status.code(), Some(code), "{kept}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("cut short"),
            "{kept}: {}",
            ended.stderr
        );
    }
}

#[test]
fn neither_a_filter_against_ptrace_nor_a_debugger_is_in_the_way() {
    let scratch = Scratch::new();
    let mut command = tenure(&scratch);
    command.args([
        "run",
        "-q",
        "--leaks",
        "--error-exitcode=9",
        "-o",
        "record.tnr",
        "--",
    ]);
    command
        .arg(compiled("no_ptrace.c"))
        .arg(compiled("leaky.c"));
    let ended = run(&mut command, PATIENCE);
    assert_eq!(ended.status.code(), Some(9), "{}", ended.stderr);
    assert_eq!(
        bytes(&leaks_of(&scratch, "record.tnr", &[])),
        [100, 23, 37, 1000, 0]
    );
    if find_or_skip("leaks under gdb", &["gdb"]).is_none() {
        return;
    }
    let mut command = Command::new("gdb");
    command.args(["-nx", "-batch", "-ex", "set startup-with-shell off"]);
    let folder = scratch.join("traced");
    fs::create_dir(&folder).unwrap();
    let library = crate::way::library().display();
    for setting in [
        format!("set environment LD_PRELOAD {library}"),
        format!(
            "set environment TENURE every,leaks,dir={}",
            folder.display()
        ),
        "run".to_owned(),
    ] {
        command.arg("-ex").arg(setting);
    }
    let ended = run(command.arg(compiled("leaky.c")), PATIENCE);
    assert!(
        ended.stdout.contains("exited normally"),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
    let document = leaks_of(&scratch, &folder, &[]);
    assert_eq!(bytes(&document), [100, 23, 37, 1000, 0]);
}

#[test]
fn every_field_of_the_json_and_every_word_of_the_text_is_explained() {
    let scratch = Scratch::new();
    leaky(&scratch, &["--leaks"], &[]);
    let ended = run(
        tenure(&scratch).args(["leaks", "record.tnr", "--json"]),
        PATIENCE,
    );
    let fields = ended.stdout.lines().filter_map(|line| {
        let (field, _) = line.trim().strip_prefix('"')?.split_once("\":")?;
        Some(field.to_owned())
    });
    let mut names: std::collections::BTreeSet<String> = fields.collect();
    assert!(names.len() > 20, "{names:?}");
    names.extend(["definitely lost", "loss record", "retained size", "root"].map(str::to_owned));
    for name in names {
        run(tenure(&scratch).args(["explain", &name]), PATIENCE).expect_success(&name);
    }
}
