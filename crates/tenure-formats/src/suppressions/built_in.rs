//! Suppressions that come with the house: what glibc, its loader and libstdc++ never free.
//!
//! They matter for the kinds that a report shows: nearly all are about blocks that are still
//! reachable, some about blocks that only a pointer into their middle is left of.

/// The suppressions, in valgrind's grammar. Each says above it why it is no leak.
pub const BUILT_IN: &str = include_str!("built_in.supp");

#[cfg(test)]
mod tests;
