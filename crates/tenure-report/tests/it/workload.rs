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

/// Key, module, function, file, line.
const FUNCTIONS: [(&str, usize, &str, &str, u32); 42] = [
    ("start", 4, "__libc_start_main", "", 0),
    ("thread", 4, "start_thread", "nptl/pthread_create.c", 447),
    ("strdup", 4, "strdup", "", 0),
    ("new", 3, "operator new(unsigned long)", "", 0),
    (
        "string",
        3,
        "std::__cxx11::basic_string<char>::_M_create(unsigned long&, unsigned long)",
        "",
        0,
    ),
    (
        "grow",
        0,
        "void std::vector<Vertex>::_M_realloc_insert<Vertex const&>(Vertex const&)",
        "/usr/include/c++/14/bits/vector.tcc",
        507,
    ),
    ("main", 0, "main", "src/main.cpp", 61),
    (
        "config",
        0,
        "Config::load(std::filesystem::path const&)",
        "src/config.cpp",
        33,
    ),
    (
        "value",
        0,
        "Config::value(std::string_view)",
        "src/config.cpp",
        71,
    ),
    (
        "fonts",
        0,
        "text::FontBook::load_all()",
        "src/text/fonts.cpp",
        118,
    ),
    (
        "glyph",
        0,
        "text::FontBook::rasterize(char32_t)",
        "src/text/fonts.cpp",
        190,
    ),
    (
        "open",
        0,
        "store::Archive::open(std::string const&)",
        "src/store/archive.cpp",
        54,
    ),
    (
        "index",
        0,
        "store::Archive::read_index()",
        "src/store/archive.cpp",
        102,
    ),
    ("sqlopen", 1, "openDatabase", "sqlite3.c", 182901),
    ("sqlmem", 1, "sqlite3MemMalloc", "sqlite3.c", 26718),
    ("sqlstep", 1, "sqlite3Step", "sqlite3.c", 90801),
    ("sqlpage", 1, "pcache1Alloc", "sqlite3.c", 55810),
    ("serve", 0, "Server::serve(int)", "src/server.cpp", 88),
    ("worker", 0, "Server::work()", "src/server.cpp", 131),
    (
        "request",
        0,
        "http::Request::parse(std::span<char const>)",
        "src/http/request.cpp",
        40,
    ),
    (
        "header",
        0,
        "http::Headers::insert(std::string_view, std::string_view)",
        "src/http/headers.cpp",
        27,
    ),
    (
        "answer",
        0,
        "http::Response::write(Connection&)",
        "src/http/response.cpp",
        66,
    ),
    (
        "tile",
        0,
        "render::Tile::render(TileId)",
        "src/render/tile.cpp",
        75,
    ),
    (
        "fetch",
        0,
        "store::Archive::fetch(TileId)",
        "src/store/archive.cpp",
        160,
    ),
    (
        "inflate",
        0,
        "store::inflate(std::span<std::byte const>)",
        "src/store/inflate.cpp",
        22,
    ),
    (
        "decode",
        0,
        "vector::decode(std::span<std::byte const>)",
        "src/vector/decode.cpp",
        48,
    ),
    (
        "geometry",
        0,
        "vector::Geometry::append(Command)",
        "src/vector/geometry.cpp",
        93,
    ),
    (
        "shape",
        5,
        "shapes::tessellate(Polygon const&)",
        "shapes/tessellate.cc",
        211,
    ),
    (
        "edge",
        5,
        "shapes::EdgeList::insert(Edge)",
        "shapes/edge_list.cc",
        58,
    ),
    (
        "roads",
        0,
        "render::Roads::draw(Canvas&)",
        "src/render/roads.cpp",
        52,
    ),
    (
        "buildings",
        0,
        "render::Buildings::draw(Canvas&)",
        "src/render/buildings.cpp",
        47,
    ),
    (
        "water",
        0,
        "render::Water::draw(Canvas&)",
        "src/render/water.cpp",
        39,
    ),
    (
        "labels",
        0,
        "render::Labels::draw(Canvas&)",
        "src/render/labels.cpp",
        88,
    ),
    (
        "place",
        0,
        "render::Labels::place(Label const&)",
        "src/render/labels.cpp",
        140,
    ),
    (
        "canvas",
        0,
        "render::Canvas::Canvas(Size)",
        "src/render/canvas.cpp",
        19,
    ),
    (
        "png",
        0,
        "image::encode_png(Canvas const&)",
        "src/image/png.cpp",
        31,
    ),
    ("pngrow", 2, "png_write_row", "pngwrite.c", 720),
    ("pngmem", 2, "png_malloc_base", "pngmem.c", 95),
    (
        "cache",
        0,
        "cache::TileCache::insert(TileId, std::shared_ptr<Image>)",
        "src/cache/tile_cache.cpp",
        84,
    ),
    (
        "node",
        0,
        "cache::Lru::push_front(TileId)",
        "src/cache/lru.cpp",
        26,
    ),
    (
        "metrics",
        0,
        "metrics::Registry::counter(std::string)",
        "src/metrics/registry.cpp",
        57,
    ),
    (
        "log",
        0,
        "log::Line::append(std::string_view)",
        "src/log/line.cpp",
        44,
    ),
];

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

