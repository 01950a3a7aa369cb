//! Reads a graph file record by record. Any bytes may come: nothing is believed unchecked.

use super::error::GraphError;
use super::header::{GraphHeader, HEADER_BYTES};
use super::{END_OF_POINTS, GroupKind, Way};

/// A graph file over bytes that someone else holds.
#[derive(Clone, Copy, Debug)]
pub struct GraphView<'a> {
    header: GraphHeader,
    bytes: &'a [u8],
}

/// A root.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    /// What it is.
    pub kind: GroupKind,
    /// First address; of a module that of the whole image, code included; 0 for registers.
    pub start: u64,
    /// The address behind the last.
    pub end: u64,
    /// The thread's number (`gettid`), 0 where it is no thread's.
    pub thread: u32,
    /// Of a module: what is subtracted from an address to give the ELF virtual address.
    pub bias: u64,
    /// Of a module or mapping the path, of a thread its name, as the kernel tells it; may be empty.
    pub name: &'a [u8],
    /// Of a module.
    pub build_id: &'a [u8],
    /// Of a stack: its frames, innermost first.
    pub frames: Frames<'a>,
}

/// A block in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it starts.
    pub address: u64,
    /// Bytes asked for.
    pub bytes: u64,
    /// The call stack that allocated it: a node of the process's nodes, 0 where it is not known.
    pub site: u32,
    /// Slot of the shard of the thread that allocated it, 0 where it is not known.
    pub thread: u32,
}

/// A word that points into a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Where the word lies, in bytes from the start of its group or block.
    pub offset: u64,
    /// Number of the block. Not checked against the number of blocks.
    pub target: u64,
    /// How it points there.
    pub way: Way,
}

/// A piece of the file.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// A root begins.
    Group(Group<'a>),
    /// A word of the last group.
    Reference(Edge),
    /// A block begins.
    Block(Block),
    /// A word of the last block.
    Edge(Edge),
}

impl<'a> GraphView<'a> {
    /// Checks the header.
    ///
    /// # Errors
    /// As [`GraphHeader::parse`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, GraphError> {
        let header = GraphHeader::parse(bytes)?;
        Ok(Self { header, bytes })
    }

    /// The numbers of the header.
    #[must_use]
    pub fn header(&self) -> &GraphHeader {
        &self.header
    }

    /// All records in their order: groups, each with its references, then blocks, each with its
    /// edges. After an error comes nothing.
    #[must_use]
    pub fn records(&self) -> Records<'a> {
        Records {
            bytes: self.bytes,
            at: HEADER_BYTES,
            part: Part::Groups,
            target: 0,
            place: 0,
            block: 0,
            blocks: 0,
        }
    }
}

/// Where a reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Groups,
    References,
    Blocks,
    Edges,
    End,
}

/// The records of a file.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
    part: Part,
    target: u64,
    /// Offset of the last word.
    place: u64,
    /// Address of the last block.
    block: u64,
    blocks: u64,
}

impl<'a> Records<'a> {
    /// Bytes read so far, from the start of the file: for a progress bar.
    #[must_use]
    pub fn at_byte(&self) -> usize {
        self.at
    }

    #[inline]
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    #[inline]
    fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// An integer of `length` bytes, at most 8.
    #[inline]
    fn integer(&mut self, length: usize) -> Option<u64> {
        let end = self.at + length;
        let number = if let Some(word) = self.bytes.get(self.at..self.at + 8) {
            let word = u64::from_le_bytes(word.try_into().ok()?);
            // A shift by 64 is none at all.
            word & u64::MAX.checked_shr(64 - 8 * length as u32).unwrap_or(0)
        } else {
            let bytes = self.bytes.get(self.at..end)?;
            let mut word = [0; 8];
            word.get_mut(..length)?.copy_from_slice(bytes);
            u64::from_le_bytes(word)
        };
        self.at = end;
        Some(number)
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        let end = self.at.checked_add(len)?;
        let text = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(text)
    }

