//! The gates themselves.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::test_output::Totals;
use super::{Outcome, Step};
use crate::{header, tidy};

/// Every gate, in the order in which they run.
pub(super) const ALL: &[Step] = &[
    Step {
        name: "fmt",
        run: fmt,
    },
    Step {
        name: "tidy",
        run: hold_tidy,
    },
    Step {
        name: "header",
        run: hold_header,
    },
    Step {
        name: "clippy",
        run: clippy,
    },
    Step {
        name: "doc",
        run: doc,
    },
    Step {
        name: "bench-builds",
        run: bench_builds,
    },
    Step {
        name: "deny",
        run: deny,
    },
    Step {
        name: "loom",
        run: loom,
    },
    Step {
        name: "replaced-os",
        run: replaced_os,
    },
    Step {
        name: "miri",
        run: miri,
    },
    Step {
        name: "aarch64",
        run: super::aarch64::run,
    },
    Step {
        name: "valgrind",
        run: super::valgrind::run,
    },
    Step {
        name: "test",
        run: test,
    },
];

/// Benchmarks: their manifests, target folders, and features that compile few rivals.
const BENCHES: [(&str, &str, &str); 3] = [
    ("bench/heap/Cargo.toml", "target/bench", "tenure"),
    ("bench/place/Cargo.toml", "target/bench-place", ""),
    ("bench/region/Cargo.toml", "target/bench", ""),
];

fn fmt(root: &Path) -> Outcome {
    let outcome = held(cargo(root, "fmt").args(["--all", "--", "--check"]));
    if outcome != Outcome::Held {
        return outcome;
    }
    for (manifest, ..) in BENCHES {
        if root.join(manifest).exists() {
            let mut command = cargo(root, "fmt");
            let outcome = held(command.args(["--manifest-path", manifest, "--", "--check"]));
            if outcome != Outcome::Held {
                return outcome;
            }
        }
    }
    Outcome::Held
}

fn hold_tidy(root: &Path) -> Outcome {
    match tidy::run(root) {
        Ok(true) => Outcome::Held,
        Ok(false) => Outcome::Failed("walls are broken as listed".into()),
        Err(message) => Outcome::Failed(message),
    }
}

fn hold_header(root: &Path) -> Outcome {
    match header::check(root) {
        Ok(true) => Outcome::Held,
        Ok(false) => Outcome::Failed("the header is not what its source says".into()),
        Err(message) => Outcome::Failed(message),
    }
}

fn clippy(root: &Path) -> Outcome {
    held(cargo(root, "clippy").args(["--workspace", "--all-targets", "--", "-D", "warnings"]))
}

/// The library and the command are both called `tenure`, so they are documented in turn.
fn doc(root: &Path) -> Outcome {
    for selection in [["--workspace", "--exclude"].as_slice(), &["--package"]] {
        let mut command = cargo(root, "doc");
        command
            .args(["--no-deps"])
            .args(selection)
            .arg("tenure-preload");
        let outcome = held(command.env("RUSTDOCFLAGS", "-D warnings"));
        if outcome != Outcome::Held {
            return outcome;
        }
    }
    Outcome::Held
}

/// The benchmarks are no members of the workspace; without most rivals they build in seconds.
fn bench_builds(root: &Path) -> Outcome {
    for (manifest, target, features) in BENCHES {
        if !root.join(manifest).exists() {
            return Outcome::Skipped(format!("there is no {manifest}"));
        }
        let mut command = cargo(root, "clippy");
        command.args(["--manifest-path", manifest, "--target-dir", target]);
        command.args(["--features", features, "--all-targets"]);
        let outcome = held(command.args(["--", "-D", "warnings"]));
        if outcome != Outcome::Held {
            return outcome;
        }
    }
    Outcome::Held
}

