//! The library's interface: what it exports and needs, how its functions behave, how misuse ends.

use crate::process::{self, Scratch, find_or_skip, run, skipped};
use crate::sources::{compile, compiled};
use crate::way::{Way, library, record_into, records};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

const SIGABRT: i32 = 6;

/// Output of a tool about the library, or a skip when there is no such tool.
fn about_library(tool: &str, arguments: &[&str]) -> Option<String> {
    let found = find_or_skip("library symbols", &[tool])?;
    let ended = run(Command::new(&found[0]).args(arguments).arg(library()), 60);
    ended.expect_success(tool);
    Some(ended.stdout)
}

/// The last word of each line without its version, as `nm` prints names.
fn names(listing: &str) -> BTreeSet<String> {
    let last = |line: &str| line.split_whitespace().last().map(str::to_owned);
    let bare = |name: String| name.split('@').next().unwrap_or_default().to_owned();
    listing.lines().filter_map(last).map(bare).collect()
}

fn listed(file: &str) -> BTreeSet<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    names(&fs::read_to_string(crates.join("tenure-preload").join(file)).unwrap())
}

/// What is in `found` and not in `allowed`.
fn beyond(found: &BTreeSet<String>, allowed: &BTreeSet<String>) -> Vec<String> {
    found.difference(allowed).cloned().collect()
}

#[test]
fn exactly_the_listed_symbols_are_exported() {
    let Some(listing) = about_library("nm", &["-D", "--defined-only"]) else {
        return;
    };
    let (exported, listed) = (names(&listing), listed("symbols.txt"));
    assert_eq!(
        beyond(&exported, &listed),
        Vec::<String>::new(),
        "exported and not listed"
    );
    assert_eq!(
        beyond(&listed, &exported),
        Vec::<String>::new(),
        "listed and not exported"
    );
    // The gate itself: a name more or less is seen.
    let mut planted = exported.clone();
    assert!(planted.insert("rust_eh_personality".to_owned()));
    assert_eq!(beyond(&planted, &listed), ["rust_eh_personality"]);
}

#[test]
fn nothing_is_needed_beyond_the_allow_list() {
    let Some(listing) = about_library("nm", &["-D", "-u"]) else {
        return;
    };
    let allowed = listed("undefined.txt");
    let needed = names(&listing);
    assert_eq!(
        beyond(&needed, &allowed),
        Vec::<String>::new(),
        "needed and not allowed"
    );
    assert!(
        needed.contains("abort"),
        "nm shows no undefined symbol at all: {listing}"
    );
    for never in [
        "__tls_get_addr",
        "rust_eh_personality",
        "_Unwind_Resume",
        "malloc",
    ] {
        assert!(!allowed.contains(never), "{never} must not be allowed");
    }
}

#[test]
fn the_library_needs_libc_alone_and_static_tls() {
    let Some(dynamic) = about_library("readelf", &["-d", "--wide"]) else {
        return;
    };
    let needed: Vec<&str> = dynamic
        .lines()
        .filter(|line| line.contains("(NEEDED)"))
        .collect();
    let foreign = |line: &&&str| !line.contains("[libc.so.6]") && !line.contains("[ld-linux");
    assert!(
        !needed.is_empty() && !needed.iter().any(|line| foreign(&line)),
        "{needed:?}"
    );
    for word in ["STATIC_TLS", "NODELETE", "libtenure.so"] {
        assert!(dynamic.contains(word), "{word} is missing in:\n{dynamic}");
    }
    assert!(!dynamic.contains("TEXTREL"), "{dynamic}");
    let Some(relocations) = about_library("readelf", &["-r", "--wide"]) else {
        return;
    };
    assert!(
        relocations.contains("TPOFF64") || relocations.contains("TPREL"),
        "{relocations}"
    );
    assert!(
        !relocations.contains("DTPMOD"),
        "general-dynamic TLS:\n{relocations}"
    );
}

/// Runs a program of checks as it is, on our malloc, and recorded.
fn holds_everywhere(source: &str) {
    let program = compiled(source);
    for way in [Way::Plain, Way::Preloaded, Way::Recorded] {
        let scratch = Scratch::new();
        let ended = run(&mut way.command(&program, &scratch), 60);
        ended.expect_success(&format!("{source} {way:?}"));
        assert_eq!(ended.stdout, "all checks hold\n", "{source} {way:?}");
        way.expect_record(&scratch);
    }
}

#[test]
fn blocks_behave_as_in_glibc() {
    holds_everywhere("c_blocks.c");
}

#[test]
fn aligned_blocks_behave_as_in_glibc() {
    holds_everywhere("c_aligned.c");
}

#[test]
fn reports_say_what_is_held() {
    holds_everywhere("c_report.c");
}

#[test]
fn aliases_lead_to_one_heap() {
    holds_everywhere("c_aliases.c");
}

#[test]
fn operators_new_and_delete_behave_as_in_libstdcxx() {
    holds_everywhere("cxx_operators.cpp");
}

/// Ways of misuse, the sizes of blocks they make sense for, and how the message begins.
const FAULTS: [(&str, &[usize], &str); 14] = [
    (
        "double",
        &[1, 100, 5000, 200_000, 2_000_000],
        "double free of ",
    ),
    (
        "double-after-another",
        &[1, 100, 5000, 200_000],
        "double free of ",
    ),
    ("double-from-a-thread", &[1, 100, 5000], "double free of "),
    ("double-after-a-thread", &[1, 100, 5000], "double free of "),
    (
        "double-of-a-finished-thread",
        &[1, 100, 5000],
        "double free of ",
    ),
    ("delete-of-freed", &[100], "double free of "),
    ("realloc-of-freed", &[100, 5000], "double free of "),
    (
        "interior",
        &[100, 5000, 200_000, 2_000_000],
        "invalid free of ",
    ),
    (
        "interior-unaligned",
        &[100, 5000, 2_000_000],
        "invalid free of ",
    ),
    ("stack", &[100], "invalid free of "),
    ("data", &[100], "invalid free of "),
    ("mapped", &[100], "invalid free of "),
    ("wild", &[100], "invalid free of "),
    ("realloc-of-stack", &[100], "invalid free of "),
];

