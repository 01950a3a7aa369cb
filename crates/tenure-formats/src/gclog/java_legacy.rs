//! JDK 5 to 8.

mod detect;
mod heap_print;
mod parser;

pub(super) use detect::points;
pub(super) use heap_print::is_heap_print;
pub(super) use parser::parser;
