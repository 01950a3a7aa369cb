//! Model to text and JSON: pure builders.
//!
//! Everything here takes a model and gives a `String`; nothing is printed and nothing is read.
//!
//! * [`summary`]: what a run did with its memory, for people;
//! * [`stats`]: the same as JSON, for programs;
//! * [`gclog`]: the log of a garbage collector, as text, JSON and a page;
//! * [`term`]: what each printed figure means, for both;
//! * [`explanation`]: a term as text;
//! * [`quantity`]: numbers with their units; [`style`]: width and colour of the target.
#![forbid(unsafe_code)]

mod bar;
pub mod explanation;
pub mod gclog;
pub mod quantity;
#[cfg(test)]
mod sample;
pub mod signal;
pub mod stats;
pub mod style;
pub mod summary;
pub mod term;
mod visible;

pub use style::Style;
pub use visible::shell_word;
