//! The ground of Tenure: units, bit sets, the ledger, and the switch between real and modelled
//! atomics.
//!
//! Nothing here allocates, maps memory or knows the operating system; every other crate may use it.
#![no_std]
#![deny(unsafe_code)]

#[cfg(any(test, loom))]
extern crate std;

pub mod bits;
pub mod ledger;
pub mod sync;
mod units;

pub use units::{Align, align_down, align_up, pages_for};
