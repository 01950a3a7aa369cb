//! Images are read from memory, and what does not add up is none.

use super::*;
use std::vec::Vec;

/// An image of one loaded segment, with a note and a table of nothing.
fn image() -> Vec<u8> {
    let mut bytes = std::vec![0u8; 4096];
    bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
    bytes[32..40].copy_from_slice(&64u64.to_le_bytes());
    bytes[54..56].copy_from_slice(&56u16.to_le_bytes());
    bytes[56..58].copy_from_slice(&3u16.to_le_bytes());
    let mut part = |index: usize, kind: u32, addr: u64, len: u64| {
        let at = 64 + index * 56;
        bytes[at..at + 4].copy_from_slice(&kind.to_le_bytes());
        for (place, value) in [(8, addr), (16, addr), (32, len), (40, len)] {
            bytes[at + place..at + place + 8].copy_from_slice(&value.to_le_bytes());
        }
    };
    part(0, LOAD, 0, 4096);
    part(1, NOTE, 512, 36);
    part(2, EH_FRAME, 1024, 64);
    bytes[512..524].copy_from_slice(&[4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0]);
    bytes[524..528].copy_from_slice(b"GNU\0");
    bytes[528..548].copy_from_slice(&[7; 20]);
    // Version, a signed word from here to the frames (768 on), a count, sorted signed words.
    bytes[1024..1028].copy_from_slice(&[1, 0x1b, 3, 0x3b]);
    bytes[1028..1032].copy_from_slice(&764u32.to_le_bytes());
    bytes
}

fn read(bytes: &[u8]) -> Option<Image> {
    let piece = Piece {
        addr: bytes.as_ptr().expose_provenance(),
        len: bytes.len(),
    };
    // SAFETY: a vector's bytes.
    unsafe { Image::read(piece) }
}

#[test]
fn an_image_tells_its_bounds_its_tables_and_its_build_id() {
    let bytes = image();
    let image = read(&bytes).unwrap();
    let start = bytes.as_ptr().addr();
    assert_eq!(
        (image.bias, image.start, image.end),
        (start, start, start + 4096)
    );
    assert_eq!(
        image.header,
        Piece {
            addr: start + 1024,
            len: 64
        }
    );
    assert_eq!(
        image.frames,
        Piece {
            addr: start + 1792,
            len: 4096 - 1792
        }
    );
    assert_eq!(image.build_id[..usize::from(image.build_id_len)], [7; 20]);
    assert!(image.covers(start + 4095));
    assert!(!image.covers(start + 4096));
}

#[test]
fn tables_beyond_the_image_are_none() {
    let mut bytes = image();
    bytes[1028..1032].copy_from_slice(&0x7000u32.to_le_bytes());
    assert_eq!(read(&bytes).unwrap().header.len, 0);
    let mut bytes = image();
    bytes[64 + 2 * 56 + 16..64 + 2 * 56 + 24].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(read(&bytes).unwrap().header.len, 0);
}

#[test]
fn torn_and_changed_headers_do_no_harm() {
    let whole = image();
    for len in 0..300 {
        let _ = read(&whole[..len]);
    }
    assert!(read(&whole[..231]).is_none());
    for at in (0..240).chain(512..548).chain(1024..1032) {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bytes = image();
            bytes[at] = value;
            if let Some(image) = read(&bytes) {
                assert!(image.start < image.end);
                assert!(image.header.len == 0 || image.covers(image.header.addr));
                assert!(image.build_id_len <= 32);
            }
        }
    }
}
