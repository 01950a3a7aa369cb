//! JDK 5 to 8, and what is left of the logs of 1.3 and 1.4.

mod brackets;
mod collection;
mod concurrent;
mod detect;
mod elements;
mod g1_details;
mod header;
mod heap_print;
mod parser;
mod scan;
mod shenandoah;
mod stamps;
mod tables;
mod texts;

pub(super) use detect::points;
pub(super) use heap_print::is_heap_print;
pub(super) use parser::parser;

#[cfg(test)]
mod tests;
