//! Writes the records of a graph file, one after the other, into a buffer of the caller's.

use super::{END_OF_POINTS, GroupKind, Way};

/// The most bytes that a reference, an edge, a block or a frame takes.
pub const EDGE_BYTES_MAX: usize = 40;
/// The most bytes that are stored for a reference or edge.
const POINT_BYTES_MAX: usize = 16;
/// The most bytes that a group takes without its name, build-id and frames.
pub const GROUP_NUMBERS_BYTES_MAX: usize = 80;

/// Where the next record goes, and what the differences are taken from.
///
/// The caller makes room: before each call the buffer has at least the bytes that the constants
/// name, and texts, free behind [`Writer::len`]. What does not fit is dropped, and
/// [`Writer::is_overrun`] says so.
#[derive(Debug)]
pub struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
    target: u64,
    place: u64,
    block: u64,
    number: u64,
    is_overrun: bool,
}

impl<'a> Writer<'a> {
    /// A writer at the first group.
    pub fn new(buffer: &'a mut [u8]) -> Self {
        Self {
            buffer,
            len: 0,
            target: 0,
            place: 0,
            block: 0,
            number: 0,
            is_overrun: false,
        }
    }

    /// Bytes written into the buffer.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the buffer is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes that are free.
    #[must_use]
    pub fn room(&self) -> usize {
        self.buffer.len() - self.len
    }

    /// What has been written; the next record goes to the front of the buffer.
    pub fn take(&mut self) -> &[u8] {
        &self.buffer[..core::mem::take(&mut self.len)]
    }

    /// Whether something did not fit.
    #[must_use]
    pub fn is_overrun(&self) -> bool {
        self.is_overrun
    }

    fn bytes(&mut self, bytes: &[u8]) {
        match self.buffer.get_mut(self.len..self.len + bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.len += bytes.len();
            }
            None => self.is_overrun = true,
        }
    }

    #[inline]
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        match self.buffer.get_mut(self.len) {
            Some(place) => {
                *place = byte;
                self.len += 1;
            }
            None => self.is_overrun = true,
        }
    }

    /// Begins a group; frames and references follow.
    pub fn group(
        &mut self,
        kind: GroupKind,
        range: core::ops::Range<u64>,
        thread: u32,
        module: (u64, &[u8], &[u8]),
        frames: usize,
    ) {
        let (bias, name, build_id) = module;
        self.bytes(&[kind.number()]);
        self.number(range.start);
        self.number(range.end);
        self.number(u64::from(thread));
        self.number(bias);
        for text in [name, build_id] {
            self.number(text.len() as u64);
            self.bytes(text);
        }
        self.number(frames as u64);
        self.target = 0;
        self.place = range.start;
    }

    /// Writes a frame of a stack: its return address, and how many bytes its stack pointer is above
    /// that of the frame before, or above the start of the group.
    pub fn frame(&mut self, above: u64, address: u64) {
        self.number(above / 8);
        self.number(address);
    }

    /// Writes a reference in the group, or an edge of the block: the word at `address` points to
    /// block `target`. Addresses rise; blocks have numbers below 2^40.
    #[inline]
    pub fn points(&mut self, address: u64, target: u64, way: Way) {
        let difference = target.wrapping_sub(self.target).cast_signed();
        let zigzag = (difference << 1 ^ difference >> 63).cast_unsigned();
        let length = ((71 - (zigzag | 1).leading_zeros()) / 8) as usize;
        let step = (address - self.place) / 8;
        let (code, step_length) = match step {
            1 => (0, 0),
            0..=0xff => (1, 1),
            0x100..=0xffff => (2, 2),
            _ => (3, 8),
        };
        let Some(room) = self.buffer.get_mut(self.len..self.len + POINT_BYTES_MAX) else {
            self.is_overrun = true;
            return;
        };
        let first = way as u64 | code << 3 | (length as u64 & 7) << 5;
        room[..8].copy_from_slice(&(first | zigzag << 8).to_le_bytes());
        if step_length > 0 {
            room[1 + length..9 + length].copy_from_slice(&step.to_le_bytes());
        }
        self.len += 1 + length + step_length;
        self.target = target;
        self.place = address;
    }

    /// Ends the references of a group, or the edges of a block.
    pub fn end_points(&mut self) {
        self.bytes(&[END_OF_POINTS]);
    }

    /// Ends the groups; blocks follow.
    pub fn end_groups(&mut self) {
        self.bytes(&[0]);
    }

    /// Begins a block; edges follow. Addresses rise in steps of 16.
    #[inline]
    pub fn block(&mut self, address: u64, bytes: u64, site: u32, thread: u32) {
        self.number((address - self.block) / 16);
        self.number(bytes);
        self.number(u64::from(site));
        self.number(u64::from(thread));
        self.target = self.number;
        self.place = address;
        self.block = address;
        self.number += 1;
    }

    /// Ends the blocks.
    pub fn end_blocks(&mut self) {
        self.bytes(&[0]);
    }
}
