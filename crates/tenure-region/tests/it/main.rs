//! What the public interface promises.

mod adapters;
mod drops;
mod memory;
mod mistakes;
mod must_not_compile;
mod scopes;
