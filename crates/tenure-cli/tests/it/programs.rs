//! Real programs must not notice us: same stdout, same exit code, on our malloc and recorded.

use crate::process::{Ended, Scratch, find, find_or_skip, run, run_with_input, skipped};
use crate::sources::{compiled, sources};
use crate::way::Way;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program with all that it is given.
#[derive(Default)]
struct Case<'a> {
    /// What it is called in messages.
    name: &'a str,
    program: &'a str,
    arguments: Vec<String>,
    environment: Vec<(&'a str, &'a str)>,
    stdin: &'a str,
    /// Files that it writes into its folder, to be compared too.
    files: &'a [&'a str],
    /// It says what it has to say on stderr.
    compare_stderr: bool,
    /// Address space that it may use (`ulimit -v`), in KiB.
    limit_kib: Option<u64>,
}

/// What two runs must have in common.
#[derive(PartialEq, Eq)]
struct Seen {
    outcome: String,
    stdout: String,
    stderr: String,
    files: Vec<Option<Vec<u8>>>,
}

/// No program here takes longer than a few seconds; a loaded machine may need ten times that.
const PATIENCE_S: u64 = 100;

impl Case<'_> {
    fn command(&self, way: Way, program: &Path, scratch: &Scratch) -> Command {
        let mut command = match self.limit_kib {
            None => way.command(program, scratch),
            Some(kib) => {
                let mut command = way.command("sh", scratch);
                command
                    .arg("-c")
                    .arg(format!("ulimit -v {kib} && exec \"$0\" \"$@\""))
                    .arg(program);
                command
            }
        };
        command
            .args(&self.arguments)
            .envs(self.environment.iter().copied());
        command
    }

    fn run(&self, way: Way, program: &Path) -> (Ended, Seen) {
        let scratch = Scratch::new();
        let mut command = self.command(way, program, &scratch);
        let ended = run_with_input(&mut command, self.stdin, PATIENCE_S);
        assert!(
            !ended.stderr.contains("ERROR: ld.so"),
            "{}: {}",
            self.name,
            ended.stderr
        );
        way.expect_record(&scratch);
        let seen = Seen {
            outcome: ended.outcome(),
            stdout: ended.stdout.clone(),
            stderr: if self.compare_stderr {
                without_ours(&ended.stderr)
            } else {
                String::new()
            },
            files: self
                .files
                .iter()
                .map(|name| fs::read(scratch.join(name)).ok())
                .collect(),
        };
        (ended, seen)
    }

    /// Runs the program as it is and in our ways, and compares.
    fn same_everywhere(&self) {
        let Some(found) = find_or_skip(self.name, &[self.program]) else {
            return;
        };
        let (plain, expected) = self.run(Way::Plain, &found[0]);
        plain.expect_success(&format!("{} without us", self.name));
        assert!(
            !expected.stdout.is_empty() || !expected.stderr.is_empty() || !self.files.is_empty(),
            "{} says nothing that could be compared",
            self.name
        );
        assert!(
            expected.files.iter().all(Option::is_some),
            "{} wrote no file",
            self.name
        );
        for way in Way::OURS {
            let (ended, seen) = self.run(way, &found[0]);
            assert_eq!(
                seen.outcome, expected.outcome,
                "{} {way:?}: {}",
                self.name, ended.stderr
            );
            assert_eq!(
                seen.stdout, expected.stdout,
                "{} {way:?}: stdout",
                self.name
            );
            assert_eq!(
                seen.stderr, expected.stderr,
                "{} {way:?}: stderr",
                self.name
            );
            assert!(
                seen.files == expected.files,
                "{} {way:?}: its files differ",
                self.name
            );
        }
    }
}

/// What the program itself wrote to stderr: `tenure run` writes its summary behind it.
fn without_ours(stderr: &str) -> String {
    let own = stderr
        .split_once("\n━━ ")
        .map_or(stderr, |(before, _)| before);
    own.trim_end().to_owned()
}

fn words(text: &[&str]) -> Vec<String> {
    text.iter().map(|&word| word.to_owned()).collect()
}

const BASH: &str = include_str!("../programs/work.bash");

#[test]
fn bash() {
    Case {
        name: "bash",
        program: "bash",
        arguments: words(&["-c", BASH]),
        ..Case::default()
    }
    .same_everywhere();
}

