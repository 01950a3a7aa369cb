//! Heaps with a garbage collector: moving and generational, and counted.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod histogram;
mod leaves;
mod log;
mod pauses;
mod snapshot;
mod trace;

pub use histogram::Histogram;
pub use log::{Cause, LogForm};
pub use pauses::{PauseKind, Pauses};
pub use snapshot::Snapshot;
pub use tenure_gc_derive::Trace;
pub use trace::{Counted, Edge, Relocator, Trace, Visitor};
