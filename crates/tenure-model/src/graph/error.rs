//! Why a graph cannot be built.

use std::fmt;

/// Why a graph cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GraphError {
    /// There are more nodes than the limit, or more nodes and roots than ids.
    TooManyNodes {
        /// How many may be.
        limit: u32,
    },
    /// There are more edges than the limit.
    TooManyEdges {
        /// How many may be.
        limit: u32,
    },
    /// There are more pointers of roots than the limit.
    TooManyRoots {
        /// How many may be.
        limit: u32,
    },
    /// An edge or a root names a node that was not added.
    NoSuchNode {
        /// The node that was named.
        node: u32,
        /// How many there are.
        nodes: u32,
    },
    /// A node names a group that was not announced.
    NoSuchGroup {
        /// The group that was named.
        group: u32,
        /// How many there are.
        groups: u32,
    },
    /// Memory for so many nodes or edges cannot be had.
    NoMemory,
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyNodes { limit } => write!(f, "the heap has more than {limit} blocks"),
            Self::TooManyEdges { limit } => write!(f, "the heap has more than {limit} pointers"),
            Self::TooManyRoots { limit } => {
                write!(f, "more than {limit} pointers lead into the heap")
            }
            Self::NoSuchNode { node, nodes } => {
                write!(f, "a pointer names block {node}, but there are {nodes}")
            }
            Self::NoSuchGroup { group, groups } => {
                write!(f, "a block names group {group}, but there are {groups}")
            }
            Self::NoMemory => write!(f, "there is no memory for a graph of that size"),
        }
    }
}

impl std::error::Error for GraphError {}
