//! Memory that ends all at once, and values that take turns in it: arenas with scopes, arenas of
//! one type, arenas in one reservation, scratch stacks, and pools.
//!
//! But for pools, what hands out memory is a [`Bump`], and a function that fills memory for its
//! caller takes `&Bump`. Which region to take:
//!
//! | you have | take |
//! |---|---|
//! | a request, a frame, a file: many values that end together | [`Arena`], and [`Arena::reset`] |
//! | a loop whose turns need memory | [`Arena::tail`], or [`scratch()`] without an arena |
//! | work whose values end before the arena's, which is in use meanwhile | [`Bump::side`] |
//! | values of one type that need a drop and point at each other | [`TypedArena`] |
//! | one array that grows without bound and must not move | [`VirtualArena`] |
//! | threads that each fill memory for one result | [`ArenaPool`] |
//! | an array or a page of your own | [`SliceArena`] |
//! | a buffer of a length known at run time, as of `alloca` or a VLA | [`scratch()`] |
//! | values that come and go, at most N, without an allocator | a `static` [`Pool`] |
//! | the same, and boxes of a byte or two | [`static_pool!`] |
//! | values of one type that come and go, on one thread | [`LocalPool`] |
//! | values that come and go, and others that name them by key | [`Slots`] |
//! | objects that are costly to make and can be used again | [`ObjectPool`] |
//! | a limit on what several of them hold together | [`Budget`], and [`Arena::under`] |
//! | a limit on a whole program, or on an allocator | [`Budgeted`] |
//!
//! Read bottom-up: `fit` decides with integers; `chunks` and `reserve` are where memory comes from;
//! `bump` hands it out; `drops` is the list of adopted values; `arena`, `tail`, `side` and the
//! other regions say who may go back to where. `vec`, `string`, `boxed` are what lies in a region.
//! `budget` is apart: limits in a tree, which whoever takes memory charges first; `wakeup` is who
//! waits for one. `budgeted` is an allocator under a budget, with `credit` for its threads.
//!
//! Pools stand apart: `index_stack` and `exchange` are without locks (loom runs them), `books` is
//! what the ledger is told; on them stand `fixed_pool`, `local_pool`, `slots` and
//! `object_pool`.
//!
//! `&Bump` is what allocates and never the region itself, so a container cannot be used to reset
//! the memory that it lies in. Nothing is shared between regions, not even an empty chunk.
//!
//! # Features
//! - `alloc` (on by default): what takes its chunks from the global allocator: [`Arena`], [`Side`],
//!   [`TypedArena`], [`ArenaPool`], and the pools but [`Pool`]. Without it the crate links neither
//!   `alloc` nor `std`.
//! - `allocator-api2`: references to regions are allocators of that crate (0.2), for its `Vec` and
//!   for the tables of `hashbrown`.
//!
//! **Not here:** blocks of any size that are freed one by one (`tenure-heap`), address space
//! (`tenure-vm`).
#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(test, loom))]
extern crate std;

#[cfg(not(loom))]
mod accounts;
#[cfg(all(feature = "allocator-api2", not(loom)))]
mod adapters;
#[cfg(all(feature = "alloc", not(loom)))]
mod arena;
#[cfg(not(loom))]
mod books;
#[cfg(not(loom))]
mod boxed;
#[cfg(not(loom))]
mod budget;
#[cfg(not(loom))]
mod budgeted;
#[cfg(not(loom))]
mod bump;
#[cfg(all(feature = "alloc", not(loom)))]
mod chunks;
#[doc(hidden)]
pub mod credit;
#[cfg(not(loom))]
mod drops;
#[doc(hidden)]
pub mod exchange;
#[cfg(not(loom))]
mod fit;
#[cfg(not(loom))]
mod fixed_pool;
#[doc(hidden)]
pub mod index_stack;
#[cfg(all(feature = "alloc", not(loom)))]
mod local_pool;
#[cfg(all(feature = "alloc", not(loom)))]
mod object_pool;
#[cfg(all(feature = "alloc", not(loom)))]
mod pool;
#[cfg(not(loom))]
mod refused;
#[cfg(not(loom))]
mod reserve;
#[cfg(not(loom))]
mod scratch;
#[cfg(all(feature = "alloc", not(loom)))]
mod side;
#[cfg(not(loom))]
mod slice_arena;
#[cfg(all(feature = "alloc", not(loom)))]
mod slots;
#[cfg(not(loom))]
mod string;
#[cfg(not(loom))]
mod tail;
#[cfg(all(feature = "alloc", not(loom)))]
mod typed;
#[cfg(not(loom))]
mod vec;
#[cfg(not(loom))]
mod virtual_arena;
#[doc(hidden)]
pub mod wakeup;

#[cfg(not(loom))]
pub use boxed::ArenaBox;
#[cfg(not(loom))]
pub use budget::{Budget, LEVELS_MAX, OverBudget, Policy, Reservation};
#[cfg(not(loom))]
pub use budgeted::Budgeted;
#[cfg(not(loom))]
pub use bump::Bump;
#[cfg(not(loom))]
pub use fixed_pool::{HomeBox, Pool, PoolBox, PoolKey, home};
#[cfg(not(loom))]
pub use refused::Refused;
#[cfg(not(loom))]
pub use scratch::{Scratch, ScratchFull, scratch, scratch_beside, stack_left, trim_scratch};
#[cfg(not(loom))]
pub use slice_arena::SliceArena;
#[cfg(not(loom))]
pub use string::ArenaString;
#[cfg(not(loom))]
pub use tail::Tail;
#[cfg(not(loom))]
pub use vec::{ArenaVec, IntoIter};
#[cfg(not(loom))]
pub use virtual_arena::VirtualArena;

#[cfg(all(feature = "alloc", not(loom)))]
pub use {
    arena::Arena,
    budget::OwnedBudget,
    chunks::Usage,
    local_pool::{LocalBox, LocalPool},
    object_pool::{ObjectPool, Outstanding, Pooled, Recycle, Sites, Told, Untold},
    pool::{ArenaPool, PoolArena},
    side::Side,
    slots::{SlotKey, Slots, SlotsIter, SlotsIterMut},
    typed::TypedArena,
};
