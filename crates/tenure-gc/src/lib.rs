//! Heaps with a garbage collector: moving and generational, and counted.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod leaves;
mod trace;

pub use tenure_gc_derive::Trace;
pub use trace::{Counted, Edge, Relocator, Trace, Visitor};
