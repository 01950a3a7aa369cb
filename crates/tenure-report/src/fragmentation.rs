//! What a heap holds and why: as text for people, as JSON (schema `fragmentation/1`) for programs.
//!
//! [`Fragmentation`] joins what the pages of a recording's processes held with its call stacks;
//! [`text()`] and [`json()`] show it, and [`of_process`] the
//! parts of one process alone.

mod advice;
mod held;
mod json;
mod text;

pub use held::{Fragmentation, HeldOf, ProcessHeld, SiteHeld};
pub use json::{SCHEMA, json};
pub use text::{Selection, of_process, text};

pub(crate) use advice::advice;

#[cfg(test)]
mod tests;
