//! What the public interface promises.

mod counted_cycles;
mod counted_drops;
mod counted_handles;
mod counted_model;