    /// `None`: damaged. `Some(None)`: the list has ended.
    fn group(&mut self) -> Option<Option<Record<'a>>> {
        let Some(kind) = GroupKind::of(self.byte()?) else {
            self.part = Part::Blocks;
            return Some(None);
        };
        let (start, end) = (self.number()?, self.number()?);
        let thread = u32::try_from(self.number()?).ok()?;
        let bias = self.number()?;
        let (name, build_id) = (self.text()?, self.text()?);
        let count = self.number()?;
        let from = self.at;
        for _ in 0..count {
            self.number()?;
            self.number()?;
        }
        self.part = Part::References;
        self.target = 0;
        self.place = 0;
        Some(Some(Record::Group(Group {
            kind,
            start,
            end,
            thread,
            bias,
            name,
            build_id,
            frames: Frames {
                bytes: self.bytes.get(from..self.at)?,
                sp: start,
            },
        })))
    }

    #[inline]
    fn points(&mut self, is_edge: bool) -> Option<Option<Record<'a>>> {
        let first = self.byte()?;
        if first == END_OF_POINTS {
            self.part = if is_edge { Part::Blocks } else { Part::Groups };
            return Some(None);
        }
        let length = usize::from(first >> 5);
        let zigzag = self.integer(length)?;
        let difference = (zigzag >> 1) ^ (zigzag & 1).wrapping_neg();
        self.target = self.target.wrapping_add(difference);
        let step = match first >> 3 & 3 {
            0 => 1,
            1 => self.integer(1)?,
            2 => self.integer(2)?,
            _ => self.integer(8)?,
        };
        self.place = self.place.checked_add(step.checked_mul(8)?)?;
        let edge = Edge {
            offset: self.place,
            target: self.target,
            way: Way::ALL[usize::from(first & 7)],
        };
        Some(Some(if is_edge {
            Record::Edge(edge)
        } else {
            Record::Reference(edge)
        }))
    }

    #[inline]
    fn block(&mut self) -> Option<Option<Record<'a>>> {
        let steps = self.number()?;
        if steps == 0 {
            self.part = Part::End;
            return Some(None);
        }
        let address = self.block.checked_add(steps.checked_mul(16)?)?;
        let bytes = self.number()?;
        let site = u32::try_from(self.number()?).ok()?;
        let thread = u32::try_from(self.number()?).ok()?;
        self.part = Part::Edges;
        self.target = self.blocks;
        self.place = 0;
        self.block = address;
        self.blocks += 1;
        Some(Some(Record::Block(Block {
            address,
            bytes,
            site,
            thread,
        })))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, GraphError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let begins = self.at;
            let read = match self.part {
                Part::Groups => self.group(),
                Part::References => self.points(false),
                Part::Blocks => self.block(),
                Part::Edges => self.points(true),
                Part::End => return None,
            };
            match read {
                Some(Some(record)) => return Some(Ok(record)),
                Some(None) => {}
                None => {
                    self.part = Part::End;
                    return Some(Err(GraphError::Torn {
                        at_byte: begins,
                        blocks: self.blocks,
                    }));
                }
            }
        }
    }
}

/// The frames of a stack, innermost first: the stack pointer at each, and the return address. They
/// lie in groups of [`GroupKind::Module`].
#[derive(Clone, Debug, Copy)]
pub struct Frames<'a> {
    bytes: &'a [u8],
    sp: u64,
}

impl Iterator for Frames<'_> {
    type Item = (u64, u64);

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        // The reader of groups has gone over these bytes.
        let mut records = Records {
            bytes: self.bytes,
            at: 0,
            part: Part::End,
            target: 0,
            place: 0,
            block: 0,
            blocks: 0,
        };
        let above = records.number()?.wrapping_mul(8);
        let address = records.number()?;
        self.bytes = self.bytes.get(records.at..)?;
        self.sp = self.sp.wrapping_add(above);
        Some((self.sp, address))
    }
}
