//! Which versions are read, and what a description must say.

use super::*;
use std::vec::Vec;

/// A runtime of 3.13 that describes itself as the headers of that version do.
fn runtime(version: u64) -> Vec<u64> {
    let mut words = std::vec![0; 80];
    words[0] = COOKIE;
    words[1] = version;
    let layout = CPYTHON_3_13;
    let fields = [
        (184, layout.thread_frame),
        (192, layout.thread_id),
        (232, layout.frame_previous),
        (240, layout.frame_code),
        (248, layout.frame_instruction),
        (264, layout.frame_owner),
        (280, layout.code_file),
        (296, layout.code_name),
        (304, layout.code_lines),
        (312, layout.code_first_line),
        (344, layout.code_instructions),
        (360, OBJECT_TYPE),
        (544, TEXT_STATE),
        (552, TEXT_LENGTH),
        (560, layout.text_ascii),
    ];
    for (offset, value) in fields {
        words[offset / 8] = value as u64;
    }
    words
}

fn read(version: u64, words: &[u64]) -> Result<Layout, u64> {
    let runtime = words.as_ptr().expose_provenance();
    Layout::of(version, runtime, &mut Pages::new())
}

#[test]
fn versions_that_are_not_known_are_refused() {
    for (version, expected) in [
        (0x030b_00f0, Ok(CPYTHON_3_11)),
        (0x030b_0ef0, Ok(CPYTHON_3_11)),
        (0x030c_01f0, Ok(CPYTHON_3_12)),
        (0x030a_0df0, Err(STATE_VERSION)),
        (0x030e_00f0, Err(STATE_VERSION)),
        (0x0400_00f0, Err(STATE_VERSION)),
        (0x020b_00f0, Err(STATE_VERSION)),
    ] {
        assert_eq!(read(version, &[]), expected, "{version:x}");
    }
    for known in [CPYTHON_3_11, CPYTHON_3_12, CPYTHON_3_13] {
        assert!(known.check(), "{known:?}");
    }
}

#[test]
fn a_description_is_taken_where_it_is_whole() {
    let version = 0x030d_02f0;
    assert_eq!(read(version, &runtime(version)), Ok(CPYTHON_3_13));
    let mut moved = runtime(version);
    moved[192 / 8] = 160;
    let expected = Layout {
        thread_id: 160,
        ..CPYTHON_3_13
    };
    assert_eq!(read(version, &moved), Ok(expected));
}

#[test]
fn a_description_that_cannot_be_is_refused() {
    let version = 0x030d_02f0;
    let spoilt = [
        (0, 0),           // the cookie
        (8, 0x030d_01f0), // another version
        (16, 1),          // without the global lock
        (232, 7),         // between words
        (240, 1 << 40),   // beyond the frame
        (264, 72),
        (280, 4000),
        (312, 70),
        (344, 8), // too near for what stands before it
        (360, 16),
        (560, 48),
    ];
    for (offset, value) in spoilt {
        let mut words = runtime(version);
        words[offset / 8] = value;
        assert_eq!(read(version, &words), Err(STATE_BUILD), "{offset}");
    }
    let nowhere = Layout::of(version, 8, &mut Pages::new());
    assert_eq!(nowhere, Err(STATE_BUILD));
}
