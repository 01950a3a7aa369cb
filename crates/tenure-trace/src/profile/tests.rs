//! The layouts to the byte, and what torn and hostile files are answered.

use super::array::{self, FLAG_INCOMPLETE};
use super::*;
use std::string::{String, ToString};
use std::vec::Vec;

fn header(count: u64) -> ArrayHeader {
    ArrayHeader {
        pid: 4711,
        seq: 2,
        count,
        ..ArrayHeader::default()
    }
}

fn nodes(nodes: &[Node], count: u64) -> Vec<u8> {
    let mut bytes = header(count).encode(Kind::Nodes).to_vec();
    bytes.extend(nodes.iter().flat_map(Node::encode));
    bytes
}

fn node(module: u16, offset: u64, parent: u32) -> Node {
    let frame = Frame::new(module, offset);
    Node { frame, parent }
}

fn with(mut bytes: Vec<u8>, offset: usize, value: &[u8]) -> Vec<u8> {
    bytes[offset..offset + value.len()].copy_from_slice(value);
    bytes
}

/// A record whose every field is different.
fn record() -> SiteRecord {
    let mut record = SiteRecord {
        site: 7,
        shard: 3,
        flags: site::FLAG_IN_USE | site::FLAG_SAMPLED,
        peak_epoch: 9,
        allocations: 101,
        frees: 102,
        allocated_bytes: 103,
        freed_bytes: 104,
        allocated_usable_bytes: 105,
        freed_usable_bytes: 106,
        live_bytes_at_peak: -107,
        live_blocks_at_peak: -108,
        frees_remote: 109,
        frees_same_frame: 110,
        reallocs_in_place: 111,
        reallocs_moved: 112,
        lifetime_ns_sum: 113,
        lifetime_bytes_sum: 114,
        birth_sum: 115,
        freed_birth_sum: 116,
        est_allocations: 1.5,
        est_frees: 2.5,
        est_allocated_bytes: 3.5,
        est_freed_bytes: 4.5,
        var_allocated_bytes: 5.5,
        var_freed_bytes: 6.5,
        var_allocations: 7.5,
        var_frees: 8.5,
        est_live_bytes_at_peak: 9.5,
        est_live_blocks_at_peak: 10.5,
        var_live_bytes_at_peak: 11.5,
        size_scale: 1,
        lifetime_ns_scale: 2,
        lifetime_bytes_scale: 3,
        top_sizes_scale: 4,
        top_sizes: [(16, 5), (32, 6), (48, 7), (64, 0)],
        ..SiteRecord::default()
    };
    record.sizes[39] = 40;
    record.lifetimes_ns[47] = 48;
    record.lifetimes_bytes[0] = 49;
    record
}

#[test]
fn headers_lie_where_the_format_says() {
    let fields = ArrayHeader {
        flags: FLAG_INCOMPLETE,
        lost: 6,
        width_ns: 7,
        start_mono_ns: 8,
        ..header(5)
    };
    let bytes = fields.encode(Kind::Timeline);
    assert_eq!(&bytes[..8], b"TNRTIME1");
    assert_eq!(bytes[8..12], 1_u32.to_le_bytes());
    assert_eq!(bytes[12..16], 4096_u32.to_le_bytes());
    assert_eq!(bytes[16..20], 32_u32.to_le_bytes());
    assert_eq!(bytes[20..24], 4711_u32.to_le_bytes());
    assert_eq!(bytes[24..28], 2_u32.to_le_bytes());
    assert_eq!(bytes[28..32], 1_u32.to_le_bytes());
    assert_eq!(bytes[32..40], 5_u64.to_le_bytes());
    assert_eq!(bytes[40..48], 6_u64.to_le_bytes());
    assert_eq!(bytes[48..56], 7_u64.to_le_bytes());
    assert_eq!(bytes[56..64], 8_u64.to_le_bytes());
    let read = ArrayHeader::parse(Kind::Timeline, &bytes).unwrap();
    assert_eq!(
        read,
        ArrayHeader {
            element_bytes: 32,
            ..fields
        }
    );
    assert!(read.is_incomplete());
    let sizes = Kind::ALL.map(|kind| kind.element_bytes().unwrap_or(0));
    assert_eq!(sizes, [16, 896, 512, 512, 32, 0]);
}

