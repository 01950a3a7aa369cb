//! The C and C++ malloc interface as a preloadable library: `libtenure.so`.
//!
//! The outermost shell of the runtime wing, and the only crate that exports C names. What it adds
//! to `tenure-heap` are the manners of glibc and libstdc++: `errno`, overflow checks, the odd cases
//! of `realloc` and `memalign`, the new-handler loop, a real `std::bad_alloc`; and the start of the
//! process: options from `TENURE=`, the recorder, the hooks at exit.
//!
//! **Shape:** a leaf `cdylib` without `std` (profile `preload`: `panic = "abort"`, one unit, fat
//! LTO). Built with unwinding, as the other profiles do, it still compiles and is never loaded.
//!
//! **Not here:** any allocation policy. `symbols.txt` lists what is exported, `undefined.txt` what
//! is taken from libc; the tests of `tenure-cli` hold both against the built file.
#![cfg_attr(panic = "abort", no_std)]

mod c_abi;
pub mod c_heap;
mod c_ledger;
pub mod c_look;
mod c_map;
mod c_report;
mod cxx_abi;
mod cxx_failure;
mod cxx_runtime;
mod errno;
mod fault;
mod loader;
mod options;
mod panic;
mod startup;