/// Advisories need a database from the network; the rest is checked from the lock file.
fn deny(root: &Path) -> Outcome {
    if !answers(Command::new("cargo").args(["deny", "--version"])) {
        return Outcome::Skipped("cargo-deny is not installed".into());
    }
    held(cargo(root, "deny").args(["check", "bans", "licenses", "sources"]))
}

fn loom(root: &Path) -> Outcome {
    let mut command = cargo(root, "test");
    for package in ["tenure-base", "tenure-heap", "tenure-region"] {
        let tests = root.join("crates").join(package).join("tests");
        if !tests.join("loom.rs").exists() && !tests.join("loom").exists() {
            return Outcome::Skipped(format!("{package} has no test target `loom`"));
        }
        command.args(["--package", package]);
    }
    command.args(["--test", "loom", "--release"]);
    held(
        command
            .args(["--target-dir", "target/loom"])
            .env("RUSTFLAGS", "--cfg loom"),
    )
}

/// Runs the tests of the heaps without assembly and mappings: what Miri would run, at full speed.
fn replaced_os(root: &Path) -> Outcome {
    let mut command = cargo(root, "test");
    command.args([
        "--package",
        "tenure-heap",
        "--package",
        "tenure-gc",
        "--lib",
        "--test",
        "it",
        "--release",
    ]);
    held(
        command
            .args(["--target-dir", "target/replaced-os"])
            .env("RUSTFLAGS", "--cfg tenure_replaced_os"),
    )
}

/// Runs the tests of every crate that declares itself fit for Miri.
fn miri(root: &Path) -> Outcome {
    let fit = match tidy::crates_fit_for_miri(root) {
        Ok(fit) => fit,
        Err(message) => return Outcome::Failed(message),
    };
    if fit.is_empty() {
        let reason = "no crate declares `miri = true` under [package.metadata.tenure]";
        return Outcome::Skipped(reason.into());
    }
    if !answers(Command::new("cargo").args(["+nightly", "miri", "--version"])) {
        return Outcome::Skipped("Miri is not installed on the nightly toolchain".into());
    }
    let mut command = Command::new("cargo");
    command.current_dir(root).args(["+nightly", "miri", "test"]);
    for package in fit {
        command.args(["--package", &package]);
    }
    held(&mut command)
}

/// Runs all tests, shows what passing tests printed, and closes with the totals.
fn test(root: &Path) -> Outcome {
    let mut command = cargo(root, "test");
    command.args(["--workspace", "--", "--show-output"]);
    match totals_of(&mut command) {
        Ok(totals) => Outcome::HeldAs(totals.to_string()),
        Err(reason) => Outcome::Failed(reason),
    }
}

/// Runs tests, shows what they print and adds it up. An error when one fails or none runs.
pub(super) fn totals_of(command: &mut Command) -> Result<Totals, String> {
    let child = command.stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("cargo cannot be started: {error}"))?;
    let mut totals = Totals::default();
    for line in child
        .stdout
        .take()
        .into_iter()
        .flat_map(|out| BufReader::new(out).split(b'\n'))
    {
        let Ok(line) = line else { break };
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        totals.read(&line);
    }
    match child.wait() {
        Ok(status) if !status.success() => {
            println!("{totals}");
            Err(format!("cargo test: {status}"))
        }
        Ok(_) if totals.passed == 0 => Err("no test ran".into()),
        Ok(_) => Ok(totals),
        Err(error) => Err(format!("cargo test: {error}")),
    }
}

pub(super) fn cargo(root: &Path, chore: &str) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root).arg(chore);
    command
}

/// Runs a command that must succeed.
pub(super) fn held(command: &mut Command) -> Outcome {
    match command.status() {
        Ok(status) if status.success() => Outcome::Held,
        Ok(status) => Outcome::Failed(format!("{command:?}: {status}")),
        Err(error) => Outcome::Failed(format!("{command:?}: {error}")),
    }
}

/// Whether the command can be started and succeeds; it prints nothing.
pub(super) fn answers(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
