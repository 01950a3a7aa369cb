//! A heap of a few blocks, whose holders are known, with everything that it refers to.

use tenure_model::graph::{Heuristics, Recorded};
use tenure_model::profile::sample::{Recorder, process_of};
use tenure_model::profile::{
    Names, Profile, Sites, SitesBuilder, SourceFrame, SourceVariable, StackId, Symbols,
};
use tenure_report::holders::{Heap, Holders, Places, divide};
use tenure_report::leaks::{HeapOf, Leaks};
use tenure_report::report;
use tenure_trace::graph::{FLAG_COMPLETE, GraphHeader, GraphView, GroupKind, Writer};
use tenure_trace::profile::Frame;

pub(crate) const APP: &str = "/usr/bin/shop";
pub(crate) const BUILD_ID: [u8; 20] = [7; 20];
const BIAS: u64 = 0x10_0000;
/// What pointers stand in.
pub(crate) const WAY: tenure_trace::graph::Way = tenure_trace::graph::Way::Start;

/// Three sites: a table, its entries, and what is lost.
fn recorder() -> (Recorder, [u32; 3]) {
    let mut recorder = Recorder::every(5, APP);
    let app = recorder.load(APP, &BUILD_ID);
    let sites = [0x100, 0x200, 0x300].map(|at| {
        let frames = [Frame::new(app, 0x50), Frame::new(app, at)];
        recorder.site(&frames)
    });
    for site in sites {
        let _ = recorder.allocate(site, 100);
    }
    (recorder, sites)
}

/// The graph: the global `cache` holds a table with 100 entries, and so does a frame in part; one
/// block is lost, one held by a frame and by unnamed data.
fn file([table, entry, lost]: [u32; 3]) -> Vec<u8> {
    let mut buffer = vec![0; 1 << 16];
    let mut writer = Writer::new(&mut buffer);
    let module = (BIAS, APP.as_bytes(), &BUILD_ID[..]);
    writer.group(GroupKind::Module, BIAS..BIAS + 0x9000, 0, module, 0);
    writer.points(BIAS + 0x4010, 0, WAY);
    writer.points(BIAS + 0x4018, 1, WAY);
    writer.points(BIAS + 0x6000, 102, WAY);
    writer.end_points();
    let thread = (0, &b"shop"[..], &b""[..]);
    writer.group(GroupKind::Stack, 0xff_0000..0xff_1000, 42, thread, 2);
    writer.frame(0x80, BIAS + 0x111);
    writer.frame(0x100, BIAS + 0x222);
    writer.points(0xff_0010, 103, WAY);
    writer.points(0xff_0100, 104, WAY);
    writer.points(0xff_0200, 102, WAY);
    writer.end_points();
    writer.group(GroupKind::Registers, 0..0, 42, thread, 0);
    writer.points(8, 105, WAY);
    writer.end_points();
    writer.end_groups();
    writer.block(0x7f00_0000, 1000, table, 1);
    for number in 0..100 {
        writer.points(0x7f00_0000 + 8 * number, 1 + number, WAY);
    }
    writer.end_points();
    for number in 0..100 {
        writer.block(0x7f00_1000 + 32 * number, 30, entry, 1);
        writer.end_points();
    }
    for (at, bytes) in [(101, 50), (102, 60), (103, 70), (104, 80), (105, 90)] {
        writer.block(0x7f01_0000 + 256 * at, bytes, lost, 1);
        writer.end_points();
    }
    writer.end_blocks();
    assert!(!writer.is_overrun());
    let header = GraphHeader {
        pid: 5,
        flags: FLAG_COMPLETE,
        blocks: 106,
        edges: 100,
        pause_ns: 2_000_000,
        ..GraphHeader::default()
    };
    let mut file = header.encode().to_vec();
    file.extend_from_slice(writer.take());
    file
}

/// Everything that a heap refers to.
pub(crate) struct Stage {
    pub(crate) recorded: Recorded,
    pub(crate) stacks: Vec<StackId>,
    pub(crate) sites: Sites,
    pub(crate) symbols: Symbols,
    pub(crate) places: Places,
}

pub(crate) fn stage(named: bool) -> Stage {
    let (recorder, ids) = recorder();
    let bytes = file(ids);
    let view = GraphView::parse(&bytes).expect("a graph");
    let mut recorded = Recorded::read(&view, Heuristics::default()).expect("it fits");
    let mut builder = SitesBuilder::new(None);
    let process = process_of(&recorder.files(true)).expect("whole files");
    let stacks = builder.add_with(process, recorded.sites());
    let sites = builder.finish();
    let mut symbols = Symbols::new();
    let of = symbols.find_mut(&BUILD_ID, APP);
    if named {
        let code = [
            (0x50, "main", 1),
            (0x100, "make_table", 10),
            (0x200, "insert", 20),
            (0x300, "forget", 30),
            (0x111, "inner", 40),
            (0x222, "outer", 50),
        ];
        for (at, function, line) in code {
            let frame = SourceFrame {
                function: function.to_owned(),
                file: Some("/src/shop.c".to_owned()),
                line: Some(line),
                ..SourceFrame::default()
            };
            of.frames.insert(at, vec![frame]);
        }
        let cache = SourceVariable {
            name: "cache".to_owned(),
            bytes: 0x40,
        };
        of.variables.insert(0x4000, cache);
        let bss = SourceVariable {
            name: ".bss".to_owned(),
            bytes: 0x3000,
        };
        of.sections.insert(0x4000, bss);
    }
    let places = Places::of(&recorded, &symbols);
    divide(&mut recorded, &places).expect("it fits");
    Stage {
        recorded,
        stacks,
        sites,
        symbols,
        places,
    }
}

/// The same around another graph, whose blocks have no names.
pub(crate) fn with_graph(mut recorded: Recorded) -> Stage {
    let symbols = Symbols::new();
    let places = Places::of(&recorded, &symbols);
    divide(&mut recorded, &places).expect("it fits");
    Stage {
        stacks: vec![StackId::ROOT; recorded.sites().len()],
        recorded,
        sites: Sites::default(),
        symbols,
        places,
    }
}

/// Does something with the holders of the stage.
pub(crate) fn with<T>(stage: &Stage, act: impl FnOnce(&Holders<'_>) -> T) -> T {
    let names = Names::new(&stage.sites, &stage.symbols);
    let heap = Heap {
        program: "shop",
        recorded: &stage.recorded,
        stacks: &stage.stacks,
        places: &stage.places,
        names: &names,
    };
    act(&Holders::of(heap, &mut |_| {}))
}

/// The page of its record.
pub(crate) fn page(stage: &Stage) -> String {
    let leaks = Leaks::of([HeapOf {
        recorded: &stage.recorded,
        stacks: &stage.stacks,
        program: APP,
    }]);
    let page = |holders: &Holders<'_>| {
        let recorded = report::Recorded {
            name: "shop.tnr",
            profile: &Profile::default(),
            sites: &stage.sites,
            each: &[],
            symbols: &stage.symbols,
            heaps: std::slice::from_ref(holders),
            leaks: Some(&leaks),
            held: None,
        };
        report::page(&recorded, report::Limits::default()).html
    };
    with(stage, page)
}