#[test]
fn site_records_lie_where_the_format_says() {
    let bytes = record().encode();
    let long = |offset: usize| u64::from_le_bytes(bytes[offset..offset + 8].try_into().unwrap());
    assert_eq!(bytes[0..4], 7_u32.to_le_bytes());
    assert_eq!(bytes[4..8], 3_u32.to_le_bytes());
    assert_eq!(bytes[8..12], 3_u32.to_le_bytes());
    assert_eq!(bytes[12..16], 9_u32.to_le_bytes());
    let offsets = [
        16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128, 136,
    ];
    for (offset, expected) in offsets.into_iter().zip(101_i64..) {
        let negative = [64, 72].contains(&offset);
        let expected = if negative { -expected } else { expected };
        assert_eq!(long(offset).cast_signed(), expected, "byte {offset}");
    }
    for (step, offset) in (144..232).step_by(8).enumerate() {
        assert_eq!(f64::from_bits(long(offset)), 1.5 + step as f64);
    }
    assert_eq!(bytes[232..240], [1, 2, 3, 4, 0, 0, 0, 0]);
    assert_eq!(bytes[240 + 39 * 4], 40);
    assert_eq!(bytes[400 + 47 * 4], 48);
    assert_eq!(bytes[592], 49);
    assert_eq!((long(784), long(792), long(832)), (16, 5, 64));
    assert_eq!(bytes[848..], [0; 48]);
    assert_eq!(SiteRecord::decode(&bytes), Some(record()));
    assert_eq!(SiteRecord::decode(&bytes[1..]), None);
}

#[test]
fn scales_multiply_and_stop_at_the_largest_number() {
    let record = record();
    assert_eq!(record.size_counts()[39], 80);
    assert_eq!(record.lifetime_ns_counts()[47], 192);
    assert_eq!(record.lifetime_bytes_counts()[0], 392);
    let tops: Vec<_> = record.top_size_counts().collect();
    assert_eq!(tops, [(16, 80), (32, 96), (48, 112)]);
    assert_eq!(histogram::scaled(1, 63), 1 << 63);
    assert_eq!(histogram::scaled(2, 63), u64::MAX);
    assert_eq!(histogram::scaled(1, 255), u64::MAX);
    assert_eq!(histogram::scaled(0, 255), 0);
}

#[test]
fn every_bucket_holds_its_range() {
    for bucket in 0..=64 {
        let (low, high) = histogram::range(bucket);
        assert_eq!(histogram::bucket(low, 65), bucket);
        assert_eq!(histogram::bucket(high, 65), bucket);
    }
    assert_eq!(histogram::size_bucket(u64::MAX), 39);
    assert_eq!(histogram::lifetime_bucket(u64::MAX), 47);
    assert_eq!(histogram::bucket(5, 0), 0);
}

#[test]
fn paths_go_from_the_innermost_frame_to_the_root() {
    let bytes = nodes(
        &[
            Node::default(),
            node(1, 10, 0),
            node(2, 20, 1),
            node(0, 30, 1),
        ],
        4,
    );
    let nodes = Nodes::parse(&bytes).unwrap();
    let mut path = nodes.path(3);
    let kinds: Vec<_> = path.by_ref().map(Frame::kind).collect();
    let module = FrameKind::Module {
        module: 1,
        offset: 10,
    };
    assert_eq!(kinds, [FrameKind::Address(30), module]);
    assert!(!path.is_broken());
    assert_eq!(nodes.path(0).count(), 0, "no stack");
    assert!(!nodes.path(0).is_broken());
}

#[test]
fn paths_end_whatever_the_parents_say() {
    let cycle = [Node::default(), node(1, 1, 2), node(1, 2, 1), node(1, 3, 3)];
    let bytes = nodes(&cycle, 4);
    let nodes_of_cycle = Nodes::parse(&bytes).unwrap();
    for (id, frames) in [(1, 0), (2, 1), (3, 0), (4, 0), (u32::MAX, 0)] {
        let mut path = nodes_of_cycle.path(id);
        assert_eq!(path.by_ref().count(), frames, "node {id}");
        assert!(path.is_broken(), "node {id}");
    }
    let unfinished = nodes(&[Node::default(), Node::default(), node(1, 1, 1)], 3);
    let mut path = Nodes::parse(&unfinished).unwrap().path(2);
    assert_eq!(path.by_ref().count(), 1);
    assert!(path.is_broken(), "its parent was not finished");
}