/// Stack from the outermost frame, blocks, least and largest size, life, from and to which part of
/// the run in percent.
type Spec = (&'static str, u32, (u64, u64), Life, (u64, u64));

const REQUEST: &str = "start main serve worker";
const SERVING: (u64, u64) = (18, 96);

const SPECS: [Spec; 38] = [
    (
        "start main config strdup",
        140,
        (12, 90),
        Life::Kept,
        (0, 1),
    ),
    (
        "start main config value string new",
        260,
        (24, 200),
        Life::Run,
        (0, 2),
    ),
    (
        "start main fonts new",
        14,
        (180_000, 900_000),
        Life::Run,
        (2, 9),
    ),
    (
        "start main fonts glyph new",
        1_900,
        (400, 4_200),
        Life::Run,
        (3, 12),
    ),
    (
        "start main open sqlopen sqlmem",
        30,
        (900, 70_000),
        Life::Run,
        (9, 11),
    ),
    (
        "start main open index new",
        5,
        (1_500_000, 4_200_000),
        Life::Run,
        (10, 15),
    ),
    (
        "start main open index sqlstep sqlpage",
        600,
        (4_096, 4_400),
        Life::Run,
        (10, 17),
    ),
    (
        "start main metrics string new",
        300,
        (30, 120),
        Life::Kept,
        (15, 90),
    ),
    (
        "start main serve new",
        8,
        (65_536, 65_536),
        Life::Run,
        (16, 18),
    ),
    (
        "REQ request new",
        2_600,
        (700, 9_000),
        Life::Ns(MS, 12 * MS),
        SERVING,
    ),
    (
        "REQ request header string new",
        9_000,
        (18, 300),
        Life::Ns(MS, 14 * MS),
        SERVING,
    ),
    (
        "REQ log string new",
        5_200,
        (60, 420),
        Life::Ns(30_000, 200_000),
        SERVING,
    ),
    (
        "REQ tile fetch sqlstep sqlpage",
        1_400,
        (4_096, 4_400),
        Life::Ns(20 * MS, 900 * MS),
        SERVING,
    ),
    (
        "REQ tile fetch inflate new",
        1_500,
        (20_000, 260_000),
        Life::Ns(400_000, 6 * MS),
        SERVING,
    ),
    (
        "REQ tile decode new",
        3_000,
        (500, 22_000),
        Life::Ns(MS, 9 * MS),
        SERVING,
    ),
    (
        "REQ tile decode geometry grow new",
        12_000,
        (64, 16_384),
        Life::Ns(80_000, 5 * MS),
        SERVING,
    ),
    (
        "REQ tile decode string new",
        6_000,
        (20, 90),
        Life::Ns(MS, 9 * MS),
        SERVING,
    ),
    (
        "REQ tile canvas new",
        1_300,
        (262_144, 262_144),
        Life::Ns(4 * MS, 22 * MS),
        SERVING,
    ),
    (
        "REQ tile roads shape grow new",
        5_400,
        (128, 65_536),
        Life::Ns(60_000, 2 * MS),
        SERVING,
    ),
    (
        "REQ tile roads shape edge new",
        9_500,
        (48, 96),
        Life::Ns(60_000, 2 * MS),
        SERVING,
    ),
    (
        "REQ tile roads new",
        1_300,
        (2_000, 7_000),
        Life::Ns(2 * MS, 9 * MS),
        SERVING,
    ),
    (
        "REQ tile buildings shape grow new",
        7_800,
        (128, 131_072),
        Life::Ns(60_000, 2 * MS),
        SERVING,
    ),
    (
        "REQ tile buildings shape edge new",
        12_500,
        (48, 96),
        Life::Ns(60_000, 2 * MS),
        SERVING,
    ),
    (
        "REQ tile buildings grow new",
        2_100,
        (256, 9_000),
        Life::Ns(2 * MS, 9 * MS),
        SERVING,
    ),
    (
        "REQ tile water shape grow new",
        2_400,
        (1_000, 262_144),
        Life::Ns(60_000, 2 * MS),
        SERVING,
    ),
    (
        "REQ tile water shape edge new",
        3_200,
        (48, 96),
        Life::Ns(60_000, 2 * MS),
        SERVING,
    ),
    (
        "REQ tile labels place string new",
        6_800,
        (20, 160),
        Life::Ns(MS, 7 * MS),
        SERVING,
    ),
    (
        "REQ tile labels place grow new",
        3_300,
        (200, 5_000),
        Life::Ns(MS, 7 * MS),
        SERVING,
    ),
    (
        "REQ tile labels glyph new",
        900,
        (400, 4_200),
        Life::Run,
        SERVING,
    ),
    (
        "REQ tile png pngrow pngmem",
        2_600,
        (8_192, 33_000),
        Life::Ns(2 * MS, 8 * MS),
        SERVING,
    ),
    (
        "REQ tile png grow new",
        1_300,
        (16_000, 131_072),
        Life::Ns(3 * MS, 16 * MS),
        SERVING,
    ),
    (
        "REQ cache new",
        1_150,
        (12_000, 52_000),
        Life::Ns(500 * MS, 1_900 * MS),
        SERVING,
    ),
    (
        "REQ cache node new",
        1_250,
        (48, 48),
        Life::Ns(500 * MS, 1_900 * MS),
        SERVING,
    ),
    ("REQ cache string new", 460, (40, 70), Life::Kept, SERVING),
    (
        "REQ answer new",
        1_300,
        (16_000, 66_000),
        Life::Ns(MS, 5 * MS),
        SERVING,
    ),
    (
        "REQ answer header string new",
        5_200,
        (18, 200),
        Life::Ns(MS, 5 * MS),
        SERVING,
    ),
    ("REQ 0x7f31c0de0040", 60, (128, 2_048), Life::Kept, SERVING),
    (
        "? pngrow pngmem",
        40,
        (8_192, 33_000),
        Life::Ns(2 * MS, 8 * MS),
        SERVING,
    ),
];

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
    let at = FUNCTIONS.iter().position(|function| function.0 == key);
    let at = at.unwrap_or_else(|| panic!("no function {key}"));
    Frame::new(FUNCTIONS[at].1 as u16 + 1, offset(at))
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
    for (stack, blocks, (least, largest), life, (from, to)) in SPECS {
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
    for (at, (_, module, function, file, line)) in FUNCTIONS.iter().enumerate() {
        let known = sites
            .modules
            .iter()
            .find(|known| known.path == MODULES[*module]);
        let name = |function: &str, line: u32, inlined| SourceFrame {
            function: function.to_owned(),
            file: Some((*file).to_owned()).filter(|file| !file.is_empty()),
            line: Some(line).filter(|&line| line > 0),
            inlined,
        };
        let mut names = vec![name(function, *line, false)];
        if *function == "render::Labels::place(Label const&)" {
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
