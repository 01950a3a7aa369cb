//! Address space as a possession: ranges reserved once, made usable as they are needed.
//!
//! A [`Region`] is reserved address space with a committed front part; [`Bump`] hands out pieces of
//! such space that are never given back; a [`SharedFile`] is a file that is memory, and a
//! [`SharedArray`] one that never moves; a [`WrittenFile`] is written once. None of them knows what
//! lies in it.
#![no_std]

#[cfg(test)]
extern crate std;

mod bump;
mod region;
mod shared_array;
mod shared_file;
mod written_file;

pub use bump::Bump;
pub use region::Region;
pub use shared_array::SharedArray;
pub use shared_file::{Segment, SharedFile};
pub use tenure_os::memory::OutOfMemory;
pub use written_file::WrittenFile;
