//! What Tenure asks of Linux and of the C library's threads: the only system calls, the only asm.
//!
//! Linux on x86-64 and aarch64. Calls go to the kernel directly through `rustix`, so that none of
//! them can allocate; the few functions taken from libc (thread keys, `pthread_atfork`,
//! `getauxval`, `abort`) are declared in [`thread`], [`process`] and [`fatal`] and nowhere else.
//!
//! **Not here:** policy. This crate does what it is told; who reserves how much is `tenure-vm`.
#![no_std]

pub mod clock;
pub mod fatal;
pub mod files;
pub mod fork_mark;
pub mod lock;
pub mod memory;
pub mod notice;
pub mod process;
pub mod thread;
mod thread_slot;

/// For the expansion of [`thread_slot!`] only.
#[doc(hidden)]
pub mod asm {
    pub use core::arch::{asm, global_asm};
}
