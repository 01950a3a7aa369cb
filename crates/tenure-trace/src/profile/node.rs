//! Call stacks: the nodes of a tree, each a frame and its parent.
//!
//! Node 0 is the root, which stands for no frame. The path from a node to the root is a stack,
//! innermost frame first.

use super::ProfileError;
use super::array::{ArrayView, Kind};
use super::code::place_of;
use crate::little_endian::{put, u32_at, u64_at};
use core::fmt;

/// Size of a node in bytes.
pub const NODE_BYTES: usize = 16;
/// `u64`, within a node: the [`Frame`].
pub const FRAME_OFFSET: usize = 0;
/// `u32`, within a node: id of the parent, smaller than the node's own.
pub const PARENT_OFFSET: usize = 8;
/// `u32`, within a node: no bit is used yet.
pub const FLAGS_OFFSET: usize = 12;

/// Bits of a frame that are its offset; those above are the module.
pub const OFFSET_BITS: u32 = 48;
/// Module of a frame: none is known, the offset is the address.
pub const MODULE_NONE: u16 = 0;
/// Module of a frame: the largest that stands for a loaded file; the first is 1.
pub const MODULE_MAX: u16 = 0xfeff;
/// Module of a frame: interpreted code, the offset says function and line
/// ([`place_of`]).
pub const MODULE_INTERPRETED: u16 = 0xff00;
/// Module of a frame: not a place in the program; the offset says what.
pub const MODULE_SPECIAL: u16 = 0xffff;
/// Offset of a special frame: the walk stopped here, the frames further out are not known.
pub const SPECIAL_TRUNCATED: u64 = 1;
/// Offset of a special frame: no stack was captured (early start, a signal handler, recursion).
pub const SPECIAL_NOT_CAPTURED: u64 = 2;

/// A place in the program: a module, and a return address as an offset into it.
///
/// Every frame of a loaded file is a *return* address: the call stands before it, so names are
/// looked up at `offset - 1`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Frame(pub u64);

impl Frame {
    /// The outer end of a stack whose walk stopped.
    pub const TRUNCATED: Self = Self::new(MODULE_SPECIAL, SPECIAL_TRUNCATED);
    /// Stands for a stack that was not captured.
    pub const NOT_CAPTURED: Self = Self::new(MODULE_SPECIAL, SPECIAL_NOT_CAPTURED);

    /// The frame of `module` and the lower 48 bits of `offset`.
    pub const fn new(module: u16, offset: u64) -> Self {
        let mask = (1 << OFFSET_BITS) - 1;
        Self(((module as u64) << OFFSET_BITS) | (offset & mask))
    }

    /// The upper 16 bits.
    pub const fn module(self) -> u16 {
        (self.0 >> OFFSET_BITS) as u16
    }

    /// The lower 48 bits.
    pub const fn offset(self) -> u64 {
        self.0 & ((1 << OFFSET_BITS) - 1)
    }

    /// What the frame stands for.
    pub const fn kind(self) -> FrameKind {
        let offset = self.offset();
        match (self.module(), offset) {
            (MODULE_NONE, _) => FrameKind::Address(offset),
            (module @ 1..=MODULE_MAX, _) => FrameKind::Module { module, offset },
            (MODULE_INTERPRETED, _) => {
                let (function, line) = place_of(offset);
                FrameKind::Interpreted { function, line }
            }
            (MODULE_SPECIAL, SPECIAL_TRUNCATED) => FrameKind::Truncated,
            (MODULE_SPECIAL, SPECIAL_NOT_CAPTURED) => FrameKind::NotCaptured,
            _ => FrameKind::Unknown,
        }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}+{:#x}", self.module(), self.offset())
    }
}

/// What a [`Frame`] stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// An address outside every known file, such as code made at run time.
    Address(u64),
    /// A return address in a loaded file.
    Module {
        /// Element `module - 1` of the modules file.
        module: u16,
        /// ELF virtual address of the return address.
        offset: u64,
    },
    /// A line of an interpreted function.
    Interpreted {
        /// Element `function` of the code file.
        function: u32,
        /// Line in its file, 0 where it is not known.
        line: u32,
    },
    /// The walk stopped; further out nothing is known.
    Truncated,
    /// No stack was captured.
    NotCaptured,
    /// A frame of a kind that this version does not know.
    Unknown,
}

/// One node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Node {
    /// Its frame.
    pub frame: Frame,
    /// Its parent, the frame's caller; 0 for an outermost frame.
    pub parent: u32,
}

impl Node {
    /// The node as bytes.
    pub fn encode(&self) -> [u8; NODE_BYTES] {
        let mut bytes = [0; NODE_BYTES];
        // Constant offsets within the node.
        let _ = put(&mut bytes, FRAME_OFFSET, &self.frame.0.to_le_bytes());
        let _ = put(&mut bytes, PARENT_OFFSET, &self.parent.to_le_bytes());
        bytes
    }
}

/// A nodes file, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Nodes<'a> {
    array: ArrayView<'a>,
}

impl<'a> Nodes<'a> {
    /// Checks the header.
    ///
    /// # Errors
    ///
    /// As [`super::ArrayHeader::parse`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ProfileError> {
        ArrayView::parse(Kind::Nodes, bytes).map(|array| Self { array })
    }

    /// The file as an array.
    pub fn array(&self) -> &ArrayView<'a> {
        &self.array
    }

    /// The node `id`; `None` for the root, for one beyond the file, for one that was not finished
    /// and for one whose parent is not older than itself.
    pub fn node(&self, id: u32) -> Option<Node> {
        let bytes = self.array.element(usize::try_from(id).ok()?)?;
        let node = Node {
            frame: Frame(u64_at(bytes, FRAME_OFFSET)?),
            parent: u32_at(bytes, PARENT_OFFSET)?,
        };
        (node != Node::default() && node.parent < id).then_some(node)
    }

    /// The stack of site `id`, innermost frame first.
    pub fn path(&self, id: u32) -> Path<'a> {
        Path {
            nodes: *self,
            next: id,
        }
    }
}

/// The frames of a stack, innermost first. Ends, because ids fall from node to parent.
#[derive(Clone, Debug)]
pub struct Path<'a> {
    nodes: Nodes<'a>,
    next: u32,
}

impl Path<'_> {
    /// Whether the path ended at a node that is missing or damaged, and not at the root.
    pub fn is_broken(&self) -> bool {
        self.next != 0 && self.nodes.node(self.next).is_none()
    }
}

impl Iterator for Path<'_> {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        let node = self.nodes.node(self.next)?;
        self.next = node.parent;
        Some(node.frame)
    }
}

const _: () = assert!(FRAME_OFFSET + 8 == PARENT_OFFSET);
const _: () = assert!(PARENT_OFFSET + 4 == FLAGS_OFFSET);
const _: () = assert!(FLAGS_OFFSET + 4 == NODE_BYTES);
const _: () = assert!(MODULE_MAX < MODULE_INTERPRETED);
const _: () = assert!(MODULE_INTERPRETED < MODULE_SPECIAL);
