//! Loads for allocators: what programs do to malloc, each in its purest form.
//!
//! A load is run in a process of its own, by a binary that differs from the others in its
//! `#[global_allocator]` alone. It prints one line: what it did, how long it took, and the most
//! memory that was ever resident.

mod block;
mod command;
mod exchange;
mod load;
mod loads;
mod random;
mod resident;

pub use command::main;
