//! The seeds of the fuzz targets are what this crate writes today.
//!
//! `UPDATE=1 cargo test -p tenure-trace corpus` writes them anew.

use std::path::Path;
use tenure_trace::container::{Sections, Tag, file_header, padding, section_header};
use tenure_trace::graph::{
    FLAG_COMPLETE, GraphHeader, GraphView, GroupKind, HEADER_BYTES, MAGIC, REASON_EXIT, Way, Writer,
};
use tenure_trace::pages::{self, ClassRow, PagesHeader, PagesView, SiteRow};
use tenure_trace::profile::{
    ArrayHeader, Frame, FunctionRecord, Functions, Kind, ModuleRecord, Modules, Node, Nodes, Point,
    SiteRecord, Sites, Timeline, site,
};
use tenure_trace::state::{ClassCounts, Header, ShardHead, StateImage, StateView, header, shard};

fn state() -> Vec<u8> {
    let usable = [16, 32, 48, 1 << 20];
    let mut bytes = vec![0; header::HEADER_BYTES + 2 * shard::bytes_for(usable.len())];
    let fields = Header {
        shard_capacity: 2,
        shard_count: 2,
        pid: 4711,
        ppid: 1,
        start_unix_ns: 1_700_000_000_000_000_000,
        start_mono_ns: 5_000_000_000,
        end_mono_ns: 6_000_000_000,
        end: header::END_EXIT,
        held_bytes: 1 << 20,
        held_peak_bytes: 1 << 21,
        first_huge_class: 3,
        threads_started: 1,
        threads_peak: 1,
        ..Header::default()
    };
    let mut image = StateImage::format(&mut bytes, &fields, &usable).unwrap();
    image.set_program(b"/usr/bin/seed").unwrap();
    image.set_command(b"seed\0--all").unwrap();
    let head = ShardHead {
        state: shard::STATE_IN_USE,
        ..ShardHead::default()
    };
    image.set_shard(1, &head).unwrap();
    let counts = ClassCounts {
        allocations: 3,
        frees: 1,
        requested_bytes: 90,
        requested_freed_bytes: 30,
    };
    image.set_class(1, 1, &counts).unwrap();
    bytes
}

fn container(sections: &[(Tag, &[u8])], count: u32) -> Vec<u8> {
    let mut file = file_header(count).to_vec();
    for (tag, payload) in sections {
        file.extend(section_header(*tag, payload));
        file.extend(*payload);
        file.extend(padding(payload.len() as u64));
    }
    file
}

/// Compares, or with `UPDATE` set writes, one seed.
fn check(target: &str, name: &str, expected: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let path = folder.join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read(&path).unwrap_or_default();
    let stale = "is not what is written today; UPDATE=1 renews it";
    assert!(found == expected, "{} {stale}", path.display());
}

#[test]
fn seeds_of_the_state_target_are_current() {
    let whole = state();
    assert!(StateView::parse(&whole).is_ok());
    check("state", "whole", &whole);
    check("state", "without-its-last-shard", &whole[..whole.len() - 1]);
    check("state", "cut-in-the-header", &whole[..300]);
    check("state", "magic-alone", &header::MAGIC);
}

#[test]
fn seeds_of_the_container_target_are_current() {
    let state = state();
    let sections = [
        (Tag::META, &b"{\"tenure\":\"run/1\"}"[..]),
        (Tag::PROC, &state),
    ];
    let whole = container(&sections, 2);
    assert!(
        Sections::parse(&whole)
            .unwrap()
            .all(|section| section.is_ok())
    );
    let small = container(&[(Tag::META, b"{}"), (Tag(*b"LATE"), b"unknown")], 0);
    check("container", "whole", &whole);
    check("container", "cut-in-the-second", &whole[..120]);
    check("container", "unknown-count-and-tag", &small);
    check("container", "header-alone", &file_header(3));
}

/// An array file with these elements, `promised` of them according to its header.
fn array(kind: Kind, promised: u64, elements: &[Vec<u8>]) -> Vec<u8> {
    let header = ArrayHeader {
        pid: 4711,
        count: promised,
        width_ns: 1_000_000,
        ..ArrayHeader::default()
    };
    let mut bytes = header.encode(kind).to_vec();
    elements.iter().for_each(|element| bytes.extend(element));
    bytes
}

fn stack() -> Vec<u8> {
    let frames = [
        (Frame(0), 0),
        (Frame::new(1, 0x1234), 0),
        (Frame::TRUNCATED, 1),
    ];
    let nodes = frames.map(|(frame, parent)| Node { frame, parent }.encode().to_vec());
    array(Kind::Nodes, 3, &nodes)
}

