//! The pieces that a writer of containers puts one after the other.
//!
//! A file is [`file_header`], then for each section [`section_header`], the payload and
//! [`padding`].

use super::{
    CRC_OFFSET, Crc32, FILE_HEADER_BYTES, MAGIC, MAGIC_OFFSET, PAYLOAD_ALIGN_BYTES,
    PAYLOAD_LENGTH_OFFSET, SECTION_COUNT_OFFSET, SECTION_HEADER_BYTES, TAG_OFFSET, Tag, VERSION,
    VERSION_OFFSET,
};

/// The header of a file with `section_count` sections; 0 where the writer does not know yet.
pub const fn file_header(section_count: u32) -> [u8; FILE_HEADER_BYTES] {
    let mut header = [0; FILE_HEADER_BYTES];
    place(&mut header, MAGIC_OFFSET, &MAGIC);
    place(&mut header, VERSION_OFFSET, &VERSION.to_le_bytes());
    place(
        &mut header,
        SECTION_COUNT_OFFSET,
        &section_count.to_le_bytes(),
    );
    header
}

/// The header of a section whose payload is at hand.
pub fn section_header(tag: Tag, payload: &[u8]) -> [u8; SECTION_HEADER_BYTES] {
    section_header_of(tag, Crc32::of(payload), payload.len() as u64)
}

/// The header of a section whose payload was checksummed piece by piece.
pub const fn section_header_of(
    tag: Tag,
    crc: u32,
    payload_bytes: u64,
) -> [u8; SECTION_HEADER_BYTES] {
    let mut header = [0; SECTION_HEADER_BYTES];
    place(&mut header, TAG_OFFSET, &tag.0);
    place(&mut header, CRC_OFFSET, &crc.to_le_bytes());
    place(
        &mut header,
        PAYLOAD_LENGTH_OFFSET,
        &payload_bytes.to_le_bytes(),
    );
    header
}

/// The zeros that follow a payload of `payload_bytes`.
pub const fn padding(payload_bytes: u64) -> &'static [u8] {
    const ZEROS: [u8; PAYLOAD_ALIGN_BYTES] = [0; PAYLOAD_ALIGN_BYTES];
    let over = (payload_bytes % PAYLOAD_ALIGN_BYTES as u64) as usize;
    let fill = if over == 0 {
        0
    } else {
        PAYLOAD_ALIGN_BYTES - over
    };
    ZEROS.split_at(fill).0
}

const fn place(header: &mut [u8; 16], offset: usize, value: &[u8]) {
    let mut at = 0;
    while at < value.len() {
        header[offset + at] = value[at];
        at += 1;
    }
}
