//! A constructed program that looks like a real one: a server of map tiles.
//!
//! It has phases (start, load, serve, stop), caches that grow, buffers of a request, a pool that
//! keeps what it has, a small leak, libraries below its own code, and two worker processes.

use crate::recorded::Record;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use tenure_model::profile::sample::{Block, Recorder, sites_of};
use tenure_model::profile::{SourceFrame, Symbols};
use tenure_trace::profile::Frame;

const MS: u64 = 1_000_000;
/// How long the server runs.
const RUN_NS: u64 = 2_400 * MS;

const MODULES: [&str; 6] = [
    "/opt/tiles/bin/tiled",
    "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6",
    "/usr/lib/x86_64-linux-gnu/libpng16.so.16.43.0",
    "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.33",
    "/usr/lib/x86_64-linux-gnu/libc.so.6",
    "/opt/tiles/lib/libshapes.so.2",
];

/// Its functions: key, index of the module, name, source file, line (0 where it is not known).
const FUNCTIONS: &str = include_str!("workload/functions.txt");
/// Its sites: stack by keys from the outermost frame, blocks, least and largest size, life, and in
/// which part of the run. `REQ` stands for [`REQUEST`].
const SITES: &str = include_str!("workload/sites.txt");
/// The frames that every request has in common.
const REQUEST: &str = "start main serve worker";

/// The rows of a table: without its first line, each cut at the bars.
fn rows<const COLUMNS: usize>(table: &str) -> Vec<[&str; COLUMNS]> {
    let rows = table.lines().skip(1).map(|line| {
        let cells: Vec<_> = line.split(" | ").collect();
        cells.try_into().unwrap_or_else(|cells| panic!("{cells:?}"))
    });
    rows.collect()
}

/// Two numbers with a blank between them.
fn pair(text: &str) -> (u64, u64) {
    let (first, second) = text.split_once(' ').expect("two numbers");
    let number = |text: &str| text.parse().expect("a number");
    (number(first), number(second))
}

/// How long blocks of a site live.
#[derive(Clone, Copy)]
enum Life {
    /// Between these, evenly on a logarithmic scale.
    Ns(u64, u64),
    /// Until the server stops; then they are freed.
    Run,
    /// They are never freed.
    Kept,
}

impl Life {
    fn of(text: &str) -> Self {
        match text {
            "run" => Self::Run,
            "kept" => Self::Kept,
            span => {
                let (low, high) = pair(span);
                Self::Ns(low * 1_000, high * 1_000)
            }
        }
    }
}

/// A generator of numbers that are the same in each run.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Between these, evenly on a logarithmic scale.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        let (low, high) = (low as f64, high.max(low) as f64);
        (low * (high / low).powf(self.unit())).round() as u64
    }
}

/// The site of a stack, given by keys from the outermost frame.
fn site(recorder: &mut Recorder, stack: &str) -> u32 {
    let stack = stack.replace("REQ", REQUEST);
    let frames: Vec<_> = stack.split(' ').map(frame).collect();
    recorder.site(&frames)
}

fn frame(key: &str) -> Frame {
    if let Some(address) = key.strip_prefix("0x") {
        return Frame::new(0, u64::from_str_radix(address, 16).expect("an address"));
    }
    if key == "?" {
        return Frame::TRUNCATED;
    }
    let functions = rows::<5>(FUNCTIONS);
    let at = functions.iter().position(|function| function[0] == key);
    let at = at.unwrap_or_else(|| panic!("no function {key}"));
    let module: u16 = functions[at][1].parse().expect("a number");
    Frame::new(module + 1, offset(at))
}

fn offset(function: usize) -> u64 {
    0x1000 + function as u64 * 0x140
}

