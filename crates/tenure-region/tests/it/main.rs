//! What the public interface promises.

mod drops;
mod memory;
mod mistakes;
mod must_not_compile;
mod scopes;
