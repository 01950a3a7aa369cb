//! The log of a garbage collector: as text, as JSON (schema `gclog/1`), as a page.

mod advice;
mod comparison;
mod document;
mod page;
mod spark;
mod text;

pub use comparison::{diff_json, diff_text};
pub use document::{SCHEMA, json};
pub use page::page;
pub use text::{Detail, line, text};

#[cfg(test)]
mod tests;
