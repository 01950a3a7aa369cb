//! What torn and damaged containers still give.

use super::*;
use std::string::{String, ToString};
use std::vec::Vec;

fn file(count: u32, sections: &[(Tag, &[u8])]) -> Vec<u8> {
    let mut file = file_header(count).to_vec();
    for (tag, payload) in sections {
        file.extend(section_header(*tag, payload));
        file.extend(*payload);
        file.extend(padding(payload.len() as u64));
    }
    file
}

/// The tags of the whole sections, then the errors.
fn read(bytes: &[u8]) -> (String, Vec<ContainerError>) {
    let mut tags = String::new();
    let mut errors = Vec::new();
    for section in Sections::parse(bytes).unwrap() {
        match section {
            Ok(section) => tags.push_str(&section.tag.to_string()),
            Err(error) => errors.push(error),
        }
    }
    (tags, errors)
}

const TWO: &[(Tag, &[u8])] = &[(Tag::META, b"{}"), (Tag::PROC, b"0123456789abcdef")];

#[test]
fn the_checksum_is_that_of_ieee() {
    assert_eq!(Crc32::of(b""), 0);
    assert_eq!(Crc32::of(b"123456789"), 0xcbf4_3926);
    assert_eq!(
        Crc32::of(b"The quick brown fox jumps over the lazy dog"),
        0x414f_a339
    );
    assert_eq!(
        Crc32::new().update(b"12345").update(b"6789").finish(),
        0xcbf4_3926
    );
}

#[test]
fn headers_lie_where_the_format_says() {
    let bytes = file(2, TWO);
    assert_eq!(&bytes[..8], b"TENURE\r\n");
    assert_eq!(bytes[8..16], [1, 0, 0, 0, 2, 0, 0, 0]);
    assert_eq!(&bytes[16..20], b"META");
    assert_eq!(bytes[20..24], Crc32::of(b"{}").to_le_bytes());
    assert_eq!(bytes[24..32], 2_u64.to_le_bytes());
    assert_eq!(&bytes[32..40], b"{}\0\0\0\0\0\0");
    assert_eq!(&bytes[40..44], b"PROC");
    assert_eq!(bytes.len(), 72);
}

#[test]
fn a_whole_file_gives_all_sections_and_no_error() {
    assert_eq!(read(&file(2, TWO)), ("METAPROC".into(), Vec::new()));
    assert_eq!(read(&file(0, TWO)), ("METAPROC".into(), Vec::new()));
    assert_eq!(read(&file(0, &[])), (String::new(), Vec::new()));
}

#[test]
fn a_cut_inside_a_section_keeps_those_before() {
    let bytes = file(2, TWO);
    let (tags, errors) = read(&bytes[..60]);
    assert_eq!(tags, "META");
    let cut = ContainerError::Cut {
        offset: 40,
        tag: Some(Tag::PROC),
        need_bytes: 32,
        have_bytes: 20,
    };
    assert_eq!(errors, [cut]);
    assert_eq!(
        cut.to_string(),
        "record cut short: the PROC section at byte 40 needs 32 bytes, 20 are left; what comes \
         before it was read"
    );
    let (tags, errors) = read(&bytes[..42]);
    assert_eq!(tags, "META");
    let cut = ContainerError::Cut {
        offset: 40,
        tag: None,
        need_bytes: 16,
        have_bytes: 2,
    };
    assert_eq!(errors, [cut]);
}

#[test]
fn a_cut_between_sections_is_told_from_the_promise() {
    let (tags, errors) = read(&file(3, TWO));
    assert_eq!(tags, "METAPROC");
    assert_eq!(
        errors,
        [ContainerError::Missing {
            offset: 72,
            promised: 3,
            found: 2
        }]
    );
}

#[test]
fn a_damaged_payload_is_stepped_over() {
    let mut bytes = file(2, TWO);
    bytes[32] ^= 1;
    let (tags, errors) = read(&bytes);
    assert_eq!(tags, "PROC");
    assert!(matches!(
        errors[..],
        [ContainerError::Checksum {
            offset: 16,
            tag: Tag::META,
            ..
        }]
    ));
    assert!(
        errors[0]
            .to_string()
            .contains("the META section at byte 16 has checksum 0x")
    );
}

#[test]
fn appended_bytes_are_named_not_read() {
    let mut bytes = file(2, TWO);
    bytes.extend(b"junk");
    let (tags, errors) = read(&bytes);
    assert_eq!(tags, "METAPROC");
    assert_eq!(
        errors,
        [ContainerError::Trailing {
            offset: 72,
            extra_bytes: 4
        }]
    );
}

#[test]
fn a_length_beyond_every_file_is_a_cut() {
    let mut bytes = file(0, TWO);
    bytes[24..32].fill(0xff);
    let (tags, errors) = read(&bytes);
    assert_eq!(tags, "");
    assert!(matches!(
        errors[..],
        [ContainerError::Cut {
            offset: 16,
            need_bytes: u64::MAX,
            ..
        }]
    ));
}

#[test]
fn foreign_files_are_named() {
    let message = |bytes: &[u8]| Sections::parse(bytes).unwrap_err().to_string();
    assert!(message(b"TENURE").contains("6 are there"));
    assert!(message(b"TENURE\n\0\x01\0\0\0").starts_with("not a Tenure record: bytes 0 to 7"));
    let mut newer = file(0, &[]);
    newer[8] = 9;
    assert!(message(&newer).contains("record of version 9 (byte 8)"));
}
