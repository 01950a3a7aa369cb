//! Recorded programs for tests: of this crate, and with the feature `sample` of others.
//!
//! [`shop`] is a small server with everything that a record can hold; [`shop_sampled`] the same
//! events seen by the sampler. Their figures are listed at [`shop`].

mod recorder;

pub use recorder::{Block, Files, Recorder};

use super::{ProcessSites, Sites, SitesBuilder, SourceFrame, Symbols};
use tenure_trace::profile::{Frame, ProfileError};
use tenure_trace::state::{StateView, header};

/// Build-id of the program of [`shop`].
pub const SHOP_BUILD_ID: [u8; 20] = [0xa5; 20];
/// Build-id of the C library of [`shop`].
pub const LIBC_BUILD_ID: [u8; 20] = [0x1c; 20];

/// One millisecond in nanoseconds.
const MS: u64 = 1_000_000;

/// The sites that these files make together.
///
/// # Errors
///
/// [`ProfileError`] where one of the array files cannot be read. A state file that cannot be
/// read is passed over.
pub fn sites_of(files: &[Files]) -> Result<Sites, ProfileError> {
    let mut builder = SitesBuilder::new(None);
    for file in files {
        builder.add(process_of(file)?);
    }
    Ok(builder.finish())
}

/// The process that `files` are of.
///
/// # Errors
///
/// [`ProfileError`] where a file cannot be read.
pub fn process_of(files: &Files) -> Result<ProcessSites, ProfileError> {
    let mut process = match StateView::parse(&files.state) {
        Ok(state) => ProcessSites::of_state(&state),
        Err(_) => ProcessSites::without_state(0, files.seq),
    };
    process.set_seq(files.seq);
    process.set_nodes(files.nodes.clone())?;
    process.set_sites(&files.sites)?;
    process.set_modules(files.modules.clone())?;
    process.set_timeline(&files.timeline)?;
    Ok(process)
}

/// The sites of [`shop`].
pub fn sites() -> Sites {
    sites_of(&shop()).unwrap_or_default()
}

/// The sites of [`shop_sampled`].
pub fn sampled_sites() -> Sites {
    sites_of(&shop_sampled(16 << 10, 7)).unwrap_or_default()
}

/// A server and a child that it forked, every event recorded.
///
/// | site (innermost own frame) | allocations | bytes each | freed | lives |
/// |---|---|---|---|---|
/// | `Cache::insert` cache.cpp:42, `operator new` | 1,000 | 256 | 400 | 20 to 60 ms |
/// | `parse_request` request.c:17 | 5,000 | 64 to 1,024 | all, by thread 2 | 2 ms |
/// | `Pool::grow` in `Pool::take` pool.cpp:9, :30 | 3 | 1 MiB | none | |
/// | `load_config` config.c:5, `strdup` | 20 | 48 | none | |
/// | `shop+0x9999` (no symbols) | 10 | 4,000 | all | no time |
/// | `json::JsonNode::new` (Rust) | 200 | 24 | 100 | 100 to 150 ms |
/// | code of a just-in-time compiler, 0x7f0000001000 | 5 | 512 | none | |
/// | an interpreted function | 7 | 100 | none | |
/// | `parse_request`, a truncated stack | 4 | 32 | all | 1 ms |
/// | no stack | 2 | 80 | none | |
/// | `Cache::insert`, in the child | 50 | 256 | 10 | 1 ms |
pub fn shop() -> Vec<Files> {
    let parent = play(Recorder::every(4711, "/usr/bin/shop"));
    let child = play_child(Recorder::every(4712, "/usr/bin/shop"));
    vec![parent.files(true), child.files(true)]
}

/// The same events, sampled every `rate_bytes` on average; `seed` decides which.
pub fn shop_sampled(rate_bytes: u64, seed: u64) -> Vec<Files> {
    let parent = play(Recorder::sample(4711, "/usr/bin/shop", rate_bytes, seed));
    let other = seed.wrapping_add(1 << 40);
    let child = play_child(Recorder::sample(4712, "/usr/bin/shop", rate_bytes, other));
    vec![parent.files(true), child.files(true)]
}

