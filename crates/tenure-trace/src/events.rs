//! The stream of events: every allocation and free of a thread, in the order in which they came.
//!
//! **Shape of the file:** an array (see [`crate::profile::array`]) of *chunks* of [`CHUNK_BYTES`].
//! A chunk has a header of [`CHUNK_HEADER_BYTES`] (constants below) and then events; each chunk is
//! read on its own, so a torn one costs no other. A thread writes one chunk at a time.
//!
//! **Shape of an event:** one byte, `kind 3 bits | time 5 bits`, then what the kind needs, numbers
//! as LEB128 and differences zigzagged. Time is counted in units of [`TIME_UNIT_NS`] since the
//! event before; a time of [`TIME_LONG`] says that it follows as a number.
//!
//! | kind | follows |
//! |---|---|
//! | 0 allocation, as large as the last of its site | site, place |
//! | 1 allocation | site, bytes, place |
//! | 2 free | distance from the last block allocated |
//! | 3 free | distance from the last block freed |
//! | 4 resize in place | distance from the last block allocated, bytes |
//!
//! A *place* is the distance from the last block of about the same size; all distances are in steps
//! of 16 bytes. What is repeated in a program so becomes the same few bytes again and again, which
//! a general compressor then folds.

use crate::little_endian::{u32_at, u64_at};

/// Size of a chunk in bytes.
pub const CHUNK_BYTES: usize = 64 << 10;
/// `u32`: slot of the thread's shard in the state file.
pub const SHARD_OFFSET: usize = 0;
/// `u32`: bytes of events behind the header.
pub const USED_OFFSET: usize = 4;
/// `u64`: time at which the chunk begins, in units of [`TIME_UNIT_NS`] since the process's start.
pub const START_OFFSET: usize = 8;
/// `u64`: how many chunks the shard had before.
pub const ORDER_OFFSET: usize = 16;
/// Where the events begin.
pub const CHUNK_HEADER_BYTES: usize = 32;
/// The unit of time.
pub const TIME_UNIT_NS: u64 = 128;
/// The most bytes that an event takes: the first, and four numbers of ten.
pub const EVENT_BYTES_MAX: usize = 41;
/// The time in the first byte that says that it follows as a number.
pub const TIME_LONG: u64 = 31;

const KIND_SHIFT: u32 = 5;
const STEP_SHIFT: u32 = 4;
const SITES: usize = 256;
const CLASSES: usize = 64;

/// What happened to a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was handed out.
    Allocated {
        /// The site: a node's id.
        site: u32,
        /// Bytes asked for.
        bytes: u64,
        /// Where it starts: a multiple of 16.
        address: u64,
    },
    /// It came back.
    Freed {
        /// Where it starts.
        address: u64,
    },
    /// It has another size in its place.
    Resized {
        /// Where it starts.
        address: u64,
        /// Bytes asked for now.
        bytes: u64,
    },
}

/// What writer and reader of a chunk know of the events before. A fresh one for each chunk.
#[derive(Clone, Debug)]
pub struct Context {
    time: u64,
    allocated: u64,
    freed: u64,
    classes: [u64; CLASSES],
    sizes: [(u32, u64); SITES],
}

impl Context {
    /// At the start of a chunk, at `time` in units of [`TIME_UNIT_NS`].
    #[must_use]
    pub const fn new(time: u64) -> Self {
        Self {
            time,
            allocated: 0,
            freed: 0,
            classes: [0; CLASSES],
            sizes: [(0, 0); SITES],
        }
    }

    /// The time of the last event.
    #[must_use]
    pub const fn time(&self) -> u64 {
        self.time
    }

    /// Writes an event at `time`, which is cut to that of the one before if it is earlier; gives
    /// its length.
    pub fn encode(&mut self, time: u64, event: Event, to: &mut [u8; EVENT_BYTES_MAX]) -> usize {
        let passed = time.saturating_sub(self.time);
        self.time += passed;
        let mut out = Writer { bytes: to, len: 1 };
        if passed >= TIME_LONG {
            out.number(passed);
        }
        let kind = match event {
            Event::Allocated {
                site,
                bytes,
                address,
            } => self.encode_allocated(&mut out, site, bytes, address),
            Event::Freed { address } => self.encode_freed(&mut out, address),
            Event::Resized { address, bytes } => {
                let step = address >> STEP_SHIFT;
                out.difference(step, self.allocated);
                out.number(bytes);
                4
            }
        };
        let len = out.len;
        to[0] = kind << KIND_SHIFT | passed.min(TIME_LONG) as u8;
        len
    }

    fn encode_allocated(
        &mut self,
        out: &mut Writer<'_>,
        site: u32,
        bytes: u64,
        address: u64,
    ) -> u8 {
        out.number(u64::from(site));
        let last = &mut self.sizes[site as usize % SITES];
        let is_same = *last == (site, bytes);
        *last = (site, bytes);
        if !is_same {
            out.number(bytes);
        }
        let (step, class) = (address >> STEP_SHIFT, class_of(bytes));
        out.difference(step, self.classes[class]);
        self.classes[class] = step;
        self.allocated = step;
        u8::from(!is_same)
    }

