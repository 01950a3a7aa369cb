//! Scripts of heap operations and the shadow that each step is checked against.
//!
//! One type for property tests, fuzzing and benches: a failure prints its script, and the text
//! reads back as a script.

use crate::size_class::LARGEST_BYTES;
use crate::{
    ALIGN_MIN, allocate, allocate_aligned, allocate_zeroed, deallocate, good_size, reallocate,
    usable_size,
};
use core::fmt;
use core::str::FromStr;
use std::collections::BTreeMap;
use std::format;
use std::string::String;
use std::vec::Vec;

/// Blocks that a player holds at a time, unless it is made for more.
pub const SLOTS: usize = 64;
/// The most that it can be made for.
pub const SLOTS_MAX: usize = 1 << 16;

/// One operation. An operation on a slot that holds a block (or none) where the opposite is needed
/// does nothing, so that every sequence is a valid script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Allocates `bytes` into an empty slot.
    Allocate {
        /// Which slot.
        slot: usize,
        /// How much.
        bytes: usize,
    },
    /// The same, zeroed.
    Zeroed {
        /// Which slot.
        slot: usize,
        /// How much.
        bytes: usize,
    },
    /// The same, at a multiple of `1 << align_log2`.
    Aligned {
        /// Which slot.
        slot: usize,
        /// How much.
        bytes: usize,
        /// log2 of the alignment.
        align_log2: u32,
    },
    /// Resizes the block of a slot.
    Resize {
        /// Which slot.
        slot: usize,
        /// To how much.
        bytes: usize,
    },
    /// Frees the block of a slot.
    Free {
        /// Which slot.
        slot: usize,
    },
    /// Gives unused memory back.
    Trim,
    /// Gives back what has been unused for a while.
    Tick,
}

impl Op {
    /// The slot that it names.
    #[must_use]
    pub fn slot(&self) -> Option<usize> {
        match *self {
            Self::Allocate { slot, .. }
            | Self::Zeroed { slot, .. }
            | Self::Aligned { slot, .. }
            | Self::Resize { slot, .. }
            | Self::Free { slot } => Some(slot),
            Self::Trim | Self::Tick => None,
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Allocate { slot, bytes } => write!(f, "allocate {slot} {bytes}"),
            Self::Zeroed { slot, bytes } => write!(f, "zeroed {slot} {bytes}"),
            Self::Aligned {
                slot,
                bytes,
                align_log2,
            } => {
                write!(f, "aligned {slot} {bytes} {align_log2}")
            }
            Self::Resize { slot, bytes } => write!(f, "resize {slot} {bytes}"),
            Self::Free { slot } => write!(f, "free {slot}"),
            Self::Trim => write!(f, "trim"),
            Self::Tick => write!(f, "tick"),
        }
    }
}

impl FromStr for Op {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let verb = words.next().unwrap_or("");
        let mut number = || -> Result<usize, String> {
            let word = words
                .next()
                .ok_or_else(|| format!("`{line}`: a number is missing"))?;
            word.parse()
                .map_err(|_| format!("`{line}`: `{word}` is no number"))
        };
        match verb {
            "allocate" => Ok(Self::Allocate {
                slot: number()? % SLOTS_MAX,
                bytes: number()?,
            }),
            "zeroed" => Ok(Self::Zeroed {
                slot: number()? % SLOTS_MAX,
                bytes: number()?,
            }),
            "aligned" => Ok(Self::Aligned {
                slot: number()? % SLOTS_MAX,
                bytes: number()?,
                align_log2: (number()? % 22) as u32,
            }),
            "resize" => Ok(Self::Resize {
                slot: number()? % SLOTS_MAX,
                bytes: number()?,
            }),
            "free" => Ok(Self::Free {
                slot: number()? % SLOTS_MAX,
            }),
            "trim" => Ok(Self::Trim),
            "tick" => Ok(Self::Tick),
            _ => Err(format!(
                "`{line}`: no operation; known are allocate, zeroed, aligned, resize, free, \
                 trim, tick"
            )),
        }
    }
}

