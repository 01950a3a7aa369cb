//! V8, `--trace-gc` and `--trace-gc-nvp`: Node, Chromium, d8, from 2012 on.

mod decoration;
mod detect;
mod heaps;
mod nvp;
mod parser;
mod trace;

pub(super) use detect::points;
pub(super) use parser::parser;

#[cfg(test)]
mod tests;
