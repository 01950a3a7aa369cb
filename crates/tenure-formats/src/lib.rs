//! Bytes of other tools: what they wrote turned into model types, and profiles as they read them.
//!
//! * [`export`]: a profile in the format of another tool;
//! * [`gclog`]: the logs of garbage collectors, of every runtime;
//! * [`suppressions`]: the leaks that the user of valgrind or LeakSanitizer knows already.
//!
//! Nothing here reads or writes a file: a caller gives bytes, or a sink for them.
#![forbid(unsafe_code)]

pub mod export;
pub mod gclog;
pub mod suppressions;
