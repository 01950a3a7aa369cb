//! Model to text, JSON and pages: pure builders.
//!
//! Everything here takes a model and gives a `String`; nothing is printed and nothing is read.
//!
//! * [`summary`]: what a run did with its memory, for people;
//! * [`stats`]: the same as JSON, for programs;
//! * [`report`]: call stacks, timeline and sites as one page for a browser;
//! * [`term`]: what each printed figure means, for both;
//! * [`explanation`]: a term as text;
//! * [`quantity`]: numbers with their units; [`style`]: width and colour of the target.
#![forbid(unsafe_code)]

mod bar;
mod ending;
pub mod explanation;
pub mod quantity;
pub mod report;
#[cfg(test)]
mod sample;
pub mod signal;
pub mod stats;
pub mod style;
pub mod summary;
pub mod term;
mod visible;
mod web_page;

pub use style::Style;
pub use visible::shell_word;
pub use web_page::BEGIN as PAGE_BEGIN;
