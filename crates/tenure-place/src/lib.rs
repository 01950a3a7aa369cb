//! Placement strategies over one region: which free bytes serve a request.
//!
//! First, next, best, worst and address-ordered fit, buddy, segregated lists, TLSF and a bit map
//! behind one [`Strategy`], over any [`Region`] (a slice, a static, mapped memory, or memory that
//! the processor does not reach), with metadata [inline](Inline) or [out of band](Table). A
//! [`Heap`] is one of each; a [`MovableHeap`] has handles instead of offsets, and closes its gaps.
//!
//! Integers decide: there is no unsafe code here. Everything is an offset, so a region may be
//! mapped at another address. Whoever wants pointers gets them of [`Heap::pointer`].
//!
//! | strategy | search | keeps | detects by `free` |
//! |---|---|---|---|
//! | [`FirstFit`], [`NextFit`], [`BestFit`], [`WorstFit`] | O(free blocks) | tags | see below |
//! | [`AddressOrderedFit`] | O(free blocks), so is `free` | tags | see below |
//! | [`Segregated`] | O(blocks of one power of two) | tags | see below |
//! | [`Tlsf`] | O(1) | tags | see below |
//! | [`Buddy`] | O(orders), and words of a map | a map | every mistake |
//! | [`Bitmap`] | words of a map | a map | every mistake |
//!
//! With tags out of band every foreign offset and every second free is detected. With tags inline,
//! a second free is detected until the memory is handed out again, and a foreign offset unless the
//! bytes before it look like a tag that both neighbours confirm. No strategy can tell a second free
//! from a right one once the same offset was handed out again.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod bitmap;
mod buddy;
mod fault;
mod fill;
mod grid;
mod heap;
mod list;
mod map;
mod metrics;
mod movable;
mod region;
mod segregated;
mod space;
mod strategy;
mod tag;
mod tagged;
mod tlsf;

pub use bitmap::Bitmap;
pub use buddy::Buddy;
pub use fault::{AllocError, Broken, FormatError, FreeError, ResizeError};
pub use fill::Fill;
pub use heap::Heap;
pub use list::{ADDRESS, BEST, FIRST, NEXT, WORST};
pub use list::{AddressOrderedFit, BestFit, FirstFit, List, NextFit, WorstFit};
pub use metrics::{Counters, Metrics};
pub use movable::{Compacted, Handle, HandleError, MovableHeap, Slot};
pub use region::{OutOfReach, Reachable, Region, WORD_BYTES};
pub use segregated::{PowerLists, Segregated};
pub use space::{Inline, Space, Table};
pub use strategy::{Block, Census, Freed, Piece, Request, Strategy, Work};
pub use tag::Tag;
pub use tagged::{FreeIndex, Tagged, Want};
pub use tlsf::{LAST_RESORT, Tlsf, TwoLevel};
