//! The layout to the byte, and what damaged headers are answered.

use super::*;
use std::string::ToString;
use std::vec::Vec;
use std::{format, vec};

const USABLE: [u64; 3] = [16, 32, 1 << 20];

fn header_of_two_shards() -> Header {
    Header {
        shard_capacity: 2,
        shard_count: 2,
        pid: 4711,
        ppid: 4710,
        first_huge_class: 2,
        ..Header::default()
    }
}

fn image_of_two_shards() -> Vec<u8> {
    let mut bytes = vec![0xaa; header::HEADER_BYTES + 2 * shard::bytes_for(USABLE.len())];
    let mut image = StateImage::format(&mut bytes, &header_of_two_shards(), &USABLE).unwrap();
    image.set_program(b"/usr/bin/jq").unwrap();
    image.set_command(b"jq\0.\0a b.json\0").unwrap();
    let counts = ClassCounts {
        allocations: 5,
        frees: 2,
        requested_bytes: 70,
        requested_freed_bytes: 20,
    };
    image.set_class(1, 1, &counts).unwrap();
    image
        .set_shard(
            1,
            &ShardHead {
                state: 1,
                frees_remote: 9,
                ..ShardHead::default()
            },
        )
        .unwrap();
    bytes
}

fn with(mut bytes: Vec<u8>, offset: usize, value: &[u8]) -> Vec<u8> {
    bytes[offset..offset + value.len()].copy_from_slice(value);
    bytes
}

fn message(bytes: &[u8]) -> std::string::String {
    StateView::parse(bytes).unwrap_err().to_string()
}

#[test]
fn fields_lie_where_the_format_says() {
    let bytes = image_of_two_shards();
    assert_eq!(&bytes[..8], b"TNRSTAT1");
    assert_eq!(bytes[8..12], 1_u32.to_le_bytes());
    assert_eq!(bytes[12..16], 8192_u32.to_le_bytes());
    assert_eq!(bytes[16..20], 192_u32.to_le_bytes());
    assert_eq!(bytes[28..32], 3_u32.to_le_bytes());
    assert_eq!(bytes[32..36], 4711_u32.to_le_bytes());
    assert_eq!(&bytes[256..269], b"\x0b\0/usr/bin/jq");
    assert_eq!(&bytes[1280..1286], b"\x0e\0jq\0.");
    assert_eq!(bytes[5384..5392], 32_u64.to_le_bytes());
    assert_eq!(bytes[6656..6664], 2_u64.to_le_bytes());
    let shard = &bytes[8192 + 192..];
    assert_eq!(shard[56..64], 9_u64.to_le_bytes());
    assert_eq!(shard[64 + 32..64 + 40], 5_u64.to_le_bytes());
    assert_eq!(shard[64 + 32 + 24..64 + 64], 20_u64.to_le_bytes());
}

#[test]
fn what_was_written_is_read_back() {
    let bytes = image_of_two_shards();
    let view = StateView::parse(&bytes).unwrap();
    assert_eq!(*view.header(), header_of_two_shards());
    assert_eq!(view.program(), b"/usr/bin/jq");
    assert_eq!(
        view.arguments().collect::<Vec<_>>(),
        [&b"jq"[..], b".", b"a b.json"]
    );
    assert_eq!(view.class_usable_bytes(2), Some(1 << 20));
    assert_eq!(view.class_usable_bytes(3), None);
    assert!(view.class_is_huge(2));
    assert!(!view.class_is_huge(1));
    assert_eq!(view.missing_shards(), 0);
    assert_eq!(view.used_bytes(), bytes);
    let shards: Vec<_> = view.shards().collect();
    assert!(shards[0].is_inherited());
    assert_eq!(shards[1].head().frees_remote, 9);
    assert_eq!(
        shards[1]
            .classes()
            .map(|class| class.allocations)
            .sum::<u64>(),
        5
    );
}

#[test]
fn empty_arguments_survive_and_no_command_line_is_none() {
    let mut bytes = image_of_two_shards();
    let mut image = StateImage::format(&mut bytes, &header_of_two_shards(), &USABLE).unwrap();
    image.set_command(b"printf\0\0x").unwrap();
    let view = StateView::parse(&bytes).unwrap();
    assert_eq!(
        view.arguments().collect::<Vec<_>>(),
        [&b"printf"[..], b"", b"x"]
    );
    let mut image = StateImage::format(&mut bytes, &header_of_two_shards(), &USABLE).unwrap();
    image.set_command(b"").unwrap();
    assert_eq!(StateView::parse(&bytes).unwrap().arguments().count(), 0);
}

