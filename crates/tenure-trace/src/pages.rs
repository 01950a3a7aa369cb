//! What a heap held at one moment, and why: its pages by size class, and the free slots on them by
//! the call stacks whose blocks pin them.
//!
//! # Shape
//!
//! Beside `PID-SEQ.state` stands `PID-SEQ.pages`, written in one go while the program stands still,
//! or by a copy of it:
//!
//! ```text
//! 0              128
//! ├─ header 128 ─┼─ class row 120 ─ … ─┼─ site row 72 ─ … ─┤
//! ```
//!
//! A [`ClassRow`] is what the pages of one size class hold, or all blocks that have pages of their
//! own; a [`SiteRow`] the blocks of one class that one call stack has in use. All integers are
//! little-endian, all numbers of bytes are resident bytes unless they say otherwise.
//!
//! # Invariants
//!
//! * the header says that the file is complete only when it is ([`FLAG_COMPLETE`]);
//! * what a class holds is the sum of its parts ([`ClassRow::held_bytes`]), and what the heap holds
//!   that of its classes and of the free slices that are kept;
//! * where there are site rows ([`FLAG_SITES`]), their blocks, bytes and pinned bytes add up to
//!   those of the classes.

mod error;
mod header;
mod row;
mod view;

pub use error::PagesError;
pub use header::{
    FLAG_COMPLETE, FLAG_COPY, FLAG_REQUESTED, FLAG_SITES, FLAG_SITES_FULL, HEADER_BYTES, MAGIC,
    PagesHeader, VERSION,
};
pub use row::{CLASS_ROW_BYTES, ClassRow, HUGE, SITE_ROW_BYTES, SiteRow};
pub use view::PagesView;

#[cfg(test)]
mod tests;
