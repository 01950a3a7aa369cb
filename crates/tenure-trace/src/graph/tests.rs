//! What is written is read; what is torn is told.

use super::*;
use std::vec::Vec;

/// A file with two roots and three blocks.
fn sample() -> Vec<u8> {
    let mut buffer = [0; 1024];
    let mut writer = Writer::new(&mut buffer);
    let module = (0x1000, &b"/lib/a.so"[..], &[1, 2, 3][..]);
    writer.group(GroupKind::Module, 0x8000..0x9000, 0, module, 0);
    writer.points(0x8010, 2, Way::Start);
    writer.points(0x8ff8, 0, Way::HashTable);
    writer.end_points();
    writer.group(GroupKind::Stack, 0xff00..0x10000, 42, (0, b"main", b""), 2);
    writer.frame(16, 0x5050);
    writer.frame(0x40, u64::MAX);
    writer.points(0xff08, 1, Way::Interior);
    writer.end_points();
    writer.end_groups();
    writer.block(0x7f00_0000, 100, 7, 1);
    writer.points(0x7f00_0008, 1, Way::Start);
    writer.points(0x7f00_0010, 0, Way::Interior);
    writer.end_points();
    writer.block(0x7f00_0080, u64::MAX, 9, 0);
    writer.end_points();
    writer.block(0xffff_ffff_ffff_fff0, 0, u32::MAX, 1);
    writer.points(0xffff_ffff_ffff_fff8, 0, Way::Tagged);
    writer.end_points();
    writer.end_blocks();
    assert!(!writer.is_overrun());
    let header = GraphHeader {
        pid: 5,
        flags: FLAG_COMPLETE,
        blocks: 3,
        number: 1,
        ..GraphHeader::default()
    };
    let mut file = header.encode().to_vec();
    file.extend_from_slice(writer.take());
    assert!(writer.is_empty());
    file
}

/// The records as text, and how reading ended.
fn read(bytes: &[u8]) -> (Vec<std::string::String>, Option<GraphError>) {
    let mut lines = Vec::new();
    let view = match GraphView::parse(bytes) {
        Ok(view) => view,
        Err(error) => return (lines, Some(error)),
    };
    for record in view.records() {
        match record {
            Ok(Record::Group(group)) => lines.push(std::format!(
                "{:?} {:x}..{:x} {} {:x} {} {:?} {:x?}",
                group.kind,
                group.start,
                group.end,
                group.thread,
                group.bias,
                group.name.escape_ascii(),
                group.build_id,
                group.frames.collect::<Vec<_>>()
            )),
            Ok(other) => lines.push(std::format!("{other:x?}")),
            Err(error) => return (lines, Some(error)),
        }
    }
    (lines, None)
}

#[test]
fn what_is_written_is_read() {
    let (lines, error) = read(&sample());
    assert_eq!(error, None);
    assert_eq!(
        lines,
        [
            "Module 8000..9000 0 1000 /lib/a.so [1, 2, 3] []",
            "Reference(Edge { offset: 10, target: 2, way: Start })",
            "Reference(Edge { offset: ff8, target: 0, way: HashTable })",
            "Stack ff00..10000 42 0 main [] [(ff10, 5050), (ff50, ffffffffffffffff)]",
            "Reference(Edge { offset: 8, target: 1, way: Interior })",
            "Block(Block { address: 7f000000, bytes: 64, site: 7, thread: 1 })",
            "Edge(Edge { offset: 8, target: 1, way: Start })",
            "Edge(Edge { offset: 10, target: 0, way: Interior })",
            "Block(Block { address: 7f000080, bytes: ffffffffffffffff, site: 9, thread: 0 })",
            "Block(Block { address: fffffffffffffff0, bytes: 0, site: ffffffff, thread: 1 })",
            "Edge(Edge { offset: 8, target: 0, way: Tagged })",
        ]
    );
    let header = *GraphView::parse(&sample()).unwrap().header();
    assert!(header.is_complete());
    assert_eq!((header.pid, header.blocks, header.number), (5, 3, 1));
}

#[test]
fn every_cut_gives_what_is_whole_and_says_where_it_ends() {
    let whole = sample();
    let (all, _) = read(&whole);
    for len in 0..whole.len() {
        let (lines, error) = read(&whole[..len]);
        assert!(all.starts_with(&lines), "{len}");
        let error = error.unwrap_or_else(|| panic!("{len} bytes pass for whole"));
        if len >= HEADER_BYTES {
            assert!(matches!(error, GraphError::Torn { at_byte, .. } if at_byte <= len));
        }
    }
}

#[test]
fn any_byte_may_be_anything() {
    let whole = sample();
    for at in 0..whole.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] = value;
            let (lines, _) = read(&damaged);
            assert!(lines.len() < 4096);
        }
    }
}

#[test]
fn other_files_are_named() {
    let named = |bytes: &[u8]| {
        read(bytes)
            .1
            .map(|error| std::string::ToString::to_string(&error))
    };
    assert!(named(b"").is_some_and(|text| text.contains("cut short")));
    assert!(named(&[0; 300]).is_some_and(|text| text.contains("without content")));
    assert!(named(&[b'x'; 300]).is_some_and(|text| text.contains("not a graph file")));
    let mut other = sample();
    other[8] = 9;
    assert!(named(&other).is_some_and(|text| text.contains("version 9")));
}

#[test]
fn what_does_not_fit_is_noticed() {
    let mut buffer = [0; 8];
    let mut writer = Writer::new(&mut buffer);
    writer.block(1 << 40, 1, 1, 1);
    assert!(writer.is_overrun());
}
