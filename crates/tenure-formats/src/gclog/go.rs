//! Go, gctrace: every version since 1.5.

mod detect;
mod parser;
mod trace;

pub(super) use detect::points;
pub(super) use parser::parser;

#[cfg(test)]
mod tests;
