//! The heap as a graph: which block points to which, what is lost, and who holds what.
//!
//! A [`Graph`] has blocks (*nodes*: a size, and a group such as a site or a class), pointers
//! (*edges*) and places outside the heap that point into it (*roots*). A [`Builder`] makes it, from
//! a scan of a native heap as from a dump of a managed one. Then
//!
//! * [`Kinds`] says which blocks are reachable and which are lost, in four kinds;
//! * [`Dominators`] says who holds what, and how much each block retains;
//! * [`HolderTree`] shows the same merged by group, from the roots down;
//! * [`Paths`] has the shortest way from a root to a block;
//! * [`Recorded`] is the graph of a process, with the addresses and sites of its blocks;
//! * [`Census`] sums up by group, and [`Comparison`] sets two sums side by side.
//!
//! # Definitions
//!
//! *Start pointer*: one to the first byte of a block; *interior pointer*: one behind it. *Still
//! reachable*: a chain of start pointers leads from a root to the block. *Possibly lost*: chains
//! lead to it, and each has an interior pointer. *Lost*: no chain leads to it. Among lost blocks,
//! *indirectly lost*: another lost block leads to it; *definitely lost*: none does, or only blocks
//! of a cycle that it stands for. A block *dominates* another if each chain from the roots to the
//! other goes through it. *Retained size*: the bytes of all that a block dominates, itself
//! included; that much is freed when it goes away. Weak edges hold nothing, unless one asks for
//! them ([`Follow::All`]).
//!
//! # Cost
//!
//! Nodes, groups, edges and roots are `u32` numbers, dense from 0. A node takes 12 bytes (8 without
//! groups), an edge 4, 5 with labels, 9 with details. Nothing recurses, and no step takes longer
//! than O((nodes + edges) · log nodes).

mod builder;
mod census;
mod comparison;
mod dominators;
mod edge;
mod error;
mod heap_graph;
mod heuristic;
mod holders;
mod kinds;
mod paths;
mod recorded;
mod roots;
mod scan;
mod sizes;

pub use crate::unit::Reason;
pub use builder::{Builder, Limits};
pub use census::{Census, GroupFigures, KindFigures};
pub use comparison::{Comparison, GroupChange};
pub use dominators::{Dominators, Holder};
pub use edge::{Edge, EdgeKind, Follow, Label, Strength};
pub use error::GraphError;
pub use heap_graph::Graph;
pub use heuristic::{Heuristic, Heuristics};
pub use holders::{HolderGroup, HolderSet, HolderTop, HolderTree};
pub use kinds::{Cycles, Kind, Kinds, Leader};
pub use paths::{Path, Paths, Step};
pub use recorded::{Recorded, Reference, RootGroup};
pub use roots::{Root, Roots};
pub use scan::{RootKind, Scan};

/// No node, edge or group has this number.
const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests;
