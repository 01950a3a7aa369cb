//! V8, trace-gc.

mod detect;
mod parser;

pub(super) use detect::points;
pub(super) use parser::parser;
