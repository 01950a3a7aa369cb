//! JDK 5 to 8.

mod detect;
mod parser;

pub(super) use detect::points;
pub(super) use parser::parser;
