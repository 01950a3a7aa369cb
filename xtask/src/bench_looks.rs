//! The second part of `cargo xtask bench graph`: how fast a heap is looked at, how long a running
//! program stands still for it, and what `run --leaks` costs beside valgrind.
//!
//! Speed and pause are read from the header of the graph file and of the state file, which the
//! process has written itself.

use crate::bench_record::checked;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Mebibytes of blocks that are looked at when the program ends.
const SPEED_MIB: &str = "2048";
/// Mebibytes of blocks while the program runs, and for how many seconds it does.
const PAUSE_MIB: &str = "1024";
const PAUSE_S: &str = "25";
/// Offsets in the header of a graph file: nanoseconds of the scan, bytes of blocks.
const SCAN_NS: usize = 56;
const BLOCK_BYTES: usize = 88;
/// Offsets in the header of a state file.
const SIGNAL: u64 = 184;
const REQUESTS: u64 = 188;
const DONE: u64 = 196;
const PAUSE_NS: u64 = 208;
/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Blocks for sqlite to make and free.
const SQL: &str = "create table t(a integer, b text, c real);
with recursive n(i) as (select 1 union all select i+1 from n where i<50000)
  insert into t select i, 'row number '||(i*7919%200003), i*0.5 from n;
create index tb on t(b);
select count(*), sum(x.c) from t x join t y on x.b=y.b where y.a%3=0;";

struct Bench {
    tenure: PathBuf,
    library: String,
    blocks: PathBuf,
    scratch: PathBuf,
}

/// Measures; gives the text for the page of results.
pub(crate) fn measure(root: &Path, rounds: u32) -> Result<String, String> {
    let bench = Bench::prepare(root)?;
    let speeds = (0..rounds)
        .map(|_| bench.speed())
        .collect::<Result<Vec<_>, _>>()?;
    let (pauses, _) = bench.pauses(rounds.max(5), "sample")?;
    let (pauses_of_every, steps) = bench.pauses(rounds.max(5), "every")?;
    let costs = (0..rounds)
        .map(|_| bench.costs())
        .collect::<Result<Vec<_>, _>>()?;
    let _ = fs::remove_dir_all(&bench.scratch);
    let mut text = format!(
        "Command: `cargo xtask bench graph --only looks --rounds {rounds} --write`\n\n\
         A look at a heap of 64-byte blocks, of whose words a third are pointers; lowest, median \
         and highest\nof {rounds} rounds.\n\n| what | lowest | median | highest |\n\
         |---|---|---|---|\n"
    );
    let rows = [
        ("2 GiB at the end of the program, GB/s", spread(speeds, 2)),
        (
            "1 GiB while it runs with `--sample`: it stands still, ms",
            spread(pauses, 1),
        ),
        (
            "1 GiB while it runs with `--every`: it stands still, ms",
            spread(pauses_of_every, 1),
        ),
        (
            "the same: its longest step by its own clock, ms",
            spread(steps, 1),
        ),
    ];
    for (name, row) in rows {
        text.push_str(&format!("| {name} | {row} |\n"));
    }
    let (ours, valgrinds): (Vec<f64>, Vec<Option<f64>>) = costs.into_iter().unzip();
    let ratios = ours
        .iter()
        .zip(&valgrinds)
        .filter_map(|(our, other)| Some((*other)? / our));
    let ratios: Vec<f64> = ratios.collect();
    let valgrinds: Vec<f64> = valgrinds.into_iter().flatten().collect();
    let row = spread(ours, 2);
    text.push_str(&format!(
        "| sqlite with `run --leaks`, processor s | {row} |\n"
    ));
    if valgrinds.is_empty() {
        text.push_str("| sqlite with valgrind | not run: it is not installed | | |\n");
    } else {
        let row = spread(valgrinds, 2);
        text.push_str(&format!(
            "| sqlite with `valgrind --leak-check=full`, processor s | {row} |\n"
        ));
        let row = spread(ratios, 1);
        text.push_str(&format!("| valgrind's by ours, round by round | {row} |\n"));
    }
    Ok(text)
}

/// Lowest, median and highest as cells.
fn spread(mut numbers: Vec<f64>, digits: usize) -> String {
    numbers.sort_by(f64::total_cmp);
    let at = |index: usize| numbers.get(index).copied().unwrap_or(f64::NAN);
    let (low, middle, high) = (at(0), at(numbers.len() / 2), at(numbers.len() - 1));
    format!("{low:.digits$} | {middle:.digits$} | {high:.digits$}")
}

fn text(error: std::io::Error) -> String {
    error.to_string()
}