/// Exit codes and deaths come through as they are.
#[test]
fn exit_codes_and_signals() {
    for (line, outcome) in [("exit 37", "exit code 37"), ("kill -TERM $$", "signal 15")] {
        for way in [Way::Plain, Way::Preloaded] {
            let scratch = Scratch::new();
            let ended = run(way.command("sh", &scratch).args(["-c", line]), PATIENCE_S);
            assert_eq!(ended.outcome(), outcome, "{way:?}");
        }
    }
    let scratch = Scratch::new();
    let ended = run(
        Way::Recorded
            .command("sh", &scratch)
            .args(["-c", "exit 37"]),
        PATIENCE_S,
    );
    assert_eq!(ended.outcome(), "exit code 37", "{}", ended.stderr);
}

/// A repository with some history, made where ours has none.
fn repository(scratch: &Scratch) -> PathBuf {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap();
    let log = Command::new("git")
        .arg("-C")
        .arg(&ours)
        .args(["log", "--oneline", "-3"])
        .output();
    if log.is_ok_and(|log| log.status.success() && log.stdout.lines_at_least(3)) {
        return ours;
    }
    let path = scratch.join("repository");
    let script = "git init -q \"$0\" && cd \"$0\" && for i in $(seq 1 60); do \
                  seq 1 $((i * 20)) > file$((i % 7)); git add .; \
                  git -c user.name=t -c user.email=t@localhost commit -qm \"change $i\"; done";
    run(
        Command::new("sh").args(["-c", script]).arg(&path),
        PATIENCE_S,
    )
    .expect_success("git init");
    path
}

trait Lines {
    fn lines_at_least(&self, count: usize) -> bool;
}

impl Lines for Vec<u8> {
    fn lines_at_least(&self, count: usize) -> bool {
        self.iter().filter(|&&byte| byte == b'\n').count() >= count
    }
}

#[test]
fn git() {
    if find_or_skip("git", &["git"]).is_none() {
        return;
    }
    let scratch = Scratch::new();
    let repository = repository(&scratch);
    let path = repository.to_str().unwrap();
    let safe = format!("safe.directory={path}");
    for rest in [&["--stat", "-n", "150"][..], &["-p", "-n", "40"]] {
        let arguments = words(&[&["-c", &safe, "-C", path, "--no-pager", "log"], rest].concat());
        Case {
            name: "git log",
            program: "git",
            arguments,
            ..Case::default()
        }
        .same_everywhere();
    }
}

const PYTHON: &str = include_str!("../programs/work.py");

fn python(name: &str, environment: Vec<(&'static str, &'static str)>, limit_kib: Option<u64>) {
    let arguments = words(&["-c", PYTHON]);
    Case {
        name,
        program: "python3",
        arguments,
        environment,
        limit_kib,
        ..Case::default()
    }
    .same_everywhere();
}

#[test]
fn python3() {
    python("python3", vec![], None);
}

#[test]
fn python3_with_every_object_from_malloc() {
    python(
        "python3 PYTHONMALLOC=malloc",
        vec![("PYTHONMALLOC", "malloc")],
        None,
    );
}

#[test]
fn gcc_and_gxx() {
    let source = |name: &str| sources().join(name).to_str().unwrap().to_owned();
    for (program, file, more) in [
        ("gcc", "plain.c", "-std=gnu11"),
        ("g++", "templates.cpp", "-std=c++17"),
    ] {
        let source = source(file);
        let arguments = words(&[more, "-O2", "-c", &source, "-o", "out.o"]);
        Case {
            name: program,
            program,
            arguments,
            files: &["out.o"],
            ..Case::default()
        }
        .same_everywhere();
        let arguments = words(&[more, "-O1", "-S", &source, "-o", "-"]);
        Case {
            name: program,
            program,
            arguments,
            ..Case::default()
        }
        .same_everywhere();
    }
}

const PERL: &str = include_str!("../programs/work.pl");

#[test]
fn perl() {
    Case {
        name: "perl",
        program: "perl",
        arguments: words(&["-e", PERL]),
        ..Case::default()
    }
    .same_everywhere();
}

const SQL: &str = include_str!("../programs/work.sql");

fn sqlite(name: &str, limit_kib: Option<u64>) {
    let arguments = words(&["-batch", ":memory:"]);
    Case {
        name,
        program: "sqlite3",
        arguments,
        stdin: SQL,
        limit_kib,
        ..Case::default()
    }
    .same_everywhere();
}

