//! Model to text and JSON: pure builders.
//!
//! Everything here takes a model and gives a `String`; nothing is printed and nothing is read.
//!
//! * [`summary`]: what a run did with its memory, for people;
//! * [`stats`]: the same as JSON, for programs;
//! * [`top`]: which call stacks allocated, as text and as JSON; [`flame`]: as a picture;
//! * [`diff`]: two recordings side by side, and rules that they are held to;
//! * [`term`]: what each printed figure means, for both;
//! * [`explanation`]: a term as text;
//! * [`quantity`]: numbers with their units; [`style`]: width and colour of the target.
#![forbid(unsafe_code)]

mod bar;
pub mod diff;
pub mod explanation;
pub mod flame;
mod lifespan;
pub mod quantity;
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

pub use style::Style;
pub use visible::shell_word;
