//! Model to text, JSON and pages: pure builders.
//!
//! Everything here takes a model and gives a `String`; nothing is printed and nothing is read.
//!
//! * [`summary`]: what a run did with its memory, for people;
//! * [`stats`]: the same as JSON, for programs;
//! * [`top`]: which call stacks allocated, as text and as JSON; [`flame`]: as a picture;
//! * [`report`]: call stacks, timeline and sites as one page for a browser;
//! * [`holders`]: who holds the memory, as text and as JSON;
//! * [`diff`]: two recordings side by side, and rules that they are held to;
//! * [`leaks`]: what is lost of a heap, and who allocated it;
//! * [`fragmentation`]: what a heap holds and why;
//! * [`gclog`]: the log of a garbage collector, as text, JSON and a page;
//! * [`term`]: what each printed figure means, for both;
//! * [`explanation`]: a term as text;
//! * [`quantity`]: numbers with their units; [`style`]: width and colour of the target.
#![forbid(unsafe_code)]

mod bar;
pub mod diff;
mod ending;
pub mod explanation;
pub mod flame;
pub mod fragmentation;
pub mod gclog;
pub mod holders;
pub mod leaks;
mod lifespan;
mod managers;
pub mod quantity;
pub mod report;
#[cfg(test)]
mod sample;
pub mod signal;
mod site_name;
pub mod stats;
pub mod style;
pub mod summary;
pub mod term;
pub mod top;
mod visible;
mod web_page;

pub use style::Style;
pub use visible::shell_word;
pub use web_page::BEGIN as PAGE_BEGIN;
