//! `cargo xtask bench record`: what recording costs, mode by mode, beside heaptrack where it is.
//!
//! Rounds are interleaved: each runs every way once on every load. Ratios are taken within a round.

use crate::results_page;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the command line accepts, for the usage text.
pub(crate) const USAGE: &str = "bench record [--rounds N] [--write]";

/// Blocks for sqlite to make and free.
const SQL: &str = "create table t(a integer, b text, c real);
with recursive n(i) as (select 1 union all select i+1 from n where i<200000)
  insert into t select i, 'row number '||(i*7919%200003), i*0.5 from n;
create index tb on t(b);
select count(*), sum(x.c) from t x join t y on x.b=y.b where y.a%3=0;";
/// A program for jq: groups and maps.
const JQ: &str = "group_by(.tag)|map({k:.[0].tag,n:length,s:(map(.v)|add)})";

/// A way to run a program: its name, and what stands in `TENURE` (`None`: not on our malloc).
const WAYS: [(&str, Option<&str>); 6] = [
    ("glibc", None),
    ("plain", Some("")),
    ("sample", Some("sample")),
    ("every", Some("every")),
    ("events", Some("events")),
    ("heaptrack", None),
];

/// Where things are.
struct Bench {
    library: PathBuf,
    scratch: PathBuf,
    pair: PathBuf,
    heaptrack: Option<PathBuf>,
}

/// What one run gave: a figure (nanoseconds, or processor seconds) and resident KiB.
#[derive(Clone, Copy)]
struct Run {
    figure: f64,
    resident_kib: f64,
}

/// Measures and prints; false when nothing could be run.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<bool, String> {
    let (mut rounds, mut write, mut rest) = (7, false, args);
    while let [name, tail @ ..] = rest {
        rest = match (*name, tail) {
            ("--write", tail) => {
                write = true;
                tail
            }
            ("--rounds", [number, tail @ ..]) => {
                rounds = number.parse().map_err(|_| format!("{number}: no number"))?;
                tail
            }
            (other, _) => return Err(format!("{other}: not known; {USAGE}")),
        };
    }
    let bench = Bench::prepare(root)?;
    let text = bench.measure(rounds);
    let _ = fs::remove_dir_all(&bench.scratch);
    println!("{text}");
    if write {
        results_page::write(root, "record", &text)?;
    }
    Ok(true)
}

