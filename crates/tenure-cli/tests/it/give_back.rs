//! Memory comes back to the system: unasked while the program sleeps, at once when asked from any
//! thread, and so that the record shows it. Bounds are generous; `cargo xtask bench return` has
//! the figures.

use crate::command::{PATIENCE, tenure};
use crate::process::{Running, Scratch, run};
use crate::sources::benchmark;
use crate::way::{Way, library};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tenure_trace::profile::{Point, Timeline};

const MEGA: f64 = 1e6;

/// A program of `bench/return` that stops where it is measured.
struct Stopping {
    running: Running,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Stopping {
    fn start(command: &mut Command) -> Self {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = Running::start(piped);
        let (input, output) = running.pipes();
        let output = BufReader::new(output);
        Self {
            running,
            input,
            output,
        }
    }

    /// On our malloc, without anything else.
    fn preloaded(program: &str, arguments: &[&str]) -> Self {
        let scratch = Scratch::new();
        let mut command = Way::Preloaded.command(benchmark(program), &scratch);
        Self::start(command.args(arguments))
    }

    /// Waits for the stop of this name; gives the number beside it.
    fn stop(&mut self, name: &str) -> f64 {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let number = line.strip_prefix(name).map(|rest| rest.trim().parse());
        match number {
            Some(Ok(number)) => number,
            _ => panic!("{line:?} where a stop at {name} was expected"),
        }
    }

    fn go_on(&mut self) {
        self.input.write_all(b"\n").unwrap();
    }

    /// Bytes that are resident, counted page by page.
    fn resident(&self) -> f64 {
        let path = format!("/proc/{}/smaps_rollup", self.running.id());
        let text = fs::read_to_string(path).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("Rss:"));
        let kib = line.and_then(|line| line.trim().strip_suffix("kB"));
        kib.unwrap().trim().parse::<f64>().unwrap() * 1024.0
    }

