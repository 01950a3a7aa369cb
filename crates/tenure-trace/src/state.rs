//! The state file: the counters of one recorded process, mapped shared while it runs.
//!
//! # Shape
//!
//! ```text
//! 0              8192                                       8192 + shard_count × shard_bytes
//! ├─ header ──────┼─ shard 0 ──┼─ shard 1 ──┼─ … ───────────────┤
//!                   inherited    a heap's     (one for each heap that ever counted)
//! ```
//!
//! All integers are little-endian. [`header`] and [`shard`] name every offset: the writer lays
//! its shared memory out by these constants, the reader decodes by them.
//!
//! # Invariants
//!
//! * shard 0 is not a thread: in a process that was forked without exec it holds what was live at
//!   the fork, in every other process it is zero;
//! * `shard_bytes` follows from the number of classes ([`shard::bytes_for`]) and is a multiple of
//!   64, as is the header, so that shards never share a cache line;
//! * a shard has one writer at a time, which stores without locks. A reader of a *running*
//!   process may therefore see one counter a few events ahead of another.

pub mod account;
mod error;
pub mod header;
mod image;
pub mod shard;
mod view;

pub use account::AccountRecord;
pub use error::StateError;
pub use header::Header;
pub use image::StateImage;
pub use shard::{ClassCounts, ShardHead};
pub use view::{ShardView, StateView};

#[cfg(test)]
mod tests;
