//! Bytes that others wrote, turned into model types.
//!
//! * [`gclog`]: the logs of garbage collectors, of every runtime.
//!
//! Nothing here reads a file: a caller pushes bytes and gets events.
#![forbid(unsafe_code)]

pub mod gclog;
