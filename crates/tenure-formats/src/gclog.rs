//! The logs of garbage collectors: bytes in, events out.
//!
//! ```text
//! bytes -> Lines (split, UTF-16, too long) -> Wrapper (container prefix, JSON) -> LogParser
//!       -> Sink (events, stamps, facts, remarks)
//! ```
//!
//! A [`Reader`] is pushed bytes in pieces of any size. It finds out by content what wrote them,
//! gives each line to the parser of that runtime, and accounts for each line. What it holds does
//! not grow with the log: one line, the undecided beginning, and one event under way.
//!
//! # Shape
//!
//! One folder for each runtime, with files of the same names: `detect.rs` says how much a line
//! looks like its own, `parser.rs` holds the state between lines; one file for each family of
//! lines beside them.

mod cpython;
mod cursor;
mod detect;
mod go;
mod java_legacy;
mod java_unified;
#[cfg(test)]
mod kept;
mod openj9;
mod parser;
mod reader;
mod splitter;
mod stamp;
mod v8;
mod wrappers;

pub use detect::{Detection, Guess};
pub use parser::{Line, LogParser};
pub use reader::{Outcome, Reader};
