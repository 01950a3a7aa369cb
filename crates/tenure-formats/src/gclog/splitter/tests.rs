//! The same lines come out however the bytes are cut and written.

use super::*;

fn lines(bytes: &[u8], piece: usize) -> Vec<String> {
    let mut splitter = Splitter::default();
    let mut lines = Vec::new();
    let mut take = |line: RawLine<'_>| {
        lines.push(String::from_utf8_lossy(line.bytes).into_owned());
    };
    for part in bytes.chunks(piece) {
        splitter.feed(part, &mut take);
    }
    splitter.finish(&mut take);
    lines
}

#[test]
fn pieces_of_any_size_give_the_same_lines() {
    let text = b"one\r\ntwo\n\nthree";
    for piece in 1..=text.len() {
        assert_eq!(
            lines(text, piece),
            ["one", "two", "", "three"],
            "pieces of {piece}"
        );
    }
}

#[test]
fn sixteen_bit_text_of_either_order_is_read() {
    let text = "gc 1\r\né\n";
    let units: Vec<u16> = "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for piece in 1..5 {
        assert_eq!(lines(&little, piece), ["gc 1", "?"]);
        assert_eq!(lines(&big, piece), ["gc 1", "?"]);
    }
}

#[test]
fn a_line_without_end_is_cut() {
    let mut text = vec![b'x'; LINE_MAX + 10];
    text.extend_from_slice(b"\nnext\n");
    for piece in [4096, text.len()] {
        let mut splitter = Splitter::default();
        let mut seen = Vec::new();
        let mut take = |line: RawLine<'_>| seen.push((line.bytes.len(), line.long));
        for part in text.chunks(piece) {
            splitter.feed(part, &mut take);
        }
        splitter.finish(&mut take);
        assert_eq!(seen, [(LINE_MAX, true), (4, false)], "pieces of {piece}");
    }
}

#[test]
fn two_bytes_are_a_text_too() {
    assert_eq!(lines(b"ab", 1), ["ab"]);
    assert_eq!(lines(b"", 1), Vec::<String>::new());
}
