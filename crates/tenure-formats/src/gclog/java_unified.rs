//! JDK 9 and later, unified logging.

mod detect;
mod parser;

pub(super) use detect::points;
pub(super) use parser::parser;
