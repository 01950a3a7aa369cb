//! Whole logs through the reader.

mod census;
mod java_speed;
mod java_straight;
mod recorder;