    fn encode_freed(&mut self, out: &mut Writer<'_>, address: u64) -> u8 {
        let step = address >> STEP_SHIFT;
        let near_freed = step.abs_diff(self.freed) < step.abs_diff(self.allocated);
        let from = if near_freed {
            self.freed
        } else {
            self.allocated
        };
        out.difference(step, from);
        self.freed = step;
        if near_freed { 3 } else { 2 }
    }

    /// Reads the event at the start of `bytes`: it, and its length. `None` where the bytes are not
    /// those of a whole event.
    #[must_use]
    pub fn decode(&mut self, bytes: &[u8]) -> Option<(Event, usize)> {
        let first = *bytes.first()?;
        let mut from = Reader { bytes, at: 1 };
        let mut passed = u64::from(first) & TIME_LONG;
        if passed == TIME_LONG {
            passed = from.number()?;
        }
        let event = match first >> KIND_SHIFT {
            kind @ 0..=1 => self.decode_allocated(&mut from, kind == 0)?,
            2 => self.decode_freed(&mut from, self.allocated)?,
            3 => self.decode_freed(&mut from, self.freed)?,
            4 => Event::Resized {
                address: from.difference(self.allocated)? << STEP_SHIFT,
                bytes: from.number()?,
            },
            _ => return None,
        };
        self.time = self.time.checked_add(passed)?;
        Some((event, from.at))
    }

    fn decode_allocated(&mut self, from: &mut Reader<'_>, is_same: bool) -> Option<Event> {
        let site = u32::try_from(from.number()?).ok()?;
        let last = self.sizes[site as usize % SITES];
        let bytes = if !is_same {
            from.number()?
        } else if last.0 == site {
            last.1
        } else {
            return None;
        };
        self.sizes[site as usize % SITES] = (site, bytes);
        let class = class_of(bytes);
        let step = from.difference(self.classes[class])?;
        self.classes[class] = step;
        self.allocated = step;
        Some(Event::Allocated {
            site,
            bytes,
            address: step << STEP_SHIFT,
        })
    }

    fn decode_freed(&mut self, from: &mut Reader<'_>, near: u64) -> Option<Event> {
        let step = from.difference(near)?;
        self.freed = step;
        Some(Event::Freed {
            address: step << STEP_SHIFT,
        })
    }
}

/// Blocks of about the same size lie together.
fn class_of(bytes: u64) -> usize {
    let steps = bytes.div_ceil(1 << STEP_SHIFT).max(1);
    if steps < CLASSES as u64 / 2 {
        steps as usize
    } else {
        (CLASSES / 2 + steps.ilog2() as usize / 2).min(CLASSES - 1)
    }
}

struct Writer<'a> {
    bytes: &'a mut [u8; EVENT_BYTES_MAX],
    len: usize,
}

impl Writer<'_> {
    fn number(&mut self, mut number: u64) {
        loop {
            let rest = number >> 7;
            let more = if rest == 0 { 0 } else { 0x80 };
            // Four numbers of ten bytes and the first byte fit.
            self.bytes[self.len] = (number & 0x7f) as u8 | more;
            self.len += 1;
            if rest == 0 {
                return;
            }
            number = rest;
        }
    }

    fn difference(&mut self, to: u64, from: u64) {
        let difference = to.wrapping_sub(from).cast_signed();
        self.number((difference << 1 ^ difference >> 63).cast_unsigned());
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn difference(&mut self, from: u64) -> Option<u64> {
        let zigzag = self.number()?;
        let difference = (zigzag >> 1) ^ (zigzag & 1).wrapping_neg();
        Some(from.wrapping_add(difference))
    }
}

/// One chunk of a file.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    bytes: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// A chunk's bytes; `None` when they are shorter than its header.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        (bytes.len() >= CHUNK_HEADER_BYTES).then_some(Self { bytes })
    }

    /// Slot of the thread's shard; 0 for a chunk that nobody has begun.
    #[must_use]
    pub fn shard(&self) -> u32 {
        u32_at(self.bytes, SHARD_OFFSET).unwrap_or(0)
    }

    /// How many chunks the shard had before.
    #[must_use]
    pub fn order(&self) -> u64 {
        u64_at(self.bytes, ORDER_OFFSET).unwrap_or(0)
    }

    /// The events with their times in nanoseconds since the process's start, as far as they are
    /// whole.
    pub fn events(&self) -> Events<'a> {
        let used = u32_at(self.bytes, USED_OFFSET).unwrap_or(0) as usize;
        let end = (CHUNK_HEADER_BYTES + used).min(self.bytes.len());
        Events {
            bytes: &self.bytes[CHUNK_HEADER_BYTES..end],
            context: Context::new(u64_at(self.bytes, START_OFFSET).unwrap_or(0)),
        }
    }
}

/// The events of a chunk.
#[derive(Clone, Debug)]
pub struct Events<'a> {
    bytes: &'a [u8],
    context: Context,
}

impl Events<'_> {
    /// Bytes that could not be read as events: 0 when the chunk is whole and all were read.
    #[must_use]
    pub fn unread_bytes(&self) -> usize {
        self.bytes.len()
    }
}

impl Iterator for Events<'_> {
    type Item = (u64, Event);

    fn next(&mut self) -> Option<Self::Item> {
        let (event, len) = self.context.decode(self.bytes)?;
        self.bytes = self.bytes.get(len..)?;
        Some((self.context.time().saturating_mul(TIME_UNIT_NS), event))
    }
}

#[cfg(test)]
mod tests;
