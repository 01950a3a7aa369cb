//! A heap as it stood at one moment: its blocks, who points to them, and from where the program
//! reaches them.
//!
//! # Shape
//!
//! Beside `PID-SEQ.state` stands `PID-SEQ.graph`, written in one go while the program stands still,
//! or by a copy of it:
//!
//! ```text
//! 0              256
//! ├─ header 256 ─┼─ group ─ references ─ group ─ references ─ … ─ 0 ─┼─ block ─ edges ─ … ─ 0 ─┤
//! ```
//!
//! A *group* is a piece of memory (or a thread's registers) that the program reaches without a
//! block: a *root*. A *reference* is a word in it that points into a block. A *block* is one that
//! is in use; an *edge* a word in it that points into a block. Blocks come in the order of their
//! addresses, and the first has number 0: references and edges name blocks by number.
//!
//! Numbers are LEB128, differences zigzagged before; all other integers are little-endian. Lists of
//! groups and blocks end with a zero byte, lists of references and edges with a byte of 255.
//!
//! | what | bytes |
//! |---|---|
//! | group | kind (1 to 255), start, end, thread, bias, name, build-id, number of frames, frames |
//! | name, build-id | length, bytes |
//! | frame | steps of 8 from the stack pointer of the frame before, return address |
//! | reference, edge | a byte `way 3 bits, step 2 bits, length 3 bits`, the target, the step |
//! | block | steps of 16 from the block before, bytes asked for, site, thread |
//!
//! Of a reference or edge `length` is that of the target in bytes, 1 to 6: the zigzagged difference
//! from the target before, an integer of so many bytes. The step from the word before, in words of
//! 8 bytes, is 1 where `step` is 0, and else an integer of 1, 2 or 8 bytes for 1, 2 and 3. (Both
//! are written without a loop, since there are as many of them as a program has pointers.)
//!
//! The target before the first reference of a group is block 0; that before the first edge of a
//! block is the block itself. Places are counted from the start of the group or block. The block
//! before the first lies at address 0.
//!
//! # Invariants
//!
//! * the header says that the file is complete only when it is ([`FLAG_COMPLETE`]);
//! * a reader of a torn file gets what is whole, and then an error.

mod error;
mod header;
mod reader;
mod writer;

pub use error::GraphError;
pub use header::{
    FLAG_COMPLETE, FLAG_COPY, FLAG_INCOMPLETE_ROOTS, GraphHeader, HEADER_BYTES, MAGIC, REASON_CALL,
    REASON_EXIT, REASON_REQUEST, VERSION,
};
pub use reader::{Block, Edge, Frames, GraphView, Group, Record, Records};
pub use writer::{EDGE_BYTES_MAX, GROUP_NUMBERS_BYTES_MAX, Writer};

/// Ends a list of references or edges: no target is as long.
const END_OF_POINTS: u8 = 0xff;

/// What a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKind {
    /// Data of the program or of a library: variables.
    Module,
    /// The stack of a thread, from its stack pointer outwards.
    Stack,
    /// The registers of a thread.
    Registers,
    /// The variables that a thread has of its own.
    ThreadLocal,
    /// Memory that the program has mapped itself.
    Mapping,
    /// A kind that this version does not know.
    Unknown(u8),
}

impl GroupKind {
    /// As it is written.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Module => 1,
            Self::Stack => 2,
            Self::Registers => 3,
            Self::ThreadLocal => 4,
            Self::Mapping => 5,
            Self::Unknown(number) => number,
        }
    }

    /// As it is read; zero is none.
    #[must_use]
    pub const fn of(number: u8) -> Option<Self> {
        Some(match number {
            0 => return None,
            1 => Self::Module,
            2 => Self::Stack,
            3 => Self::Registers,
            4 => Self::ThreadLocal,
            5 => Self::Mapping,
            other => Self::Unknown(other),
        })
    }
}

/// How a word points into a block.
///
/// The kinds from [`Way::StdString`] on point inside it in a manner by which certain programs hold
/// a block: they count as its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Way {
    /// To its first byte.
    Start = 0,
    /// To a byte inside it.
    Interior = 1,
    /// To the characters behind the counters of a `std::string` that is shared.
    StdString = 2,
    /// Behind a word that holds the length of the rest.
    Length64 = 3,
    /// Behind the number of elements that C++ keeps before an array of objects.
    NewArray = 4,
    /// To a base of a C++ object that does not lie first.
    MultipleInheritance = 5,
    /// To its first byte, but for low bits that the program uses.
    Tagged = 6,
    /// To the control bytes of a Rust hash table.
    HashTable = 7,
}

impl Way {
    /// All, by number.
    pub const ALL: [Self; 8] = [
        Self::Start,
        Self::Interior,
        Self::StdString,
        Self::Length64,
        Self::NewArray,
        Self::MultipleInheritance,
        Self::Tagged,
        Self::HashTable,
    ];

    /// Whether it holds the block as a pointer to its start does.
    #[must_use]
    pub const fn is_start(self) -> bool {
        !matches!(self, Self::Interior)
    }
}

#[cfg(test)]
mod tests;