/// The names of [`shop`]'s functions.
pub fn symbols() -> Symbols {
    let mut symbols = Symbols::new();
    let sites = sites();
    for (module, offset, functions) in NAMES {
        let known = sites.modules.iter().find(|known| known.name() == module);
        let names = functions.iter().map(|&(function, file, line)| SourceFrame {
            function: function.to_owned(),
            file: Some(file.to_owned()).filter(|file| !file.is_empty()),
            line: Some(line).filter(|&line| line > 0),
            ..SourceFrame::default()
        });
        let mut names: Vec<_> = names.collect();
        let inner = names.len() - 1;
        names[..inner]
            .iter_mut()
            .for_each(|name| name.inlined = true);
        if let Some(known) = known {
            symbols.module_mut(known).frames.insert(offset, names);
        }
    }
    symbols
}

/// Function, file and line; no file and line 0 where they are not known.
type Named = (&'static str, &'static str, u32);

/// For each frame with a name: its module and offset, and the functions there, innermost first.
const NAMES: [(&str, u64, &[Named]); 10] = [
    ("shop", MAIN, &[("main", "/src/shop/main.cpp", 88)]),
    (
        "shop",
        SERVE,
        &[("serve(Socket&)", "/src/shop/server.cpp", 120)],
    ),
    (
        "shop",
        INSERT,
        &[(
            "Cache::insert(Key const&, Value)",
            "/src/shop/cache.cpp",
            42,
        )],
    ),
    (
        "shop",
        PARSE,
        &[("parse_request", "/src/shop/request.c", 17)],
    ),
    (
        "shop",
        GROW,
        &[
            ("Pool::grow()", "/src/shop/pool.cpp", 9),
            ("Pool::take(unsigned long)", "/src/shop/pool.cpp", 30),
        ],
    ),
    ("shop", CONFIG, &[("load_config", "/src/shop/config.c", 5)]),
    (
        "shop",
        JSON,
        &[
            (
                "alloc::alloc::exchange_malloc",
                "/rustc/alloc/src/alloc.rs",
                350,
            ),
            ("json::JsonNode::new", "/src/json/src/node.rs", 61),
        ],
    ),
    (
        "libstdc++.so.6.0.30",
        NEW,
        &[("operator new(unsigned long)", "", 0)],
    ),
    ("libc.so.6", START, &[("__libc_start_main", "", 0)]),
    ("libc.so.6", STRDUP, &[("strdup", "", 0)]),
];

const MAIN: u64 = 0x1100;
const SERVE: u64 = 0x1200;
const INSERT: u64 = 0x1300;
const PARSE: u64 = 0x1400;
const GROW: u64 = 0x1500;
const CONFIG: u64 = 0x1600;
const JSON: u64 = 0x1700;
const NEW: u64 = 0xae10;
const START: u64 = 0x2_7305;
const STRDUP: u64 = 0x9_0000;

/// The modules of the program, and the stack that all of its own sites have in common.
struct Loaded {
    app: u16,
    cxx: u16,
    libc: u16,
}

impl Loaded {
    fn into(recorder: &mut Recorder) -> Self {
        Self {
            app: recorder.load("/usr/bin/shop", &SHOP_BUILD_ID),
            cxx: recorder.load("/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30", &[0xc9; 20]),
            libc: recorder.load("/usr/lib/x86_64-linux-gnu/libc.so.6", &LIBC_BUILD_ID),
        }
    }

    /// The stack of `main`, then `frames`.
    fn stack(&self, frames: &[Frame]) -> Vec<Frame> {
        let outer = [Frame::new(self.libc, START), Frame::new(self.app, MAIN)];
        [&outer, frames].concat()
    }
}