/// Reads a fuzzer's bytes as a script: four bytes an operation.
#[must_use]
pub fn from_bytes(bytes: &[u8]) -> Vec<Op> {
    let op = |word: &[u8]| {
        let (slot, small) = (word[1] as usize % SLOTS, word[2] as usize);
        // Sizes fall off by powers of two, with the odd huge one.
        let size = (small << (word[3] % 14)) % (3 * LARGEST_BYTES);
        match word[0] % 10 {
            0..=3 => Op::Allocate { slot, bytes: size },
            4 => Op::Zeroed { slot, bytes: size },
            5 => Op::Aligned {
                slot,
                bytes: size,
                align_log2: u32::from(word[0] / 10) % 18,
            },
            6 => Op::Resize { slot, bytes: size },
            7 if word[1] >= 254 => Op::Trim,
            7 if word[1] >= 248 => Op::Tick,
            _ => Op::Free { slot },
        }
    };
    bytes.chunks_exact(4).map(op).collect()
}

/// A block as the shadow knows it; may be freed on another thread.
#[derive(Debug)]
pub struct Held {
    address: usize,
    bytes: usize,
    pattern: u8,
}

impl Held {
    fn pointer(&self) -> *mut u8 {
        core::ptr::with_exposed_provenance_mut(self.address)
    }

    fn contents(&self) -> &[u8] {
        // SAFETY: the heap handed out `bytes` bytes here, this value is the only one that knows
        // them, and `fill` has written them all.
        unsafe { core::slice::from_raw_parts(self.pointer(), self.bytes) }
    }

    fn fill(&self) {
        // SAFETY: as in `contents`.
        unsafe { self.pointer().write_bytes(self.pattern, self.bytes) };
    }

    fn intact(&self, bytes: usize) -> Result<(), String> {
        match self.contents()[..bytes]
            .iter()
            .position(|byte| *byte != self.pattern)
        {
            None => Ok(()),
            Some(at) => Err(format!(
                "byte {at} of the block at {:#x} is {:#x}, {:#x} was written",
                self.address,
                self.contents()[at],
                self.pattern
            )),
        }
    }

    /// Writes another byte over the first, as a program with a wild pointer would.
    pub fn overwrite(&self, byte: u8) {
        // SAFETY: the block has at least one byte and is this value's.
        unsafe { self.pointer().write(byte) };
    }

    /// Checks the contents and frees the block, on whatever thread.
    ///
    /// # Errors
    /// What is wrong with the contents.
    pub fn free(self) -> Result<(), String> {
        self.intact(self.bytes)?;
        // SAFETY: the block came from this heap, and `self` ends here.
        unsafe { deallocate(self.pointer()) };
        Ok(())
    }
}

/// Plays scripts and keeps the shadow: which bytes are whose, and what they must contain.
#[derive(Debug)]
pub struct Player {
    slots: Vec<Option<Held>>,
    extents: BTreeMap<usize, usize>,
    steps: u64,
}

impl Default for Player {
    fn default() -> Self {
        Self::new()
    }
}

impl Player {
    /// Nothing held, [`SLOTS`] places.
    #[must_use]
    pub fn new() -> Self {
        Self::with_slots(SLOTS)
    }

    /// Nothing held, so many places, at most [`SLOTS_MAX`]: many blocks of one size are needed for
    /// heap pages that are full and empty out.
    #[must_use]
    pub fn with_slots(count: usize) -> Self {
        Self {
            slots: (0..count.clamp(1, SLOTS_MAX)).map(|_| None).collect(),
            extents: BTreeMap::new(),
            steps: 0,
        }
    }

    /// Plays one operation and checks: no overlap, alignment, usable ≥ asked, zeroed means zero,
    /// contents survive, a resized block keeps its beginning.
    ///
    /// # Errors
    /// What did not hold, in words.
    ///
    /// # Panics
    /// Where the operation names a slot that the player does not have.
    pub fn play(&mut self, op: Op) -> Result<(), String> {
        self.steps += 1;
        match op {
            Op::Allocate { slot, bytes } => self.admit(slot, bytes, ALIGN_MIN, || allocate(bytes)),
            Op::Zeroed { slot, bytes } => {
                if self.slots[slot].is_some() {
                    return Ok(());
                }
                let block = allocate_zeroed(bytes);
                // SAFETY: a block of at least `bytes` bytes that nobody else has.
                let zero = unsafe { core::slice::from_raw_parts(block, bytes) };
                if let Some(at) = zero.iter().position(|byte| *byte != 0) {
                    return Err(format!(
                        "byte {at} of a zeroed block of {bytes} is {}",
                        zero[at]
                    ));
                }
                self.admit(slot, bytes, ALIGN_MIN, || block)
            }
            Op::Aligned {
                slot,
                bytes,
                align_log2,
            } => {
                let align = 1 << align_log2;
                self.admit(slot, bytes, align, || allocate_aligned(align, bytes))
            }
            Op::Resize { slot, bytes } => self.resize(slot, bytes),
            Op::Free { slot } => match self.slots[slot].take() {
                None => Ok(()),
                Some(held) => {
                    self.extents.remove(&held.address);
                    held.free()
                }
            },
            Op::Trim => {
                crate::trim();
                Ok(())
            }
            Op::Tick => {
                crate::tick(false);
                Ok(())
            }
        }
    }

