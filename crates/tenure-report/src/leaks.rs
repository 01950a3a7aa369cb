//! What is lost of a heap, and who allocated it: as text for people, as JSON (schema `leaks/1`) for
//! programs.
//!
//! [`Leaks`] joins the heaps of a recording with its call stacks. [`Leaks::hide`] takes out what
//! suppressions hide; then [`text`] and [`json`] show the rest.

mod findings;
mod json;
mod kind_set;
mod text;

pub use findings::{HeapOf, Leaks, LossRecord, ProcessLeaks};
pub use json::{SCHEMA, json};
pub use kind_set::KindSet;
pub use text::{Selection, text};

#[cfg(test)]
mod tests;
