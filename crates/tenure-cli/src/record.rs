//! Records on disk: `.tnr` files, state files on their own, and the folders of runs.

mod copy;
mod facts;
mod folder;
mod heaps;
mod input;
mod loader;
mod look_file;
mod pages;
mod read;
mod sections;
mod symbols;
mod write;

pub(crate) use copy::{copy_sections, is_container};
pub(crate) use facts::{from_json, to_json};
pub(crate) use folder::collect;
pub(crate) use heaps::name_heaps;
pub(crate) use loader::{Depth, Heap, Loader, Pages, Recording};
pub(crate) use pages::name_stacks;
pub(crate) use read::{no_stacks, read, read_each, read_heaps, read_named, read_pages};
pub(crate) use symbols::complete;
pub(crate) use write::RecordWriter;

#[cfg(test)]
mod tests;
