//! CPython, `gc.set_debug(gc.DEBUG_STATS)`: every version from 2.2 to 3.14, free-threaded too.

mod detect;
mod message;
mod parser;

pub(super) use detect::points;
pub(super) use parser::parser;

#[cfg(test)]
mod tests;
