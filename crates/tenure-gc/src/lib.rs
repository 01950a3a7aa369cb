//! Heaps with a garbage collector: moving and generational, and counted.
//!
//! A [`Heap`] is mutated, then polled: [`Heap::mutate`] lends the root and a [`Mutation`] under a
//! brand `'gc` of their own; pointers, [`Gc`], are `Copy` and live no longer than that. Between two
//! mutations nobody holds one, so objects may move then, and only then.
//!
//! Read bottom-up. `trace` and `leaves` are the contract between a type and the collectors;
//! `object` is the word before each value and `descriptor` what is known of a type. `young`, `old`
//! (on `side_bits`) and `large` are where objects lie; `memory` puts them together. `evacuate`
//! moves the young, `mark` finds the old, `compact` moves them, `corpses` drops the dead,
//! `remembered` knows the old that point to the young. `collector` is a pause: its phases in their
//! order, and where references are looked at (`references`, a file for each kind), where a pause is
//! written down (`cycle`); `steps` are the pieces of an incremental mark, `pacing` says when what
//! is due. Above it: `gc`, `array`, `write`, `lock` are pointers, leave to write, and cells;
//! `mutation`, `root`, `handles` and `heap` are what a program sees; `verify` walks every
//! invariant.
//!
//! Apart from all that stands `counted`: heaps whose objects count who holds them, on the same
//! contract.
//!
//! `report` sums up each [`Cycle`]; from it come `pauses` (on `histogram`) and the lines of `log`.
//! `snapshot` draws the heap as a graph, `account` is what the ledger is told.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod account;
mod array;
mod collector;
mod compact;
mod corpses;
mod counted;
mod cycle;
mod descriptor;
mod evacuate;
mod gc;
mod handles;
mod heap;
mod histogram;
mod large;
mod leaves;
mod lock;
mod log;
mod mark;
mod memory;
mod mutation;
mod object;
mod old;
mod options;
mod pacing;
mod pauses;
mod references;
mod remembered;
mod report;
mod root;
mod side_bits;
mod snapshot;
mod steps;
mod trace;
mod verify;
mod write;
mod young;

pub use array::GcArray;
pub use counted::{Cc, CcMut, Collected, Countable, CountedHeap, CountedStats, Cycles, WeakCc};
pub use cycle::{Cause, Cleared, Cycle, Kind, PhasesNs};
pub use gc::Gc;
pub use handles::Root;
pub use heap::{Heap, Step};
pub use histogram::Histogram;
pub use lock::{Lock, OnceLock, RefLock};
pub use log::LogForm;
pub use mutation::Mutation;
pub use options::{Barrier, HeapFull, Options, RememberedSet};
pub use pacing::{Pacing, Thresholds};
pub use pauses::Pauses;
pub use references::finalizers::Finalization;
pub use references::phantom::{Cleaner, Phantom, RefQueue};
pub use references::soft::Soft;
pub use references::weak::{LongWeak, Weak};
pub use references::weak_map::WeakMap;
pub use report::Stats;
pub use root::Rootable;
#[doc(hidden)]
pub use root::{Bound, Rooted};
pub use snapshot::Snapshot;
pub use steps::{Budget, Progress};
pub use tenure_gc_derive::Trace;
pub use trace::{Counted, Edge, Relocator, Trace, Visitor};
pub use verify::Broken;
pub use write::Write;
