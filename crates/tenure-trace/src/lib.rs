//! The record format of Tenure: layout, encoding and decoding, without I/O.
//!
//! Five layouts, each one a page of constants with a checked reader beside it:
//!
//! * [`state`]: the file that a recorded process keeps mapped while it runs. Its counters
//!   are written in place, so whatever kills the process, the file is what it had counted.
//! * [`profile`]: the array files beside it, written in place too: call stacks, what each call
//!   stack allocated, the libraries, the timeline.
//! * [`graph`]: the heap at one moment: its blocks, and who points to them.
//! * [`pages`]: what the heap held at one moment, by size class and call stack.
//! * [`container`]: the `.tnr` file that `tenure run` leaves, a row of checksummed sections.
//!
//! The crate is shared by the recorder, which runs inside other people's programs, and by the
//! tools that read afterwards: it needs neither `std` nor `alloc`, and has no dependency.
//! Readers take any bytes: none of them panics, and none trusts a length it has not checked.
#![no_std]
#![forbid(unsafe_code)]

pub mod container;
pub mod events;
pub mod graph;
mod little_endian;
pub mod pages;
pub mod profile;
pub mod state;

#[cfg(test)]
extern crate std;
