//! The one door to atomics: real ones in a program, modelled ones under loom.
//!
//! A lock-free file imports from here and nowhere else; built with `--cfg loom` it then runs under
//! every interleaving that loom can produce.

#[cfg(loom)]
pub use loom::sync::atomic;

#[cfg(not(loom))]
pub use core::sync::atomic;
