//! What is written is read; what is cut is told.

use super::*;
use std::string::ToString;
use std::vec::Vec;

/// A file with two classes and three sites.
fn sample() -> Vec<u8> {
    let header = PagesHeader {
        pid: 7,
        seq: 2,
        flags: FLAG_COMPLETE | FLAG_SITES,
        class_rows: 2,
        os_page_bytes: 4096,
        site_rows: 3,
        table_bytes: u64::MAX,
        ..PagesHeader::default()
    };
    let mut file = header.encode().to_vec();
    for row in classes() {
        file.extend_from_slice(&row.encode());
    }
    for row in sites() {
        file.extend_from_slice(&row.encode());
    }
    file
}

fn classes() -> [ClassRow; 2] {
    let one = ClassRow {
        class: 3,
        block_bytes: 64,
        pages: 1,
        partly_pages: 2,
        empty_pages: 3,
        slots: 4,
        carved: 5,
        live_blocks: 6,
        live_bytes: 7,
        waste_bytes: 8,
        free_slots: 9,
        pinned_free_bytes: 10,
        empty_bytes: 11,
        uncarved_bytes: 12,
        purged_bytes: 13,
    };
    let huge = ClassRow {
        class: HUGE,
        live_bytes: u64::MAX,
        ..one
    };
    [one, huge]
}

fn sites() -> [SiteRow; 3] {
    let one = SiteRow {
        class: 3,
        site: 900,
        live_blocks: 1,
        live_bytes: 2,
        waste_bytes: 3,
        pages: 4,
        pinned_free_bytes: 5,
        alone_pages: 6,
        alone_blocks: 7,
        alone_bytes: 8,
    };
    [
        one,
        SiteRow { site: 0, ..one },
        SiteRow { class: HUGE, ..one },
    ]
}

#[test]
fn what_is_written_is_read() {
    let file = sample();
    assert_eq!(
        file.len(),
        HEADER_BYTES + 2 * CLASS_ROW_BYTES + 3 * SITE_ROW_BYTES
    );
    let view = PagesView::parse(&file).unwrap();
    let header = view.header();
    assert_eq!(
        (header.pid, header.seq, header.table_bytes),
        (7, 2, u64::MAX)
    );
    assert!(header.has(FLAG_SITES) && !header.has(FLAG_REQUESTED));
    assert!(view.classes().eq(classes()));
    assert!(view.sites().eq(sites()));
    assert!(view.has_all_sites());
}

#[test]
fn parts_add_up_to_what_is_held_or_to_nothing_that_a_number_holds() {
    let [one, huge] = classes();
    assert_eq!(one.held_bytes(), Some(7 + 8 + 10 + 11 + 12));
    assert_eq!(huge.held_bytes(), None);
}

#[test]
fn of_every_cut_the_rows_that_are_whole_are_read() {
    let whole = sample();
    for len in 0..whole.len() {
        let Ok(view) = PagesView::parse(&whole[..len]) else {
            assert!(len < HEADER_BYTES, "{len}");
            continue;
        };
        assert!(!view.has_all_sites(), "{len}");
        let rest = len - HEADER_BYTES;
        let class_rows = (rest / CLASS_ROW_BYTES).min(2);
        assert_eq!(view.classes().count(), class_rows, "{len}");
        assert_eq!(view.has_all_classes(), class_rows == 2, "{len}");
        let behind = rest.saturating_sub(2 * CLASS_ROW_BYTES);
        assert_eq!(view.sites().count(), behind / SITE_ROW_BYTES, "{len}");
    }
}

#[test]
fn any_byte_may_be_anything() {
    let whole = sample();
    for at in 0..whole.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] = value;
            if let Ok(view) = PagesView::parse(&damaged) {
                assert!(view.classes().count() + view.sites().count() < 64);
            }
        }
    }
}

#[test]
fn other_files_are_named() {
    let named = |bytes: &[u8]| PagesView::parse(bytes).unwrap_err().to_string();
    assert!(named(b"").contains("cut short"));
    assert!(named(&[0; 200]).contains("without content"));
    assert!(named(&[b'x'; 200]).contains("not a pages file"));
    let mut other = sample();
    other[8] = 9;
    assert!(named(&other).contains("version 9"));
}
