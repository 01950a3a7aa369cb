//! Whole logs through the reader.

mod census;
mod java_straight;
mod recorder;