#[test]
fn misuse_of_the_heap_is_named_and_ends_the_process() {
    let program = compiled("faults.c");
    let scratch = Scratch::new();
    for (fault, sizes, message) in FAULTS {
        for size in sizes {
            let mut command = Way::Preloaded.command(&program, &scratch);
            let ended = run(command.arg(fault).arg(size.to_string()), 20);
            let address = ended.stdout.trim_end();
            let expected = format!("tenure: {message}{address}");
            let what = format!(
                "{fault} of {size} bytes: {}\n{}",
                ended.outcome(),
                ended.stderr
            );
            assert_eq!(ended.status.signal(), Some(SIGABRT), "{what}");
            assert!(
                address.starts_with("0x") && ended.stderr.contains(&expected),
                "{what}"
            );
        }
    }
}

#[test]
fn a_fault_is_marked_in_the_record() {
    let scratch = Scratch::new();
    let mut command = Command::new(compiled("faults.c"));
    record_into(&mut command, scratch.path(), "stats");
    let ended = run(command.arg("double"), 20);
    assert_eq!(ended.status.signal(), Some(SIGABRT), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("tenure: double free of 0x"),
        "{}",
        ended.stderr
    );
    let [record] = &records(scratch.path())[..] else {
        panic!("one record expected")
    };
    assert_eq!(record.view().header().end, 2);
}

fn with_options(options: &str) -> process::Ended {
    let scratch = Scratch::new();
    let mut command = Way::Preloaded.command("true", &scratch);
    let ended = run(command.env("TENURE", options), 20);
    ended.expect_success(options);
    ended
}

#[test]
fn a_wrong_option_is_named_with_the_nearest_right_one() {
    for (option, nearest) in [("stat", "stats"), ("statistics", "stats"), ("hlep", "help")] {
        let said = with_options(option).stderr;
        assert!(
            said.contains(&format!("\"{option}\" is not known")),
            "{said}"
        );
        assert!(
            said.contains(&format!("nearest is \"{nearest}\"")),
            "{said}"
        );
    }
    assert_eq!(with_options("").stderr, "");
    assert_eq!(with_options(",,").stderr, "");
    let said = with_options("x,help,y").stderr;
    assert!(
        said.contains("\"x\"") && said.contains("\"y\"") && said.contains("stats"),
        "{said}"
    );
}

#[test]
fn options_that_need_each_other_say_so() {
    assert!(
        with_options("stats")
            .stderr
            .contains("TENURE=stats,dir=PATH")
    );
    assert!(
        with_options("dir=/tmp")
            .stderr
            .contains("TENURE=stats,dir=PATH")
    );
    assert!(
        with_options("stats,dir=")
            .stderr
            .contains("dir= has no path")
    );
    let said = with_options("help,stats,dir=/nowhere/at/all,7").stderr;
    assert!(
        said.contains("in force: stats,dir=/nowhere/at/all,7"),
        "{said}"
    );
    assert!(
        said.contains("not recorded: there is no such folder"),
        "{said}"
    );
}

#[test]
fn help_marks_what_is_in_force() {
    for text in ["help", "help,fast", "stats,fast,help"] {
        let said = with_options(text).stderr;
        assert!(said.contains("* fast "), "{text}: {said}");
        assert!(said.contains("  stats "), "{text}: {said}");
        assert!(said.contains("in force: fast;"), "{text}: {said}");
    }
    let said = with_options("help,sample=4096,leaks,dir=/nowhere/at/all").stderr;
    for line in ["* sample= ", "* leaks ", "* dir= ", "  fast ", "  sample "] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(said.contains("in force: sample=4096,leaks,dir="), "{said}");
    let said = with_options("fats").stderr;
    assert!(said.contains("the nearest is \"fast\""), "{said}");
}

#[test]
fn a_secure_program_does_not_read_the_options() {
    let scratch = Scratch::new();
    let copy = scratch.join("libtenure.so");
    fs::copy(library(), &copy).unwrap();
    let mut search = OsStr::new("-Wl,-rpath,").to_owned();
    search.push(scratch.path());
    let program = scratch.join("secure");
    fs::rename(compile("secure.c", &[copy.as_os_str(), &search]), &program).unwrap();
    let ended = run(Command::new(&program).env("TENURE", "help"), 20);
    assert_eq!(ended.stdout, "secure 0\n");
    assert!(
        ended.stderr.contains("tenure: in force"),
        "{}",
        ended.stderr
    );
    // A program that runs as another user than its caller is secure; only root can make one.
    let nobody = 65534;
    if std::os::unix::fs::chown(&program, Some(nobody), None).is_err() {
        return skipped(
            "options of a secure program",
            "needs root to make a setuid program",
        );
    }
    run(Command::new("chmod").arg("u+s").arg(&program), 20).expect_success("chmod");
    let ended = run(Command::new(&program).env("TENURE", "help"), 20);
    if ended.stdout == "secure 0\n" {
        return skipped(
            "options of a secure program",
            "this file system ignores setuid",
        );
    }
    assert_eq!(
        (ended.stdout.as_str(), ended.stderr.as_str()),
        ("secure 1\n", "")
    );
}