#[test]
fn seeds_of_the_profile_target_are_current() {
    let nodes = stack();
    assert_eq!(Nodes::parse(&nodes).unwrap().path(2).count(), 2);
    let record = SiteRecord {
        site: 2,
        shard: 1,
        flags: site::FLAG_IN_USE,
        allocations: 3,
        frees: 1,
        top_sizes: [(30, 3), (0, 0), (0, 0), (0, 0)],
        ..SiteRecord::default()
    };
    let sites = array(Kind::Sites, 1, &[record.encode().to_vec()]);
    assert_eq!(Sites::parse(&sites).unwrap().records().count(), 1);
    let module = ModuleRecord {
        id: 1,
        build_id: &[0xab; 20],
        path: b"/usr/bin/seed",
        ..ModuleRecord::default()
    };
    let modules = array(Kind::Modules, 1, &[module.encode().to_vec()]);
    assert_eq!(Modules::parse(&modules).unwrap().modules().count(), 1);
    let function = FunctionRecord {
        name: b"Seed.grow",
        file: b"/srv/seed.py",
        first_line: 3,
    };
    let code = array(Kind::Code, 1, &[function.encode().to_vec()]);
    assert_eq!(Functions::parse(&code).unwrap().function(0), Some(function));
    let mut code_of_long_name = code.clone();
    code_of_long_name[tenure_trace::profile::array::HEADER_BYTES] = 0xff;
    let parsed = Functions::parse(&code_of_long_name).unwrap();
    assert_eq!(parsed.function(0), None);
    let point = Point {
        max_live_bytes: 90,
        last_live_bytes: 60,
        max_held_bytes: 120,
        last_held_bytes: 80,
    };
    let timeline = array(Kind::Timeline, 9, &[point.encode().to_vec()]);
    assert_eq!(Timeline::parse(&timeline).unwrap().array().missing(), 8);
    check("profile", "nodes", &nodes);
    check(
        "profile",
        "nodes-cut-in-the-last",
        &nodes[..nodes.len() - 1],
    );
    check("profile", "sites", &sites);
    check("profile", "modules", &modules);
    check("profile", "code", &code);
    check("profile", "code-with-a-name-too-long", &code_of_long_name);
    check("profile", "timeline-that-promises-more", &timeline);
    check("profile", "magic-alone", &Kind::Sites.magic());
}

/// A heap with two roots and three blocks; the last edge leads to block `last`.
fn graph(last: u64) -> Vec<u8> {
    let mut buffer = [0; 1024];
    let mut writer = Writer::new(&mut buffer);
    let module = (0x1000, &b"/lib/a.so"[..], &[1, 2, 3][..]);
    writer.group(GroupKind::Module, 0x8000..0x9000, 0, module, 0);
    writer.points(0x8010, 0, Way::Start);
    writer.points(0x8018, 1, Way::StdString);
    writer.end_points();
    writer.group(GroupKind::Stack, 0xff00..0x10000, 42, (0, b"main", b""), 1);
    writer.frame(16, 0x8050);
    writer.points(0xff08, 1, Way::Interior);
    writer.end_points();
    writer.end_groups();
    writer.block(0x7f00_0000, 100, 7, 1);
    writer.points(0x7f00_0008, 1, Way::Tagged);
    writer.end_points();
    writer.block(0x7f00_0080, 5 << 30, 7, 1);
    writer.end_points();
    writer.block(0x7f00_00c0, 24, 0, 1);
    writer.points(0x7f00_00c0, last, Way::Start);
    writer.end_points();
    writer.end_blocks();
    let header = GraphHeader {
        pid: 4711,
        flags: FLAG_COMPLETE,
        reason: REASON_EXIT,
        threads: 1,
        blocks: 3,
        edges: 2,
        references: 3,
        number: 1,
        ..GraphHeader::default()
    };
    let mut file = header.encode().to_vec();
    file.extend_from_slice(writer.take());
    file
}

#[test]
fn seeds_of_the_graph_target_are_current() {
    let whole = graph(2);
    let view = GraphView::parse(&whole).unwrap();
    assert!(view.records().all(|record| record.is_ok()));
    check("graph", "whole", &whole);
    check("graph", "without-its-end", &whole[..whole.len() - 4]);
    check("graph", "pointer-behind-the-last-block", &graph(1 << 40));
    check("graph", "header-alone", &whole[..HEADER_BYTES]);
    check("graph", "magic-alone", &MAGIC);
}

/// A heap with a page that two sites share, and one large block; the second site pins `pinned`.
fn held(pinned: u64) -> Vec<u8> {
    let small = ClassRow {
        class: 3,
        block_bytes: 64,
        pages: 1,
        partly_pages: 1,
        slots: 1024,
        carved: 64,
        live_blocks: 2,
        live_bytes: 100,
        waste_bytes: 28,
        free_slots: 62,
        pinned_free_bytes: 3968,
        ..ClassRow::default()
    };
    let huge = ClassRow {
        class: pages::HUGE,
        pages: 1,
        slots: 1,
        carved: 1,
        live_blocks: 1,
        live_bytes: 1 << 20,
        ..ClassRow::default()
    };
    let site = |class, site, live_bytes, waste_bytes, pinned_free_bytes| SiteRow {
        class,
        site,
        live_blocks: 1,
        live_bytes,
        waste_bytes,
        pages: 1,
        pinned_free_bytes,
        ..SiteRow::default()
    };
    let rows = [
        site(3, 7, 50, 14, 1984),
        site(3, 9, 50, 14, pinned),
        site(pages::HUGE, 7, 1 << 20, 0, 0),
    ];
    let header = PagesHeader {
        pid: 4711,
        flags: pages::FLAG_COMPLETE | pages::FLAG_SITES | pages::FLAG_REQUESTED,
        reason: REASON_EXIT,
        threads: 1,
        class_rows: 2,
        os_page_bytes: 4096,
        held_bytes: 4096 + (1 << 20),
        empty_slice_bytes: 65_536,
        site_rows: 3,
        ..PagesHeader::default()
    };
    let mut file = header.encode().to_vec();
    file.extend(small.encode());
    file.extend(huge.encode());
    rows.iter().for_each(|row| file.extend(row.encode()));
    file
}

#[test]
fn seeds_of_the_pages_target_are_current() {
    let whole = held(1984);
    assert!(PagesView::parse(&whole).unwrap().has_all_sites());
    check("pages", "whole", &whole);
    check("pages", "without-its-last-site", &whole[..whole.len() - 4]);
    check("pages", "sites-that-do-not-add-up", &held(1 << 40));
    check("pages", "header-alone", &whole[..pages::HEADER_BYTES]);
    check("pages", "magic-alone", &pages::MAGIC);
}