#[test]
fn frames_are_told_apart() {
    let kinds = [
        (Frame::TRUNCATED, FrameKind::Truncated),
        (Frame::NOT_CAPTURED, FrameKind::NotCaptured),
        (
            Frame::new(0xff00, code::offset_of(5, 7)),
            FrameKind::Interpreted {
                function: 5,
                line: 7,
            },
        ),
        (Frame::new(0xff01, 5), FrameKind::Unknown),
        (Frame::new(0xffff, 3), FrameKind::Unknown),
        (Frame::new(0, u64::MAX), FrameKind::Address((1 << 48) - 1)),
    ];
    for (frame, kind) in kinds {
        assert_eq!(frame.kind(), kind);
    }
    let last = Frame::new(node::MODULE_MAX, 1).kind();
    assert!(matches!(last, FrameKind::Module { module: 0xfeff, .. }));
}

#[test]
fn modules_are_found_by_their_id() {
    let record = ModuleRecord {
        id: 1,
        kind: module::KIND_VDSO,
        bias: 2,
        start: 3,
        end: 4,
        loaded_epoch: 5,
        unloaded_epoch: 6,
        build_id: &[7; 20],
        path: b"/lib/x.so",
    };
    let element = record.encode();
    assert_eq!(element[0..8], [1, 0, 9, 0, 20, 1, 0, 0]);
    assert_eq!((element[8], element[32], element[40]), (2, 5, 6));
    assert_eq!((element[48], element[67], element[68]), (7, 7, 0));
    assert_eq!(&element[80..89], b"/lib/x.so");
    let mut bytes = header(4).encode(Kind::Modules).to_vec();
    bytes.extend(element);
    bytes.extend([0; 512]);
    bytes.extend(ModuleRecord { id: 9, ..record }.encode());
    bytes.extend(with(
        element.to_vec(),
        module::PATH_LENGTH_OFFSET,
        &[177, 1],
    ));
    let modules = Modules::parse(&bytes).unwrap();
    assert_eq!(modules.module(1), Some(record));
    for id in [0, 2, 3, 4, 5] {
        assert_eq!(modules.module(id), None, "module {id}");
    }
    assert_eq!(modules.modules().count(), 1);
    let long = ModuleRecord {
        path: &[b'p'; 500],
        build_id: &[1; 40],
        ..record
    };
    let long = long.encode();
    let read = ModuleRecord::decode(&long).unwrap();
    assert_eq!((read.path.len(), read.build_id.len()), (432, 32));
}

#[test]
fn a_cut_file_gives_its_whole_elements() {
    let whole = nodes(&[Node::default(), node(1, 1, 0), node(1, 2, 1)], 3);
    let cut = &whole[..whole.len() - 1];
    let nodes = Nodes::parse(cut).unwrap();
    assert_eq!((nodes.array().len(), nodes.array().missing()), (2, 1));
    assert_eq!(nodes.array().used_bytes().len(), 4096 + 32);
    assert!(nodes.path(2).is_broken());
    let longer = with(whole, array::COUNT_OFFSET, &[1, 0, 0, 0, 0, 0, 0, 0]);
    let nodes = Nodes::parse(&longer).unwrap();
    assert_eq!((nodes.array().len(), nodes.array().missing()), (1, 0));
    let hostile = with(longer, array::COUNT_OFFSET, &[0xff; 8]);
    let nodes = Nodes::parse(&hostile).unwrap();
    assert_eq!(nodes.array().len(), 3);
    assert_eq!(nodes.array().missing(), u64::MAX - 3);
}

#[test]
fn records_that_are_not_in_use_are_skipped() {
    let mut bytes = header(3).encode(Kind::Sites).to_vec();
    bytes.extend(record().encode());
    bytes.extend([0; site::SITE_BYTES]);
    bytes.extend(record().encode());
    assert_eq!(Sites::parse(&bytes).unwrap().records().count(), 2);
}

#[test]
fn a_timeline_has_no_more_points_than_the_format_allows() {
    let fields = ArrayHeader {
        width_ns: 1_000,
        ..header(u64::MAX)
    };
    let mut bytes = fields.encode(Kind::Timeline).to_vec();
    let point = Point {
        max_live_bytes: 9,
        last_live_bytes: 5,
        max_held_bytes: 12,
        last_held_bytes: 7,
    };
    bytes.extend(core::iter::repeat_n(point.encode(), 5_000).flatten());
    let timeline = Timeline::parse(&bytes).unwrap();
    assert_eq!(timeline.width_ns(), 1_000);
    assert_eq!(timeline.points().count(), timeline::POINTS_MAX);
    assert!(timeline.points().all(|found| found == point));
}

