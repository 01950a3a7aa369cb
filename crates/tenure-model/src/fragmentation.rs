//! What a heap holds and why: live blocks, what they waste, and free memory that cannot go back to
//! the kernel or has not yet; by size class, and by the call stacks whose blocks pin free slots.
//!
//! A [`Recorded`] is the census of one process. A [`Split`] is what something holds, in parts.
//!
//! # Definitions
//!
//! *held* is the sum of *live* (bytes asked for of blocks in use), *internal waste* (the rest of
//! these blocks), *pinned free* (free slots on heap pages that have blocks in use) and *cached*
//! (free and still resident: free slices, pages without a block in use, and what pages have not cut
//! into blocks yet). *Purged* memory is free and was given back to the kernel; it is not held.
//!
//! A site's share of the free slots on a page is the part of the page's blocks in use that are its
//! own. The shares of a page add up to its free slots, to the byte.

mod recorded;
mod site_pins;
mod split;

pub use recorded::{Class, Recorded, Row, Scan};
pub use site_pins::SitePins;
pub use split::Split;

pub use crate::unit::Reason;

#[cfg(test)]
mod tests;
