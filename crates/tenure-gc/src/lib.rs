//! Heaps with a garbage collector: moving and generational, and counted.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod counted;
mod leaves;
mod trace;

pub use counted::{Cc, CcMut, Collected, Countable, CountedHeap, CountedStats, Cycles, WeakCc};
pub use tenure_gc_derive::Trace;
pub use trace::{Counted, Edge, Relocator, Trace, Visitor};
