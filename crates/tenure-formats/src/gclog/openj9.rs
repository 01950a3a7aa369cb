//! OpenJ9 and IBM J9, verbose XML.

mod detect;
mod parser;

pub(super) use detect::points;
pub(super) use parser::parser;
