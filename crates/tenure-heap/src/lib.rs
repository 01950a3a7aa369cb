//! The general heap of Tenure: blocks of any size for any thread, and its `GlobalAlloc`.
//!
//! mimalloc's family of design: a heap per thread, heap pages of one size class with three free
//! lists (ready, freed by the owner, freed by others), headers beside the pages in one large
//! reservation so that a foreign pointer is told apart without being followed.
//!
//! Read bottom-up: [`size_class`] and [`slices`] decide with integers; `block`, `page`, [`remote`]
//! are one heap page, `holes` what it gives back while it is in use; `arena`, `arenas` the memory
//! of all; `heap`, `current` a thread's view; `abandoned`, `lot` pages without a heap; `allocate`,
//! `free`, `resize`, `huge`, `several` the calls; `owned` heaps that are values; `lifecycle`
//! threads and forks; [`limit`] what the process may hold; `scavenger` (on [`duty`] when there is
//! work) gives back what is free; [`counters`], [`watch`], `sampling`, `twin` what a recorder is
//! told, [`walk`] and [`census`] what it sees when the program stands still.
//!
//! **Not here:** system calls (`tenure-os`), address space (`tenure-vm`), the C interface
//! (`tenure-preload`), what is done with the counters (`tenure-record`).
#![no_std]

#[cfg(any(test, loom, feature = "check"))]
extern crate std;

#[cfg(not(loom))]
mod abandoned;
#[cfg(not(loom))]
mod allocate;
#[cfg(not(loom))]
mod arena;
#[cfg(not(loom))]
mod arenas;
#[cfg(not(loom))]
mod batch;
#[cfg(not(loom))]
mod block;
#[cfg(not(loom))]
pub mod census;
#[cfg(not(loom))]
pub mod counters;
#[cfg(not(loom))]
mod current;
pub mod duty;
#[cfg(not(loom))]
mod fault;
#[cfg(not(loom))]
mod free;
#[cfg(not(loom))]
mod global;
#[cfg(not(loom))]
mod heap;
#[cfg(not(loom))]
mod holes;
#[cfg(not(loom))]
mod huge;
#[cfg(not(loom))]
pub mod lifecycle;
#[cfg(not(loom))]
pub mod limit;
#[cfg(not(loom))]
mod lot;
#[cfg(not(loom))]
mod owned;
#[cfg(not(loom))]
mod page;
#[cfg(not(loom))]
mod pressure;
#[cfg(not(loom))]
mod queue;
#[cfg(not(loom))]
pub mod remains;
pub mod remote;
#[cfg(not(loom))]
mod resize;
#[cfg(not(loom))]
mod sampling;
#[cfg(not(loom))]
mod scavenger;
#[cfg(all(feature = "check", not(loom)))]
pub mod script;
#[cfg(not(loom))]
mod several;
pub mod size_class;
#[cfg(not(loom))]
pub mod slices;
#[cfg(not(loom))]
mod twin;
#[cfg(not(loom))]
mod usage;
#[cfg(not(loom))]
pub mod walk;
#[cfg(not(loom))]
pub mod watch;

#[cfg(not(loom))]
pub use self::{
    allocate::{
        ALIGN_MIN, allocate, allocate_aligned, allocate_between_samples, allocate_counted,
        allocate_fast, allocate_medium, allocate_slow, allocate_zeroed, good_size,
    },
    fault::{Fault, FaultKind, set_fault_handler},
    free::{deallocate, deallocate_counted, deallocate_fast, deallocate_slow},
    global::Tenure,
    owned::{Answer, Heap, LimitHandler, LimitReached, Stats},
    resize::{reallocate, usable_size},
    scavenger::{Halt, PURGE_DELAY_MS, Purge, halt, purge, set_purge},
    several::{allocate_batch, deallocate_batch, deallocate_sized},
    usage::{BlockInfo, Usage, for_each_block, trim, usage},
};
#[cfg(all(feature = "check", not(loom)))]
pub use self::{current::check, scavenger::tick};
