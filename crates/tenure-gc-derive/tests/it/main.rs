//! What the derive writes, and what it refuses.

mod expansion;
mod must_not_compile;
