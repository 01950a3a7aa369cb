//! Whole logs through the reader.

mod census;
mod java_anchor;
mod java_classified;
mod java_own;
mod java_speed;
mod java_straight;
mod recorder;
