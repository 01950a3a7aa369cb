//! What Tenure asks of Linux and of the C library's threads: the only system calls, the only asm.
//!
//! Linux on x86-64 and aarch64. Calls go to the kernel directly through `rustix`, so that none of
//! them can allocate; the few functions taken from libc (clocks, thread keys, `pthread_atfork`,
//! `getauxval`, `abort`, the bounds of a stack) are declared in [`clock`], [`thread`], [`process`],
//! [`fatal`] and [`stack`] and nowhere else.
//!
//! **Not here:** policy. This crate does what it is told; who reserves how much is `tenure-vm`.
//!
//! Built with `--cfg tenure_replaced_os` (and under Miri) `replaced` stands in for memory, the
//! thread slot and the facts of the process, so that what lies above runs without asm or mappings.
#![no_std]

#[cfg(any(test, miri, tenure_replaced_os))]
extern crate std;

#[cfg(not(any(miri, tenure_replaced_os)))]
pub mod background;
pub mod clock;
#[cfg(not(any(miri, tenure_replaced_os)))]
pub mod entry;
pub mod fatal;
pub mod files;
pub mod fork_mark;
#[cfg(not(loom))]
pub mod join;
pub mod lock;
pub mod maps;
#[cfg(not(any(miri, tenure_replaced_os)))]
pub mod memory;
pub mod notice;
pub mod own;
pub mod present;
#[cfg(not(any(miri, tenure_replaced_os)))]
pub mod process;
#[cfg(not(any(miri, tenure_replaced_os)))]
pub mod process_copy;
pub mod program_map;
mod raw;
pub mod readable;
pub mod registers;
#[cfg(any(miri, tenure_replaced_os))]
mod replaced;
pub mod rights;
pub mod signal;
pub mod stack;
pub mod tasks;
pub mod thread;
mod thread_slot;

#[cfg(any(miri, tenure_replaced_os))]
pub use replaced::{background, memory, process};

/// For the expansion of [`thread_slot!`] only.
#[cfg(any(miri, tenure_replaced_os))]
#[doc(hidden)]
pub use std::thread_local as replaced_thread_local;

/// For the expansion of [`thread_slot!`] only.
#[doc(hidden)]
pub mod asm {
    pub use core::arch::{asm, global_asm};
}
