//! Records on disk: `.tnr` files, state files on their own, and the folders of runs.

mod copy;
mod facts;
mod folder;
mod graph;
mod heaps;
mod input;
mod loader;
mod read;
mod sections;
mod symbols;
mod write;

pub(crate) use copy::{copy_sections, is_container};
pub(crate) use facts::{from_json, to_json};
pub(crate) use folder::collect;
pub(crate) use heaps::name_heaps;
pub(crate) use loader::{Depth, Heap, Loader, Recording};
pub(crate) use read::{no_stacks, read, read_each, read_heaps, read_named};
pub(crate) use symbols::complete;
pub(crate) use write::RecordWriter;

#[cfg(test)]
mod tests;