#[test]
fn sqlite3() {
    sqlite("sqlite3", None);
}

const NODE: &str = include_str!("../programs/work.js");

#[test]
fn node() {
    Case {
        name: "node",
        program: "node",
        arguments: words(&["-e", NODE]),
        ..Case::default()
    }
    .same_everywhere();
}

#[test]
fn java() {
    let arguments = words(&["-version"]);
    Case {
        name: "java",
        program: "java",
        arguments,
        compare_stderr: true,
        ..Case::default()
    }
    .same_everywhere();
}

#[test]
fn rustc() {
    let source = sources().join("sample.rs").to_str().unwrap().to_owned();
    let arguments = words(&[
        "--edition=2021",
        "--crate-type=lib",
        "-O",
        "-Ccodegen-units=1",
        "--emit=asm=out.s,metadata=out.rmeta",
        &source,
    ]);
    let files = &["out.s"];
    Case {
        name: "rustc",
        program: "rustc",
        arguments,
        files,
        ..Case::default()
    }
    .same_everywhere();
    // It unwinds on errors: what we export must not stand in the way.
    if let Some(found) = find_or_skip("rustc", &["rustc"]) {
        let scratch = Scratch::new();
        let wrong = scratch.join("wrong.rs");
        fs::write(&wrong, "fn main() { let x: u8 = \"no\"; }").unwrap();
        for way in [Way::Plain, Way::Preloaded] {
            let ended = run(way.command(&found[0], &scratch).arg(&wrong), PATIENCE_S);
            assert_eq!(ended.outcome(), "exit code 1", "{way:?}: {}", ended.stderr);
            assert!(ended.stderr.contains("E0308"), "{way:?}: {}", ended.stderr);
        }
    }
}

#[test]
fn threads_of_our_own() {
    let program = compiled("threads.cpp");
    let program = program.to_str().unwrap();
    Case {
        name: "threads",
        program,
        ..Case::default()
    }
    .same_everywhere();
}

#[test]
fn five_hundred_forks_while_eight_threads_allocate() {
    let program = compiled("fork_storm.c");
    for way in Way::OURS {
        // Each child of a watched process begins files of its own.
        let forks = match way {
            Way::Plain | Way::Preloaded | Way::Recorded => "500",
            Way::Sampled | Way::Events => "100",
        };
        let scratch = Scratch::new();
        let ended = run(
            way.command(&program, &scratch).args([forks, "8", "90"]),
            PATIENCE_S,
        );
        ended.expect_success(&format!("fork_storm {way:?}"));
        let expected = format!("{forks} of {forks} children ended well\n");
        assert_eq!(ended.stdout, expected, "{way:?}");
        way.expect_record(&scratch);
    }
}

/// A child that sets up its own record reads what the parent goes on to write.
#[test]
fn a_parent_that_goes_on_while_its_children_begin() {
    let program = compiled("grows_meanwhile.c");
    for way in Way::OURS {
        let scratch = Scratch::new();
        let ended = run(way.command(&program, &scratch).arg("40"), PATIENCE_S);
        ended.expect_success(&format!("grows_meanwhile {way:?}"));
        assert_eq!(ended.stdout, "40 of 40 children ended well\n", "{way:?}");
    }
}

#[test]
fn little_address_space() {
    for limit_kib in [2_000_000, 500_000] {
        let limit_kib = Some(limit_kib);
        let arguments = words(&["-c", BASH]);
        let name = "bash under ulimit -v";
        Case {
            name,
            program: "bash",
            arguments,
            limit_kib,
            ..Case::default()
        }
        .same_everywhere();
        python("python3 under ulimit -v", vec![], limit_kib);
        sqlite("sqlite3 under ulimit -v", limit_kib);
    }
}

#[test]
fn what_is_compared_can_differ() {
    if find("bash").is_none() {
        return skipped("a planted difference", "bash not installed here");
    }
    let line = "case \"$LD_PRELOAD\" in *tenure*) echo ours;; *) echo plain;; esac";
    let case = Case {
        name: "planted",
        program: "bash",
        arguments: words(&["-c", line]),
        ..Case::default()
    };
    let found = std::panic::catch_unwind(|| case.same_everywhere());
    assert!(
        found.is_err(),
        "a program that knows of us must be seen to differ"
    );
}
