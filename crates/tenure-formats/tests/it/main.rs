//! Whole logs through the reader.

mod census;
mod cpython;
mod go;
mod halves;
mod java_anchor;
mod java_own;
mod java_speed;
mod java_straight;
mod mutations;
mod openj9;
mod recorder;
mod straight;
mod v8;
mod wrappers;
