//! Heaps with a garbage collector: moving and generational, and counted.
//!
//! # The first heap
//! ```
//! use tenure_gc::{Gc, Heap, Lock, Root, Trace, field};
//!
//! #[derive(Trace)]
//! struct Node<'gc> { number: u32, next: Lock<Option<Gc<'gc, Node<'gc>>>> }
//!
//! let mut heap = Heap::<Root![Option<Gc<'_, Node<'_>>>]>::new(|_| None);
//! heap.mutate_root(|mc, root| {
//!     let node = mc.alloc(Node { number: 1, next: Lock::new(None) });
//!     field!(mc.write(node), Node, next).set(Some(node)); // a ring, which no count would free
//!     *root = Some(node);
//! });
//! heap.poll(); // collects, if it is time
//! assert_eq!(heap.mutate(|_, root| root.map(|node| node.number)), Some(1));
//! ```
//! What the root leads to lives; all else is dropped at some later pause.
//!
//! # Why it is collected between mutations
//!
//! [`Heap::mutate`] lends the root and a [`Mutation`] under a brand `'gc` of their own. Pointers,
//! [`Gc`], are `Copy`, cost nothing to hold, and cannot leave: what would keep one behind does not
//! compile. So between two mutations nobody holds a pointer, and objects may move then and only
//! then, without a map of the stack or a list of local variables. The price is that nothing is
//! freed during a mutation: [`Heap::poll`] between them, let long ones end when
//! [`Mutation::should_yield`] says so (or leave that to [`Heap::run`]), and keep what is to be
//! found again in the root or in a [`Root`](struct@Root) handle.
//!
//! # How to choose the pacing
//!
//! | you want | set |
//! |---|---|
//! | less memory, or less time | `percent` of [`Pacing`]: garbage that may wait |
//! | not to pass an amount of memory | `soft_limit_bytes`, and `cpu_percent_max` for it |
//! | short pauses | `step_us_max`, and `minor_us_goal` of [`Options`] |
//! | the most work done, pauses or not | `incremental: false`, and a large `eden_bytes` |
//! | memory back at a quiet moment | [`Heap::collect`] with [`Kind::Compact`] |
//! | the rules of CPython | `thresholds` |
//!
//! With a `percent` of 100 there is at most twice what lives, with 50 one and a half times, for
//! twice the marks; holes between objects come to a tenth more. What lies in the root itself, in a
//! `Vec` say, is looked through in every pause: what is long belongs into the heap, as a [`GcVec`]
//! or [`GcArray`], of which a pause looks at what was written.
//!
//! # How to read the log
//!
//! [`Heap::set_log`] gives a line for each pause in the grammar of Java's unified logging, or for
//! each cycle in that of Go's `gctrace`; `tenure gclog` reads both.
//! ```text
//! [0.050s][info][gc] GC(32) Pause Young (Allocation Failure) 5437K->1415K(6108K) 0.038ms
//! ```
//! That is one of `examples/lisp`. At 0.050 s since the heap was made the pause number 32 ended.
//! Eden was full; 5,437 KiB of objects were there before and 1,415 after, in 6,108 held; the
//! program stood still for 38 µs. `Pause Mark Step` is a piece of an incremental mark, `Pause
//! Remark` its end, `Pause Full` a collection of everything at once. In Go's form steps are told as
//! assists. [`Heap::pauses`] has the same as a histogram, [`Heap::stats`] as sums.
//!
//! # The rooms
//!
//! Read bottom-up. `trace` and `leaves` are the contract between a type and the collectors;
//! `object` is the word before each value and `descriptor` what is known of a type. `young`, `old`
//! (on `side_bits`) and `large` are where objects lie; `memory` puts them together. `evacuate`
//! moves the young, `mark` finds the old, `compact` moves them, `corpses` drops the dead,
//! `remembered` knows the old that point to the young. `collector` is a pause: its phases in their
//! order, and where references are looked at (`references`, a file for each kind), where a pause is
//! written down (`cycle`); `steps` are the pieces of an incremental mark, `pacing` says when what
//! is due. Above it: `gc`, `array`, `write`, `lock` are pointers, leave to write, and cells; `text`
//! is an array that reads as a `str`, `vec` one that grows, `map` one that is searched by who its
//! keys are; `mutation`, `root`, `handles` and `heap` are what a program sees; `verify` walks every
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
mod map;
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
mod text;
mod trace;
mod vec;
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
pub use map::GcMap;
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
pub use text::GcString;
pub use trace::{Counted, Edge, Relocator, Trace, Visitor};
pub use vec::GcVec;
pub use verify::Broken;
pub use write::Write;
