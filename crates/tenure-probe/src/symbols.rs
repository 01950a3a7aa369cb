//! Addresses of a module, turned into functions, files and lines; those of data into variables.
//!
//! A caller names a [`Module`] (path, build-id, kind) and addresses in it, as the ELF file counts
//! them (the address in memory minus the load bias). For a return address ask for the address
//! minus one: the call, not what follows it.
//!
//! # Sources
//!
//! In this order, each checked against the build-id that was recorded:
//!
//! 1. the file itself; one with another build-id was replaced since the run: told, not used;
//! 2. what its `.gnu_debuglink` names, beside it, in `.debug/` and in the debug folder, its CRC
//!    checked;
//! 3. `DEBUG_FOLDER/.build-id/xx/yyyy.debug`;
//! 4. the supplementary file of `dwz` that `.gnu_debugaltlink` names.
//!
//! An address that DWARF does not explain is looked up in `.symtab`, then in `.dynsym`; it then has
//! an offset from the start of the function, and no line.
//!
//! An address of data is looked up in the same symbol tables ([`Symboliser::variables`]).
//!
//! # Cost
//!
//! One module is open at a time, mapped, not read; of DWARF only the units that hold a wanted
//! address are parsed. Names and paths are kept once for each module.
//!
//! # Not here
//!
//! Split DWARF (`.dwo`, `.dwp`): such a unit gives lines and the symbol table's names. The
//! compressed symbol table of Fedora (`.gnu_debugdata`) and servers of debug files are not asked.

mod cache;
mod demangle;
mod dwarf;
mod locate;
mod mapped_file;
mod names;
mod note;
mod symbol_table;
mod symboliser;
mod variables;
mod vdso;

pub use cache::Cache;
pub use demangle::demangle;
pub use names::{name_frames, name_places};
pub use note::Note;
pub use symboliser::{Frame, Progress, Quality, Request, Resolved, Symboliser};
pub use variables::{Storage, Variable};

use std::path::PathBuf;

/// What a module was, when the program ran.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Module {
    /// Its file; for the vdso any name.
    pub path: PathBuf,
    /// The content of its build-id note; empty for a file that has none.
    pub build_id: Vec<u8>,
    /// What it is.
    pub kind: ModuleKind,
}

/// What a module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModuleKind {
    /// A program or library in a file.
    File,
    /// The code that the kernel maps into each process.
    Vdso,
    /// Something that has no file; it is never resolved.
    Other,
}
