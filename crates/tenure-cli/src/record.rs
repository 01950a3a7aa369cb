//! Records on disk: `.tnr` files, state files on their own, and the folders of runs.

mod facts;
mod read;
mod write;

pub(crate) use facts::{from_json, to_json};
pub(crate) use read::{Gathered, gather, profile, read};
pub(crate) use write::write;

#[cfg(test)]
mod tests;
