//! The gates stop at the first failure, and the totals add up.

use std::path::Path;

use super::test_output::Totals;
use super::valgrind::is_seen;
use super::{Outcome, Step, run, run_steps};

fn held(_: &Path) -> Outcome {
    Outcome::Held
}

fn skipped(_: &Path) -> Outcome {
    Outcome::Skipped("its tool is missing".into())
}

fn failed(_: &Path) -> Outcome {
    Outcome::Failed("planted".into())
}

fn unreachable_step(_: &Path) -> Outcome {
    panic!("a step behind a failed one ran")
}

#[test]
fn a_failing_step_ends_the_run() {
    let steps = [
        Step {
            name: "first",
            run: held,
        },
        Step {
            name: "second",
            run: failed,
        },
        Step {
            name: "third",
            run: unreachable_step,
        },
    ];
    assert!(!run_steps(Path::new("."), steps.iter()));
}

#[test]
fn a_skipped_step_does_not() {
    let steps = [
        Step {
            name: "first",
            run: skipped,
        },
        Step {
            name: "second",
            run: held,
        },
    ];
    assert!(run_steps(Path::new("."), steps.iter()));
}

#[test]
fn a_step_that_does_not_exist_is_named() {
    let error = run(Path::new("."), &["fmt", "spelling"]).expect_err("there is no such step");
    assert!(
        error.contains("`spelling`") && error.contains("clippy"),
        "{error}"
    );
}

#[test]
fn totals_add_up_over_binaries() {
    let mut totals = Totals::default();
    for line in [
        "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; in 0.1s",
        "skipped: no java here",
        "== miri skipped: a step, no test",
        "a prefix, skipped: no java here",
        "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; in 2s",
    ] {
        totals.read(line);
    }
    assert_eq!(
        totals.to_string(),
        "skipped: no java here\ntests: 15 passed, 2 failed, 2 skipped"
    );
    assert_eq!(totals.filtered, 4);
}

#[test]
fn a_planted_error_counts_as_seen_by_its_own_words_and_memchecks_verdict() {
    let passed = "test result: ok. 1 passed; 0 failed;";
    let told = "Invalid read of size 4 (exit status: 99)";
    assert!(is_seen(false, passed, told, "Invalid read"));
    assert!(!is_seen(true, passed, told, "Invalid read"));
    assert!(!is_seen(false, passed, told, "definitely lost"));
    assert!(!is_seen(
        false,
        passed,
        "Invalid read of size 4",
        "Invalid read"
    ));
    let none = "test result: ok. 0 passed; 0 failed;";
    assert!(!is_seen(false, none, told, "Invalid read"));
}

#[test]
fn the_readme_command_tests_every_crate() {
    let manifest = include_str!("../../../Cargo.toml");
    let narrowed = manifest.contains("default-members");
    assert!(
        !narrowed,
        "with `default-members`, plain `cargo test` would leave crates out"
    );
}