impl Bench {
    fn prepare(root: &Path) -> Result<Self, String> {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--release", "--package", "tenure-cli"]);
        checked(build.current_dir(root))?;
        let tenure = root.join("target/release/tenure");
        let scratch = root.join("target/bench-looks");
        let _ = fs::remove_dir_all(&scratch);
        fs::create_dir_all(&scratch).map_err(text)?;
        let blocks = scratch.join("blocks");
        let mut compile = Command::new("cc");
        compile.args(["-O2", "-o"]).arg(&blocks);
        checked(compile.arg(root.join("bench/graph/blocks.c")))?;
        fs::write(scratch.join("load.sql"), SQL).map_err(text)?;
        Ok(Self {
            library: checked(Command::new(&tenure).arg("lib"))?,
            tenure,
            blocks,
            scratch,
        })
    }

    /// Starts the program with blocks, recorded into a fresh folder.
    fn start(
        &self,
        mebibytes: &str,
        seconds: &str,
        words: &str,
    ) -> Result<(Child, PathBuf), String> {
        let folder = self.scratch.join("run");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(text)?;
        let mut command = Command::new(&self.blocks);
        command.args([mebibytes, seconds]).stdout(Stdio::piped());
        command.env("LD_PRELOAD", &self.library);
        command.env("TENURE", format!("{words},dir={}", folder.display()));
        Ok((command.spawn().map_err(text)?, folder))
    }

    /// Gigabytes of blocks a second, as the process itself says.
    fn speed(&self) -> Result<f64, String> {
        let (child, folder) = self.start(SPEED_MIB, "0", "every,leaks")?;
        let pid = child.id();
        child.wait_with_output().map_err(text)?;
        let head = fs::read(folder.join(format!("{pid}-0.graph"))).map_err(text)?;
        let number = |at: usize| {
            let bytes = head.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(0.0, |bytes| u64::from_le_bytes(bytes) as f64)
        };
        Ok(number(BLOCK_BYTES) / number(SCAN_NS))
    }

    /// Milliseconds that a running program stands still, look by look, and its own longest step.
    fn pauses(&self, rounds: u32, words: &str) -> Result<(Vec<f64>, Vec<f64>), String> {
        let (mut child, folder) = self.start(PAUSE_MIB, PAUSE_S, words)?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        lines.next();
        let state = folder.join(format!("{}-0.state", child.id()));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(state)
            .map_err(text)?;
        let mut pauses = Vec::new();
        for _ in 0..rounds {
            pauses.push(look(&file, child.id())?);
        }
        let longest = lines
            .next()
            .and_then(Result::ok)
            .and_then(|line| line.parse().ok());
        child.wait().map_err(text)?;
        Ok((pauses, longest.into_iter().collect()))
    }

    /// Processor seconds of sqlite with us, and with valgrind where it is.
    fn costs(&self) -> Result<(f64, Option<f64>), String> {
        let tenure = self.tenure.to_string_lossy();
        let record = self.scratch.join("sqlite.tnr");
        let ours = [
            &*tenure,
            "run",
            "--leaks",
            "-o",
            &record.to_string_lossy(),
            "--",
        ];
        let valgrind = ["valgrind", "--leak-check=full", "--log-file=/dev/null"];
        let ours = self.processor_s(&ours).ok_or("sqlite3 did not run")?;
        Ok((ours, self.processor_s(&valgrind)))
    }

    /// Processor seconds of sqlite behind `words`, children included.
    fn processor_s(&self, words: &[&str]) -> Option<f64> {
        let input = File::open(self.scratch.join("load.sql")).ok()?;
        let mut command = Command::new("/usr/bin/time");
        command
            .args(["-f", "%U %S"])
            .args(words)
            .args(["sqlite3", ":memory:"]);
        let output = command.stdin(input).output().ok()?;
        let told = String::from_utf8_lossy(&output.stderr);
        let last = told.lines().last()?;
        let figures: Vec<f64> = last
            .split(' ')
            .map_while(|word| word.parse().ok())
            .collect();
        output.status.success().then_some(figures.iter().sum())
    }
}

fn word(file: &File, at: u64) -> Result<u32, String> {
    let mut bytes = [0; 4];
    file.read_exact_at(&mut bytes, at).map_err(text)?;
    Ok(u32::from_le_bytes(bytes))
}

/// Asks a process to look at its heap, waits until that is done, and gives the milliseconds that it
/// stood still.
fn look(file: &File, pid: u32) -> Result<f64, String> {
    let (signal, done) = (word(file, SIGNAL)?, word(file, DONE)?);
    let requests = word(file, REQUESTS)? + 1;
    file.write_all_at(&requests.to_le_bytes(), REQUESTS)
        .map_err(text)?;
    checked(Command::new("kill").args([format!("-{signal}"), pid.to_string()]))?;
    let start = Instant::now();
    while word(file, DONE)? == done {
        if start.elapsed() > PATIENCE {
            return Err(format!("process {pid} does not look at its heap"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, PAUSE_NS).map_err(text)?;
    Ok(u64::from_le_bytes(bytes) as f64 / 1e6)
}
