//! Code objects made by hand: names, lines, and what is no code object.

use super::super::layout::tests_layout;
use super::*;
use std::string::String;
use std::vec::Vec;

/// A code object, its texts and its table of lines, in memory.
pub(crate) struct Made {
    words: Vec<usize>,
    _file: Vec<usize>,
    _name: Vec<usize>,
    _lines: Vec<usize>,
}

impl Made {
    pub(crate) fn address(&self) -> usize {
        self.words.as_ptr().expose_provenance()
    }

    fn code(&self) -> Code {
        Code::at(self.address(), &tests_layout(), &mut Pages::new()).unwrap()
    }

    /// The address of instruction `index`.
    fn instruction(&self, index: usize) -> usize {
        self.address() + tests_layout().code_instructions + 2 * index
    }

    fn line(&self, index: usize) -> u32 {
        let at = self.instruction(index);
        self.code().line(at, &tests_layout(), &mut Pages::new())
    }
}

fn put(words: &mut [usize], offset: usize, bytes: &[u8]) {
    for (index, &byte) in bytes.iter().enumerate() {
        let at = offset + index;
        words[at / 8] |= usize::from(byte) << (at % 8 * 8);
    }
}

/// A text of characters of `width` bytes.
fn text(characters: &[u32], width: usize) -> Vec<usize> {
    let layout = tests_layout();
    let is_ascii = characters.iter().all(|&one| one < 128) && width == 1;
    let data = if is_ascii {
        layout.text_ascii
    } else {
        layout.text_wide
    };
    let mut words = std::vec![0; (data + characters.len() * width) / 8 + 2];
    words[TEXT_LENGTH / 8] = characters.len();
    let state = (width as u32) << KIND_SHIFT | COMPACT | if is_ascii { ASCII } else { 0 };
    put(&mut words, TEXT_STATE, &state.to_le_bytes());
    for (index, one) in characters.iter().enumerate() {
        put(
            &mut words,
            data + index * width,
            &one.to_le_bytes()[..width],
        );
    }
    words
}

fn wide(text: &str) -> Vec<u32> {
    text.chars().map(u32::from).collect()
}

/// A code object whose first line is 10.
pub(crate) fn made(name: Vec<usize>, file: Vec<usize>, table: &[u8]) -> Made {
    let layout = tests_layout();
    let mut lines = std::vec![0; (BYTES_DATA + table.len()) / 8 + 2];
    lines[BYTES_LENGTH / 8] = table.len();
    put(&mut lines, BYTES_DATA, table);
    let mut words = std::vec![0; 64];
    let pointers = [
        (layout.code_file, &file),
        (layout.code_name, &name),
        (layout.code_lines, &lines),
    ];
    for (offset, target) in pointers {
        words[offset / 8] = target.as_ptr().expose_provenance();
    }
    put(&mut words, layout.code_first_line, &10_u32.to_le_bytes());
    put(
        &mut words,
        layout.code_first_traceable,
        &1_u32.to_le_bytes(),
    );
    Made {
        words,
        _file: file,
        _name: name,
        _lines: lines,
    }
}

fn with_table(table: &[u8]) -> Made {
    made(text(&wide("f"), 1), text(&wide("f.py"), 1), table)
}

fn name_of(made: &Made) -> String {
    let mut target = [0; NAME_CAPACITY];
    let len = made
        .code()
        .name(&mut target, &tests_layout(), &mut Pages::new());
    String::from_utf8(target[..len].to_vec()).unwrap()
}

