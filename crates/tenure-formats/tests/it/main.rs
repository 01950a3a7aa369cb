//! Whole logs through the reader.

mod census;
mod recorder;