/// Runs a command that must succeed; gives what it prints.
pub(crate) fn checked(command: &mut Command) -> Result<String, String> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl Bench {
    fn prepare(root: &Path) -> Result<Self, String> {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--release", "--package", "tenure-cli"]);
        checked(build.current_dir(root))?;
        let tenure = root.join("target/release/tenure");
        let library = PathBuf::from(checked(Command::new(tenure).arg("lib"))?);
        let scratch = root.join("target/bench-record");
        let _ = fs::remove_dir_all(&scratch);
        fs::create_dir_all(&scratch).map_err(|error| error.to_string())?;
        let pair = scratch.join("pair");
        let mut compile = Command::new("cc");
        compile.args([
            "-O2",
            "-fomit-frame-pointer",
            "-fno-builtin",
            "-pthread",
            "-o",
        ]);
        checked(compile.arg(&pair).arg(root.join("bench/record/pair.c")))?;
        fs::write(scratch.join("load.sql"), SQL).map_err(|error| error.to_string())?;
        let rows: Vec<String> = (0..100_000)
            .map(|i| {
                let (tag, v) = (i % 17, i * 7919 % 1_000_003);
                format!("{{\"id\":{i},\"name\":\"user {i}\",\"tag\":\"t{tag}\",\"v\":{v}}}")
            })
            .collect();
        let json = format!("[{}]", rows.join(",\n"));
        fs::write(scratch.join("load.json"), json).map_err(|error| error.to_string())?;
        let heaptrack = ["/usr/lib/heaptrack/libheaptrack_preload.so"]
            .map(PathBuf::from)
            .into_iter()
            .find(|path| path.exists());
        Ok(Self {
            library,
            scratch,
            pair,
            heaptrack,
        })
    }

    /// Runs `words` one way; `None` when the way or the program is not here, or it failed.
    fn once(&self, way: usize, words: &[&str], is_pair: bool) -> Option<Run> {
        let (name, mode) = WAYS[way];
        let folder = self.scratch.join("run");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).ok()?;
        let mut command = Command::new("/usr/bin/time");
        command.args(["-f", "%U %S %M", "env"]);
        if let Some(mode) = mode {
            command.arg(format!("LD_PRELOAD={}", self.library.display()));
            if !mode.is_empty() {
                command.arg(format!("TENURE={mode},dir={}", folder.display()));
            }
        } else if name == "heaptrack" {
            command.arg(format!("LD_PRELOAD={}", self.heaptrack.as_ref()?.display()));
            command.arg(format!("DUMP_HEAPTRACK_OUTPUT={}/h", folder.display()));
        }
        let output = command.args(words).output().ok()?;
        let told = String::from_utf8_lossy(&output.stderr);
        let figures: Vec<f64> = told
            .lines()
            .last()?
            .split_whitespace()
            .map_while(|word| word.parse().ok())
            .collect();
        let [user, system, resident_kib] = figures[..] else {
            return None;
        };
        let printed = String::from_utf8_lossy(&output.stdout);
        let figure = if is_pair {
            printed.trim().parse().ok()?
        } else {
            user + system
        };
        output.status.success().then_some(Run {
            figure,
            resident_kib,
        })
    }

    fn measure(&self, rounds: usize) -> String {
        let pair = self.pair.to_string_lossy().into_owned();
        let sql = format!(
            "exec sqlite3 :memory: < {}/load.sql",
            self.scratch.display()
        );
        let json = format!("{}/load.json", self.scratch.display());
        let loads: [(&str, Vec<&str>, bool); 5] = [
            ("pair, 22 frames, ns", vec![&pair, "20", "640000"], true),
            (
                "pair, 8 threads, ns",
                vec![&pair, "20", "160000", "8"],
                true,
            ),
            ("pair, 1 thread, ns", vec![&pair, "20", "160000", "1"], true),
            ("jq, processor s", vec!["jq", JQ, &json], false),
            ("sqlite, processor s", vec!["sh", "-c", &sql], false),
        ];
        let mut text = format!(
            "Command: `cargo xtask bench record --rounds {rounds} --write`\n\nMedian of {rounds} \
             interleaved rounds; in brackets the median ratio to `plain`, our malloc without \
             recording, and the lowest and highest.\n\n| load | {} |\n|---|{}\n",
            WAYS.map(|(name, _)| name).join(" | "),
            "---|".repeat(WAYS.len()),
        );
        let mut memory = String::new();
        for (name, words, is_pair) in &loads {
            let runs: Vec<Vec<Option<Run>>> = (0..rounds)
                .map(|_| {
                    (0..WAYS.len())
                        .map(|way| self.once(way, words, *is_pair))
                        .collect()
                })
                .collect();
            text.push_str(&row(name, &runs, |run| run.figure));
            if !is_pair {
                memory.push_str(&row(&format!("{name}: resident KiB"), &runs, |run| {
                    run.resident_kib
                }));
            }
        }
        text + &memory
    }
}

fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

/// A row of the table: each way's median, and its ratios to the plain way of the same round.
fn row(name: &str, runs: &[Vec<Option<Run>>], figure: fn(&Run) -> f64) -> String {
    let cells = (0..WAYS.len()).map(|way| {
        let of = |round: &Vec<Option<Run>>| round[way].as_ref().map(figure);
        let Some(middle) = median(runs.iter().filter_map(of).collect()) else {
            return "not run".to_owned();
        };
        let ratio = |round: &Vec<Option<Run>>| Some(of(round)? / figure(round[1].as_ref()?));
        let ratios: Vec<f64> = runs.iter().filter_map(ratio).collect();
        let low = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let high = ratios.iter().copied().fold(0.0, f64::max);
        let middle_ratio = median(ratios).unwrap_or(f64::NAN);
        format!("{middle:.2} ({middle_ratio:.2}; {low:.2}–{high:.2})")
    });
    let cells: Vec<String> = cells.collect();
    format!("| {name} | {} |\n", cells.join(" | "))
}