    /// Waits until so few bytes are resident; gives what is when that, or the time, has come.
    fn resident_below(&self, bytes: f64, seconds: u64) -> f64 {
        let begun = Instant::now();
        loop {
            let now = self.resident();
            if now <= bytes || begun.elapsed() > Duration::from_secs(seconds) {
                return now;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

#[test]
fn after_a_burst_memory_comes_back_unasked_although_blocks_are_left_all_over() {
    let mut program = Stopping::preloaded("burst", &[]);
    program.stop("start");
    program.go_on();
    program.stop("peak");
    let peak = program.resident();
    program.go_on();
    let pinned = program.stop("freed");
    assert!(peak > 281.6 * MEGA, "the burst is that large: {peak}");
    assert!(
        pinned > 50.0 * MEGA,
        "the kept blocks are scattered: {pinned}"
    );
    let aim = peak * 0.26;
    let now = program.resident_below(aim, 10);
    assert!(
        now <= aim,
        "{now} of {peak} bytes are still resident after 10 s"
    );
    program.go_on();
    program.stop("empty");
    let now = program.resident_below(20.0 * MEGA, 10);
    assert!(
        now <= 20.0 * MEGA,
        "{now} bytes are resident after all was freed"
    );
}

#[test]
fn without_a_free_nothing_comes_back() {
    let mut program = Stopping::preloaded("burst", &[]);
    program.stop("start");
    program.go_on();
    program.stop("peak");
    let peak = program.resident();
    let now = program.resident_below(peak * 0.9, 3);
    assert!(
        now > peak * 0.99,
        "{now} of {peak} bytes, and all blocks are in use"
    );
}

/// The share of the OS pages without a block that a call of `malloc_trim` gives back, from a thread
/// that owns none of the blocks.
fn trimmed(threads: &str) -> f64 {
    let mut program = Stopping::preloaded("trim", &[threads]);
    program.stop("start");
    let base = program.resident();
    program.go_on();
    let pinned = program.stop("freed");
    let before = program.resident();
    program.go_on();
    program.stop("trimmed");
    let after = program.resident();
    // What came back unasked before counts too: the machine may have been slow.
    let peak = base + 281.6 * MEGA;
    let free = peak.max(before) - base - pinned;
    (peak.max(before) - after) / free
}

#[test]
fn a_trim_from_another_thread_reaches_what_the_main_thread_has_freed() {
    let share = trimmed("1");
    assert!(share >= 0.9, "{share}");
}

#[test]
fn a_trim_reaches_what_four_sleeping_threads_have_freed() {
    let share = trimmed("4");
    assert!(share >= 0.9, "{share}");
}

#[test]
fn blocks_of_all_sizes_come_back_after_nine_in_ten_are_freed() {
    let mut program = Stopping::preloaded("decay", &[]);
    program.stop("full");
    let full = program.resident();
    program.go_on();
    program.stop("tenth");
    let now = program.resident_below(full * 0.5, 10);
    assert!(now <= full * 0.5, "{now} of {full} bytes with a tenth left");
    program.go_on();
    program.stop("empty");
    let now = program.resident_below(60.0 * MEGA, 10);
    assert!(now <= 60.0 * MEGA, "{now} bytes after all was freed");
}

/// The intervals of a record in which something was told.
fn told(folder: &Path) -> Vec<Point> {
    let files = fs::read_dir(folder).unwrap();
    let mut paths = files.map(|file| file.unwrap().path());
    let timeline = paths.find(|path| path.extension().is_some_and(|end| end == "timeline"));
    let bytes = fs::read(timeline.expect("a timeline")).unwrap();
    let points = Timeline::parse(&bytes).unwrap().points();
    points.filter(|point| !point.is_untold()).collect()
}

#[test]
fn the_record_shows_held_bytes_over_time_and_their_fall_when_asked() {
    for words in ["every", "sample"] {
        let scratch = Scratch::new();
        let mut command = Command::new(benchmark("trim"));
        crate::way::record_into(&mut command, scratch.path(), words);
        let mut program = Stopping::start(command.arg("1"));
        for stop in ["start", "freed", "trimmed"] {
            program.stop(stop);
            // The fall is in an interval of its own.
            std::thread::sleep(Duration::from_millis(300));
            program.go_on();
        }
        program.running.wait(Duration::from_secs(PATIENCE)).unwrap();
        let points = told(scratch.path());
        let most = points
            .iter()
            .map(|point| point.max_held_bytes)
            .max()
            .unwrap();
        assert!(most as f64 > 270.0 * MEGA, "{words}: {most}");
        let last = points.last().unwrap();
        assert!(
            last.last_held_bytes as f64 <= 0.4 * most as f64,
            "{words}: {last:?}, {most}"
        );
        let odd = points
            .iter()
            .find(|point| point.max_held_bytes < point.last_held_bytes);
        assert_eq!(odd, None, "{words}");
    }
}

/// Runs the burst, which sleeps so long after each stop, to its end and records it.
fn recorded_burst(scratch: &Scratch, flag: &str) {
    let mut command = tenure(scratch);
    command.args(["run", flag, "-o", "burst.tnr", "--"]);
    let mut program = Stopping::start(command.arg(benchmark("burst")));
    for (stop, seconds) in [("start", 0), ("peak", 0), ("freed", 4), ("empty", 2)] {
        program.stop(stop);
        std::thread::sleep(Duration::from_secs(seconds));
        program.go_on();
    }
    let ended = program.running.wait(Duration::from_secs(PATIENCE));
    assert!(ended.expect("the end of the burst").success());
}

#[test]
fn a_report_draws_the_fall_of_a_program_that_sleeps() {
    let scratch = Scratch::new();
    recorded_burst(&scratch, "--every");
    let ended = run(
        tenure(&scratch).args(["stats", "--json", "burst.tnr"]),
        PATIENCE,
    );
    ended.expect_success("stats");
    let stats: Value = serde_json::from_str(&ended.stdout).unwrap();
    let number = |name: &str| stats["processes"][0][name].as_f64().unwrap();
    let (most, last) = (number("peak_held_bytes"), number("held_bytes_at_exit"));
    assert!(
        most > 270.0 * MEGA && last < 0.2 * most,
        "{last} of {most} held at exit"
    );
    let ended = run(tenure(&scratch).args(["report", "burst.tnr"]), PATIENCE);
    ended.expect_success("report");
    let page = fs::read_to_string(scratch.join("burst.html")).unwrap();
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    let data: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
    let curve = &data["views"][0]["curves"][0];
    let row = |name: &str| -> Vec<f64> {
        let row = curve[name].as_array().unwrap();
        row.iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let (most, held, live) = (row("held_max"), row("held_last"), row("last"));
    let width_ns = curve["width_ns"].as_f64().unwrap();
    let peak = most.iter().copied().fold(0.0, f64::max);
    // While a twentieth is left, which is long before the end, held has fallen too.
    let both = held.iter().zip(&live);
    let fallen = both.filter(|&(held, live)| *held < 0.4 * peak && *live > 10.0 * MEGA);
    let fallen_ns = fallen.count() as f64 * width_ns;
    assert!(
        fallen_ns > 5e8,
        "below two fifths of {peak} for {fallen_ns} ns"
    );
}

#[test]
fn the_library_that_is_tested_is_ours() {
    let scratch = Scratch::new();
    let mut program = Stopping::start(&mut Way::Preloaded.command(benchmark("start"), &scratch));
    program.stop("started");
    let maps = fs::read_to_string(format!("/proc/{}/maps", program.running.id())).unwrap();
    assert!(maps.contains(&library().display().to_string()), "{maps}");
}
