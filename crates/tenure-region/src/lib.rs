//! Memory that ends all at once: arenas with scopes, arenas of one type, arenas in one reservation,
//! and scratch stacks.
//!
//! Everything that hands out memory is a [`Bump`], and a function that fills memory for its caller
//! takes `&Bump`. Which region to take:
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
//! | a limit on what several of them hold together | [`Budget`] |
//!
//! Read bottom-up: `fit` decides with integers; `chunks` and `reserve` are where memory comes from;
//! `bump` hands it out; `drops` is the list of adopted values; `arena`, `tail`, `side` and the
//! other regions say who may go back to where. `vec`, `string`, `boxed` are what lies in a region.
//! `budget` is apart: limits in a tree, which whoever takes memory charges first.
//!
//! `&Bump` is what allocates and never the region itself, so a container cannot be used to reset
//! the memory that it lies in. Nothing is shared between regions, not even an empty chunk.
//!
//! # Features
//! - `alloc` (on by default): what takes its chunks from the global allocator: [`Arena`],
//!   [`Side`], [`TypedArena`], [`ArenaPool`]. Without it the crate links neither `alloc` nor `std`.
//! - `allocator-api2`: references to regions are allocators of that crate (0.2), for its `Vec` and
//!   for the tables of `hashbrown`.
//!
//! **Not here:** blocks that are freed one by one (`tenure-heap`), address space (`tenure-vm`).
#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(test)]
extern crate std;

#[cfg(feature = "allocator-api2")]
mod adapters;
#[cfg(feature = "alloc")]
mod arena;
mod boxed;
mod budget;
mod bump;
#[cfg(feature = "alloc")]
mod chunks;
mod drops;
mod fit;
#[cfg(feature = "alloc")]
mod pool;
mod refused;
mod reserve;
mod scratch;
#[cfg(feature = "alloc")]
mod side;
mod slice_arena;
mod string;
mod tail;
#[cfg(feature = "alloc")]
mod typed;
mod vec;
mod virtual_arena;

pub use boxed::ArenaBox;
pub use budget::{Budget, LEVELS_MAX, OverBudget, Policy, Reservation};
pub use bump::Bump;
pub use refused::Refused;
pub use scratch::{Scratch, ScratchFull, scratch, scratch_beside, stack_left, trim_scratch};
pub use slice_arena::SliceArena;
pub use string::ArenaString;
pub use tail::Tail;
pub use vec::{ArenaVec, IntoIter};
pub use virtual_arena::VirtualArena;

#[cfg(feature = "alloc")]
pub use {
    arena::Arena,
    chunks::Usage,
    pool::{ArenaPool, PoolArena},
    side::Side,
    typed::TypedArena,
};