#[test]
fn damaged_headers_are_named_with_their_byte() {
    let message = |bytes: &[u8]| -> String { Nodes::parse(bytes).unwrap_err().to_string() };
    let good = nodes(&[Node::default()], 1);
    assert_eq!(
        message(&good[..100]),
        "nodes file cut short: the header needs 4096 bytes, 100 are left; nothing of it can be \
         salvaged, record again"
    );
    assert!(message(&[0; 5000]).starts_with("nodes file without content: bytes 0 to 7"));
    assert!(message(b"TNRSITE1").contains("\"TNRSITE1\" instead of \"TNRNODE1\""));
    let version = with(good.clone(), array::VERSION_OFFSET, &[2]);
    assert!(message(&version).contains("nodes file of version 2 (byte 8)"));
    let size = with(good.clone(), array::ELEMENT_BYTES_OFFSET, &[17]);
    assert!(message(&size).contains("element_bytes at byte 16 is 17 and must be 16"));
    let head = with(good, array::HEADER_BYTES_OFFSET, &[1]);
    assert!(message(&head).contains("header_bytes at byte 12 is 4097 and must be 4096"));
    let events = header(1).encode(Kind::Events);
    let none = ArrayView::parse(Kind::Events, &events).unwrap_err();
    assert!(none.to_string().contains("is 0, outside 1 to 4294967295"));
    assert!(Nodes::parse(&[]).unwrap_err().is_unbegun());
    assert!(Nodes::parse(&[0; 8]).unwrap_err().is_unbegun());
    assert!(!none.is_unbegun());
}

#[test]
fn function_and_line_share_an_offset() {
    let last_line = (1 << code::LINE_BITS) - 1;
    for (function, line) in [(0, 0), (3, 1), (code::FUNCTIONS_MAX - 1, last_line)] {
        let frame = Frame::new(node::MODULE_INTERPRETED, code::offset_of(function, line));
        assert_eq!(code::place_of(frame.offset()), (function, line));
    }
    assert_eq!(code::place_of(code::offset_of(3, last_line + 1)), (3, 0));
}

#[test]
fn functions_are_read_as_they_were_written() {
    let long = [b'a'; 600];
    let mut path = long;
    path[599] = b'z';
    let functions = [
        FunctionRecord {
            name: "größe.<locals>.f".as_bytes(),
            file: b"/srv/a.py",
            first_line: 12,
        },
        FunctionRecord {
            name: &long,
            file: &path,
            first_line: u32::MAX,
        },
    ];
    let header = ArrayHeader {
        count: 4,
        ..ArrayHeader::default()
    };
    let mut bytes = header.encode(Kind::Code).to_vec();
    for function in &functions {
        bytes.extend(function.encode());
    }
    bytes.extend([0; code::FUNCTION_BYTES]);
    let version = 0x030b_07f0_u64.to_le_bytes();
    bytes[code::VERSION_OFFSET..code::VERSION_OFFSET + 8].copy_from_slice(&version);
    assert_eq!(Functions::parse(&bytes).unwrap().interpreter(), None);
    bytes[code::STATE_OFFSET] = code::STATE_READ as u8;
    let read = Functions::parse(&bytes).unwrap();
    let interpreter = Interpreter {
        version: 0x030b_07f0,
        state: code::STATE_READ,
    };
    assert_eq!(read.interpreter(), Some(interpreter));
    assert_eq!(read.array().missing(), 1);
    assert_eq!(read.function(0), Some(functions[0]));
    let cut = read.function(1).unwrap();
    assert_eq!(cut.name, &long[..code::NAME_CAPACITY]);
    assert_eq!(
        cut.file,
        &path[600 - code::FILE_CAPACITY..],
        "its end is kept"
    );
    assert_eq!(read.function(2), None, "not finished");
    assert_eq!(read.function(3), None, "missing");
    assert_eq!(read.function(u32::MAX), None);
    let element = array::HEADER_BYTES;
    for (offset, capacity) in [
        (code::NAME_LENGTH_OFFSET, code::NAME_CAPACITY),
        (code::FILE_LENGTH_OFFSET, code::FILE_CAPACITY),
    ] {
        let mut damaged = bytes.clone();
        let length = (capacity as u16 + 1).to_le_bytes();
        damaged[element + offset..element + offset + 2].copy_from_slice(&length);
        assert_eq!(Functions::parse(&damaged).unwrap().function(0), None);
    }
}
