//! The array files of a recorded process: call stacks, site records, libraries, code, timeline.
//!
//! # Shape
//!
//! Beside `PID-SEQ.state` stand `PID-SEQ.nodes`, `.sites`, `.modules`, `.code`, `.timeline` and,
//! where events are recorded, `.events`. Each is mapped shared while the process runs:
//!
//! ```text
//! 0            4096         4096 + element_bytes
//! ├─ header ───┼─ element 0 ─┼─ element 1 ─┼─ … ─┤
//! ```
//!
//! All integers are little-endian. A *site* is the call stack that allocated. Stacks are the
//! paths of a tree: a [`node`] is one frame and its parent, the root is outermost, and the id of
//! a site is the node of its innermost frame. A [`site`] record counts what one shard saw of one
//! site; its sums over all shards are the site's.
//!
//! # Invariants
//!
//! * an element is written once and then only counted up, by one writer at a time;
//! * the parent of a node has a smaller id than the node, so every path ends at the root;
//! * `count` in the header is what was handed out: an element at the end may be unfinished
//!   (zeros), and after a crash the file may be shorter than `count` says.
//!
//! Readers give what is whole and say what is not: [`ArrayView::missing`].

pub mod array;
pub mod code;
mod error;
pub mod histogram;
pub mod module;
pub mod node;
pub mod site;
pub mod timeline;

pub use array::{ArrayHeader, ArrayView, Kind};
pub use code::{FunctionRecord, Functions, Interpreter};
pub use error::ProfileError;
pub use module::{ModuleRecord, Modules};
pub use node::{Frame, FrameKind, Node, Nodes};
pub use site::{SiteRecord, Sites};
pub use timeline::{Point, Timeline};

#[cfg(test)]
mod tests;