#[test]
fn each_kind_of_entry_gives_its_line() {
    // Number, kind, instructions less one; then the kind's own bytes.
    let head = |kind: u8, more: u8| 0x80 | kind << 3 | more;
    let table = [
        head(0, 1),
        0x12, // 0, 1: line 10
        head(11, 0),
        4,
        9, // 2: one on, 11
        head(12, 2),
        4,
        9, // 3 to 5: two on, 13
        head(13, 0),
        0b00_0101, // 6: back by two, 11
        head(14, 0),
        0b100_0000 | 8,
        1,
        2,
        3,
        4,           // 7: on by 4 + 32 = 36, 47
        head(15, 0), // 8: no line
        head(9, 7),
        0x00, // 9 to 16: still 47
    ];
    let made = with_table(&table);
    let expected = [
        10, 10, 11, 13, 13, 13, 11, 47, 0, 47, 47, 47, 47, 47, 47, 47, 47, 0, 0,
    ];
    for (index, line) in expected.into_iter().enumerate() {
        assert_eq!(made.line(index), line, "instruction {index}");
    }
    let before = made.instruction(0) - 2;
    let line = made.code().line(before, &tests_layout(), &mut Pages::new());
    assert_eq!(line, 10, "before the first: where the function begins");
}

#[test]
fn a_table_of_rubbish_ends() {
    let mut seed = 1_u64;
    for round in 0..20_000 {
        let mut table = std::vec![0; round % 40];
        for byte in &mut table {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (seed >> 33) as u8;
        }
        with_table(&table).line(round % 61);
    }
    let endless = with_table(&[0x80 | 13 << 3; 4]);
    assert_eq!(endless.line(0), 0, "a number without an end");
}

#[test]
fn names_become_utf8_and_are_cut_to_their_room() {
    let name =
        |characters: &[u32], width| name_of(&made(text(characters, width), text(&[], 1), &[]));
    assert_eq!(name(&wide("Tree.grow"), 1), "Tree.grow");
    assert_eq!(name(&wide("größe"), 1), "größe");
    assert_eq!(name(&wide("größe.λ"), 2), "größe.λ");
    assert_eq!(name(&wide("f_𝒙"), 4), "f_𝒙");
    assert_eq!(name(&[0x61, 0xdc80, 0x62], 2), "a\u{fffd}b", "half a pair");
    assert_eq!(name(&[0x61, u32::MAX], 4), "a\u{fffd}");
    assert_eq!(name(&[0x61; 500], 1).len(), NAME_CAPACITY);
    assert_eq!(
        name(&[0x3bb; 500], 2).len(),
        NAME_CAPACITY,
        "whole characters"
    );
}

#[test]
fn of_a_long_path_the_end_is_kept() {
    let mut path = wide("/srv/").repeat(200);
    path.extend(wide("app.py"));
    let made = made(text(&[], 1), text(&path, 1), &[]);
    let mut target = [0; FILE_CAPACITY];
    let len = made
        .code()
        .file(&mut target, &tests_layout(), &mut Pages::new());
    assert_eq!(len, FILE_CAPACITY);
    assert!(target.ends_with(b"/srv/app.py"));
}

#[test]
fn another_object_at_the_same_place_has_another_stamp() {
    let layout = tests_layout();
    let stamp = |made: &Made| made.code().stamp(&layout, &mut Pages::new()).unwrap();
    let mut one = made(text(&wide("f"), 1), text(&wide("a.py"), 1), &[0x80, 0]);
    let before = stamp(&one);
    assert_eq!(stamp(&one), before);
    // The same pointers: only what they point to is another.
    put(&mut one._file, layout.text_ascii, b"\x02");
    let of_file = stamp(&one);
    assert_ne!(of_file, before);
    put(&mut one._lines, BYTES_DATA, b"\x08");
    assert_ne!(stamp(&one), of_file);
}

#[test]
fn what_is_no_code_object_gives_nothing() {
    let layout = tests_layout();
    let pages = &mut Pages::new();
    assert!(Code::at(8, &layout, pages).is_none());
    let mut made = with_table(&[0x80, 0]);
    made.words[layout.code_lines / 8] = 16;
    made.words[layout.code_name / 8] = usize::MAX - 3;
    let code = made.code();
    assert_eq!(code.stamp(&layout, pages), None);
    assert_eq!(code.line(made.instruction(0), &layout, pages), 0);
    assert_eq!(name_of(&made), "");
    assert_eq!(
        code.is_begun(made.instruction(0), &layout, pages),
        Some(false)
    );
    assert_eq!(
        code.is_begun(made.instruction(1), &layout, pages),
        Some(true)
    );
}