    fn admit(
        &mut self,
        slot: usize,
        bytes: usize,
        align: usize,
        make: impl FnOnce() -> *mut u8,
    ) -> Result<(), String> {
        if self.slots[slot].is_some() {
            return Ok(());
        }
        let address = make().expose_provenance();
        if address == 0 {
            return Err(format!("no memory for {bytes} bytes"));
        }
        if !address.is_multiple_of(align.max(ALIGN_MIN)) {
            return Err(format!("{address:#x} is no multiple of {align}"));
        }
        self.keep(slot, address, bytes)
    }

    fn keep(&mut self, slot: usize, address: usize, bytes: usize) -> Result<(), String> {
        let held = Held {
            address,
            bytes,
            pattern: (self.steps % 251) as u8 + 1,
        };
        // SAFETY: a block in use.
        let usable = unsafe { usable_size(held.pointer()) };
        if usable < bytes || (bytes > 0 && good_size(bytes) < bytes) {
            return Err(format!("{usable} bytes usable of {bytes} asked for"));
        }
        let below = self.extents.range(..=address).next_back();
        if let Some((start, end)) = below.filter(|(_, end)| **end > address) {
            return Err(format!("{address:#x} lies inside {start:#x}..{end:#x}"));
        }
        if let Some((start, _)) = self.extents.range(address..address + usable).next() {
            return Err(format!(
                "{address:#x} + {usable} reaches into the block at {start:#x}"
            ));
        }
        self.extents.insert(address, address + usable);
        held.fill();
        self.slots[slot] = Some(held);
        Ok(())
    }

    fn resize(&mut self, slot: usize, bytes: usize) -> Result<(), String> {
        let Some(mut held) = self.slots[slot].take() else {
            return Ok(());
        };
        held.intact(held.bytes)?;
        // SAFETY: the block is the player's; its old address is forgotten here.
        let address = unsafe { reallocate(held.pointer(), bytes) }.expose_provenance();
        if address == 0 {
            return Err(format!("no memory to resize to {bytes} bytes"));
        }
        self.extents.remove(&held.address);
        let kept = held.bytes.min(bytes);
        held.address = address;
        held.bytes = bytes;
        held.intact(kept)
            .map_err(|what| format!("after a resize to {bytes}: {what}"))?;
        self.keep(slot, address, bytes)
    }

    /// Takes a block out of the shadow, to be freed elsewhere.
    pub fn hand_over(&mut self, slot: usize) -> Option<Held> {
        let held = self.slots[slot].take()?;
        self.extents.remove(&held.address);
        Some(held)
    }

    /// Frees everything.
    ///
    /// # Errors
    /// The first damaged block.
    pub fn finish(mut self) -> Result<(), String> {
        (0..self.slots.len()).try_for_each(|slot| self.play(Op::Free { slot }))
    }
}

/// Plays a whole script and frees what is left.
///
/// # Errors
/// The step that failed, and the script as text.
pub fn play(script: &[Op]) -> Result<(), String> {
    let slots = script
        .iter()
        .filter_map(Op::slot)
        .max()
        .map_or(0, |slot| slot + 1);
    let mut player = Player::with_slots(slots);
    for (step, op) in script.iter().enumerate() {
        player.play(*op).map_err(|what| {
            let lines: Vec<String> = script[..=step].iter().map(|op| format!("{op}")).collect();
            format!("step {step}, {op}: {what}; script:\n{}", lines.join("\n"))
        })?;
    }
    player.finish()
}

/// Reads a script as [`play`] prints it, an operation a line; empty lines are passed over.
///
/// # Errors
/// The line that is no operation.
pub fn parse(text: &str) -> Result<Vec<Op>, String> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(str::parse)
        .collect()
}

/// The text of a script.
#[must_use]
pub fn print(script: &[Op]) -> String {
    let mut text = String::new();
    for op in script {
        text.push_str(&format!("{op}"));
        text.push('\n');
    }
    text
}