#[test]
fn long_texts_are_cut_and_said_to_be() {
    let mut bytes = image_of_two_shards();
    let mut image = StateImage::format(&mut bytes, &header_of_two_shards(), &USABLE).unwrap();
    image.set_program(&[b'p'; 2000]).unwrap();
    image.set_command(&[b'c'; 5000]).unwrap();
    let view = StateView::parse(&bytes).unwrap();
    assert_eq!(view.program().len(), header::PROGRAM_CAPACITY);
    assert!(view.command_is_cut());
    assert_eq!(
        view.class_usable_bytes(0),
        Some(16),
        "the text stays within its room"
    );
}

#[test]
fn a_file_without_its_tail_gives_the_whole_shards() {
    let bytes = image_of_two_shards();
    let view = StateView::parse(&bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(view.shards().count(), 1);
    assert_eq!(view.missing_shards(), 1);
    assert_eq!(view.used_bytes().len(), 8192 + 192);
}

#[test]
fn a_count_beyond_any_file_is_missing_shards_not_memory() {
    let bytes = with(
        image_of_two_shards(),
        header::SHARD_COUNT_OFFSET,
        &[0xff; 4],
    );
    let view = StateView::parse(&bytes).unwrap();
    assert_eq!(view.shards().count(), 2);
    assert_eq!(view.missing_shards(), u64::from(u32::MAX) - 2);
}

#[test]
fn damaged_headers_are_named_with_their_byte() {
    let good = image_of_two_shards();
    assert_eq!(
        message(&good[..100]),
        "state file cut short: the header needs 8192 bytes, 100 are left; nothing of it can be \
         salvaged, record again"
    );
    assert!(message(&[]).contains("0 are left"));
    assert!(message(&[0; 9000]).starts_with("state file without content"));
    assert_eq!(
        message(b"{\"json\": true}"),
        "not a state file: bytes 0 to 7 are \"{\\\"json\\\":\" instead of \"TNRSTAT1\"; check the \
         file name"
    );
    let version = with(good.clone(), header::VERSION_OFFSET, &[2, 0, 0, 0]);
    assert!(message(&version).contains("version 2 (byte 8); this program reads version 1"));
    let sizes = with(good.clone(), header::SHARD_BYTES_OFFSET, &[1, 0, 0, 0]);
    assert!(message(&sizes).contains("shard_bytes at byte 16 is 1 and must be 192"));
    let classes = with(good.clone(), header::CLASS_COUNT_OFFSET, &[161, 0, 0, 0]);
    assert!(message(&classes).contains("class_count at byte 28 is 161, outside 1 to 160"));
    let none = with(good.clone(), header::CLASS_COUNT_OFFSET, &[0; 4]);
    assert!(message(&none).contains("class_count at byte 28 is 0, outside 1 to 160"));
    let header_bytes = with(good.clone(), header::HEADER_BYTES_OFFSET, &[0; 4]);
    assert!(message(&header_bytes).contains("header_bytes at byte 12 is 0 and must be 8192"));
    let program = with(
        good.clone(),
        header::PROGRAM_OFFSET,
        &1023_u16.to_le_bytes(),
    );
    assert!(message(&program).contains("length of program at byte 256 is 1023"));
    let command = with(good, header::COMMAND_OFFSET, &4095_u16.to_le_bytes());
    assert!(message(&command).contains("length of command at byte 1280 is 4095"));
}

#[test]
fn an_image_says_how_much_room_it_needs() {
    let header = header_of_two_shards();
    let mut small = vec![0; 8191];
    let error = StateImage::format(&mut small, &header, &USABLE).unwrap_err();
    assert_eq!(
        error,
        StateError::Room {
            have_bytes: 8191,
            need_bytes: 8192
        }
    );
    let mut one = vec![0; 8192 + 192];
    let mut image = StateImage::format(&mut one, &header, &USABLE).unwrap();
    let beyond = image.set_shard(1, &ShardHead::default()).unwrap_err();
    assert_eq!(
        beyond,
        StateError::Room {
            have_bytes: 8384,
            need_bytes: 8576
        }
    );
    assert!(image.set_class(0, 3, &ClassCounts::default()).is_err());
    assert!(
        image
            .set_class(usize::MAX, 0, &ClassCounts::default())
            .is_err()
    );
    assert!(StateImage::format(&mut one, &header, &[]).is_err());
    assert!(StateImage::format(&mut one, &header, &[1; 161]).is_err());
    assert!(format!("{beyond}").contains("8576 bytes are needed, 8384 are there"));
}