/// Plays the server; `share` of 1,000 of its work falls to this process.
fn play(mut recorder: Recorder, share: u32, seed: u64) -> Recorder {
    for (at, path) in MODULES.iter().enumerate() {
        recorder.load(path, &[at as u8 + 1; 20]);
    }
    let mut random = Random(seed);
    let mut events = Vec::new();
    for [stack, blocks, sizes, life, part] in rows(SITES) {
        let blocks: u32 = blocks.parse().expect("a number");
        let ((least, largest), (from, to)) = (pair(sizes), pair(part));
        let life = Life::of(life);
        let site = site(&mut recorder, stack);
        for _ in 0..(blocks * share).div_ceil(1_000) {
            let at =
                RUN_NS / 100 * from + (random.unit() * (RUN_NS / 100 * (to - from)) as f64) as u64;
            // Load goes up and down.
            let wave = ((at as f64 / (RUN_NS as f64 / 5.0)).sin() * 0.5 + 0.5) * 0.8 + 0.2;
            if stack.starts_with("REQ") && random.unit() > wave {
                continue;
            }
            let bytes = random.between(least, largest);
            let ends = match life {
                Life::Ns(low, high) => Some(at + random.between(low, high)),
                Life::Run => Some(RUN_NS - 20 * MS + random.between(1, MS)),
                Life::Kept => None,
            };
            events.push((at, site, bytes, ends));
        }
    }
    events.sort_unstable();
    let mut ends: BTreeMap<Reverse<u64>, Vec<Block>> = BTreeMap::new();
    let free =
        |recorder: &mut Recorder, until: u64, ends: &mut BTreeMap<Reverse<u64>, Vec<Block>>| {
            while let Some(last) = ends.last_entry().filter(|last| last.key().0 <= until) {
                let (Reverse(at), blocks) = last.remove_entry();
                recorder.now_ns = at;
                blocks.into_iter().for_each(|block| recorder.free(block));
            }
        };
    for (number, (at, site, bytes, end)) in events.into_iter().enumerate() {
        free(&mut recorder, at, &mut ends);
        recorder.now_ns = at;
        recorder.shard = 1 + (number % 4) as u32;
        let block = recorder.allocate(site, bytes);
        if let Some(end) = end {
            ends.entry(Reverse(end)).or_default().push(block);
        }
    }
    // A part of the cache is not cleared before the end.
    free(&mut recorder, RUN_NS, &mut ends);
    recorder.now_ns = RUN_NS;
    recorder.header.threads_started = 5;
    recorder.header.threads_peak = 4;
    recorder
}

/// The names of its functions.
fn symbols(recorder: &Recorder) -> Symbols {
    let sites = sites_of(&[recorder.files(true)]).expect("readable files");
    let mut symbols = Symbols::new();
    for (at, [_, module, function, file, line]) in rows(FUNCTIONS).into_iter().enumerate() {
        let module: usize = module.parse().expect("a number");
        let line: u32 = line.parse().expect("a number");
        let known = sites
            .modules
            .iter()
            .find(|known| known.path == MODULES[module]);
        let name = |function: &str, line: u32, inlined| SourceFrame {
            function: function.to_owned(),
            file: Some(file.to_owned()).filter(|file| !file.is_empty()),
            line: Some(line).filter(|&line| line > 0),
            inlined,
            ..SourceFrame::default()
        };
        let mut names = vec![name(function, line, false)];
        if function == "render::Labels::place(Label const&)" {
            names.insert(0, name("render::Box::of(Label const&)", 21, true));
        }
        if let Some(known) = known {
            symbols.module_mut(known).frames.insert(offset(at), names);
        }
    }
    symbols
}

/// The server, every allocation recorded; one process.
pub(crate) fn server() -> Record {
    let recorder = play(Recorder::every(20_417, MODULES[0]), 1_000, 7);
    let names = symbols(&recorder);
    Record::new(
        "tenure.tiled.20417.tnr",
        &COMMAND,
        &[recorder.files(true)],
        names,
    )
}

const COMMAND: [&str; 5] = [
    "./bin/tiled",
    "--archive",
    "europe.mbtiles",
    "--listen",
    "127.0.0.1:8080",
];

/// The server and two workers, sampled; the heap counted everything, as it does in every mode.
pub(crate) fn sampled() -> Record {
    let run = |of: fn(u32, u64) -> Recorder| -> Vec<_> {
        let processes = [(20_417, 500, 7), (20_420, 350, 11), (20_421, 200, 13)];
        let play = |(pid, share, seed)| {
            let mut recorder = of(pid, seed);
            recorder.header.start_mono_ns += u64::from(pid - 20_417) * 40 * MS;
            play(recorder, share, seed)
        };
        processes.into_iter().map(play).collect()
    };
    let samples = run(|pid, seed| Recorder::sample(pid, MODULES[0], 128 << 10, seed));
    let all = run(|pid, _| Recorder::every(pid, MODULES[0]));
    let files = |recorders: &[Recorder]| -> Vec<_> {
        recorders
            .iter()
            .map(|recorder| recorder.files(true))
            .collect()
    };
    let record = |recorders: &[Recorder]| {
        let names = symbols(&recorders[0]);
        Record::new("tenure.tiled.20417.tnr", &COMMAND, &files(recorders), names)
    };
    Record {
        profile: record(&all).profile,
        ..record(&samples)
    }
}