fn play(mut recorder: Recorder) -> Recorder {
    let loaded = Loaded::into(&mut recorder);
    let at = |offset| Frame::new(loaded.app, offset);
    let new = Frame::new(loaded.cxx, NEW);
    let mut site = |frames: &[Frame]| recorder.site(&loaded.stack(frames));
    let cache = site(&[at(SERVE), at(INSERT), new]);
    let parse = site(&[at(SERVE), at(PARSE)]);
    let pool = site(&[at(SERVE), at(GROW), new]);
    let config = site(&[at(CONFIG), Frame::new(loaded.libc, STRDUP)]);
    let unnamed = site(&[at(SERVE), at(0x9999)]);
    let json = site(&[at(SERVE), at(JSON)]);
    let compiled = site(&[at(SERVE), Frame::new(0, 0x7f00_0000_1000)]);
    let script = site(&[at(SERVE), Frame::new(0xff00, 3)]);
    let truncated = recorder.site(&[Frame::TRUNCATED, at(PARSE)]);
    for _ in 0..20 {
        recorder.allocate(config, 48);
    }
    let _ = [recorder.allocate(0, 80), recorder.allocate(0, 80)];
    let mut cached = Vec::new();
    let mut nodes = Vec::new();
    for request in 0..1_000_u64 {
        recorder.now_ns = request * MS / 10;
        requests(&mut recorder, parse, request);
        cached.push(recorder.allocate(cache, 256));
        if request % 5 == 0 {
            nodes.push(recorder.allocate(json, 24));
        }
        if request >= 200 && request % 2 == 0 {
            let old = cached.remove(0);
            recorder.free(old);
        }
        if request % 100 == 0 {
            let block = recorder.allocate(unnamed, 4_000);
            recorder.free(block);
        }
        if [100, 400, 600].contains(&request) {
            recorder.allocate(pool, 1 << 20);
        }
    }
    few(&mut recorder, &[(compiled, 512, 5), (script, 100, 7)]);
    let short: Vec<_> = (0..4).map(|_| recorder.allocate(truncated, 32)).collect();
    recorder.now_ns = 101 * MS;
    short.into_iter().for_each(|block| recorder.free(block));
    recorder.now_ns = 150 * MS;
    nodes
        .into_iter()
        .take(100)
        .for_each(|block| recorder.free(block));
    recorder.now_ns = 200 * MS;
    recorder.record(parse).reallocs_moved += 40;
    recorder.record(parse).reallocs_in_place += 10;
    recorder.header.threads_started = 2;
    recorder.header.threads_peak = 2;
    recorder
}

/// Five blocks of a request: allocated by thread 1, freed 2 ms later by thread 2.
fn requests(recorder: &mut Recorder, site: u32, request: u64) {
    let sizes = [64, 64, 128, 512, 1_024];
    let blocks: Vec<_> = sizes.map(|bytes| recorder.allocate(site, bytes)).into();
    let now_ns = recorder.now_ns;
    recorder.shard = 2;
    recorder.now_ns = now_ns + 2 * MS + request;
    blocks.into_iter().for_each(|block| recorder.free(block));
    recorder.shard = 1;
    recorder.now_ns = now_ns;
}

fn few(recorder: &mut Recorder, sites: &[(u32, u64, u32)]) {
    for &(site, bytes, times) in sites {
        (0..times).for_each(|_| {
            recorder.allocate(site, bytes);
        });
    }
}

/// The child: it goes on with the cache of its parent's code, loaded in another order.
fn play_child(mut recorder: Recorder) -> Recorder {
    recorder.header.ppid = 4711;
    recorder.header.start_mono_ns += 120 * MS;
    recorder.header.flags = header::FLAG_FORKED;
    let cxx = recorder.load("/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30", &[0xc9; 20]);
    let libc = recorder.load("/usr/lib/x86_64-linux-gnu/libc.so.6", &LIBC_BUILD_ID);
    let app = recorder.load("/usr/bin/shop", &SHOP_BUILD_ID);
    let loaded = Loaded { app, cxx, libc };
    let at = |offset| Frame::new(app, offset);
    let stack = loaded.stack(&[at(SERVE), at(INSERT), Frame::new(cxx, NEW)]);
    let cache = recorder.site(&stack);
    let blocks: Vec<_> = (0..50).map(|_| recorder.allocate(cache, 256)).collect();
    recorder.now_ns = MS;
    blocks
        .into_iter()
        .take(10)
        .for_each(|block| recorder.free(block));
    recorder.now_ns = 30 * MS;
    recorder
}
