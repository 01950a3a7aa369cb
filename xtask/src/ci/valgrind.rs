//! The tests of the collected and the counted heap under memcheck.
//!
//! **Sees:** reads and writes of memory that is unmapped, sealed or was freed; decisions and system
//! calls that depend on bytes never written; blocks of `malloc` that nobody points to at the end,
//! which is where objects of counted heaps and all of a heap's lists lie. Bytes keep what is known
//! of them when objects are moved.
//!
//! **Does not see:** what happens within a heap's own mappings: objects that overlap, a pointer
//! that still leads to where an object was, an object that should have been collected. A mapping
//! counts as written from its start on. Only a heap under `stress` seals the half that it has
//! emptied, and is checked there. For the rest the tests have `verify` and their models.
//!
//! The tests are built with `--cfg tenure_memcheck`: heaps reserve megabytes by default, since
//! memcheck is slow with gigabytes of address space and soon has none left; tests that count to a
//! million count to some thousands; and the errors of `tests/it/planted.rs` are there, which must
//! be seen before the rest is believed.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Outcome;
use super::steps::{answers, cargo, totals_of};

/// Memcheck leaves with this when it has seen an error.
const ERROR: u8 = 99;

/// Tests of `tests/it` that are left out, and why. All others run.
const LEFT_OUT: [(&str, &str); 1] = [(
    "must_not_compile::programs_that_must_not_compile_do_not_and_their_twins_do",
    "it runs the compiler, not the heap",
)];

/// The planted errors, and memcheck's word for each.
const PLANTED: [(&str, &str); 3] = [
    (
        "planted::a_decision_by_bytes_never_written_that_have_moved",
        "depends on uninitialised value",
    ),
    ("planted::a_look_into_a_freed_object", "Invalid read"),
    ("planted::a_counted_object_that_is_lost", "definitely lost"),
];

/// Runs the tests, where memcheck is installed: the planted errors first.
pub(super) fn run(root: &Path) -> Outcome {
    if !answers(Command::new("valgrind").arg("--version")) {
        return Outcome::Skipped("valgrind is not installed".into());
    }
    for (name, words) in PLANTED {
        let mut command = tests(root);
        command.args(["--ignored", "--exact", name]);
        if let Err(reason) = must_be_seen(name, words, &mut command) {
            return Outcome::Failed(reason);
        }
    }
    for (name, reason) in LEFT_OUT {
        println!("left out: {name}: {reason}");
    }
    let mut command = tests(root);
    command.arg("--exact");
    for (name, _) in LEFT_OUT {
        command.args(["--skip", name]);
    }
    match totals_of(&mut command) {
        Ok(totals) if totals.filtered != LEFT_OUT.len() => Outcome::Failed(format!(
            "of {} tests to be left out there are {}",
            LEFT_OUT.len(),
            totals.filtered
        )),
        Ok(totals) => Outcome::HeldAs(format!("memcheck saw nothing in {} tests", totals.passed)),
        Err(reason) => Outcome::Failed(reason),
    }
}

/// The tests of `tenure-gc`, under memcheck; what follows goes to the test binaries.
///
/// The crates whose work is watched are optimised a little: four times as fast, and the frames of
/// a report can still be followed.
fn tests(root: &Path) -> Command {
    let mut command = cargo(root, "test");
    command.args(["--package", "tenure-gc", "--lib", "--test", "it"]);
    command.args(["--target-dir", "target/valgrind", "--config", &runner()]);
    command.args(["--", "--test-threads=1"]);
    command
        .env("RUSTFLAGS", "--cfg tenure_memcheck")
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
    command
}

/// What cargo starts test binaries with, as a line of its configuration.
fn runner() -> String {
    let words = [
        "valgrind",
        "--quiet",
        "--leak-check=full",
        "--show-leak-kinds=definite",
        "--errors-for-leak-kinds=definite",
        "--num-callers=24",
        &format!("--error-exitcode={ERROR}"),
    ];
    format!("target.'cfg(all())'.runner = {words:?}")
}

/// A gate that does not trip over a planted error is none.
fn must_be_seen(name: &str, words: &str, command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("cargo cannot be started: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    if is_seen(output.status.success(), &printed, &told, words) {
        println!("planted: {name}: seen");
        return Ok(());
    }
    Err(format!(
        "memcheck did not say `{words}` of `{name}`:\n{printed}{told}"
    ))
}

/// Whether the test itself passed, and the run failed by memcheck's verdict with these words.
pub(super) fn is_seen(succeeded: bool, printed: &str, told: &str, words: &str) -> bool {
    let verdict = format!("exit status: {ERROR}");
    let passed = printed.contains("test result: ok. 1 passed");
    !succeeded && passed && told.contains(words) && told.contains(&verdict)
}
