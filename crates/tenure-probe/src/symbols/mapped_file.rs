//! The bytes of an ELF file, mapped.
//!
//! # Cost
//!
//! A file of a gigabyte costs address space; only what is looked at is read. A file that another
//! program cuts short while we look (most linkers and installers write a new one instead) would end
//! us by SIGBUS: the price of not copying gigabytes of debug data. Records are written before
//! symbols are looked up, so nothing recorded is lost by it.

use memmap2::Mmap;
use object::Object;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// Bytes of an ELF file, and where they come from.
#[derive(Debug)]
pub(super) struct MappedFile {
    bytes: Bytes,
    path: PathBuf,
}

#[derive(Debug)]
enum Bytes {
    Mapped(Mmap),
    Copied(Vec<u8>),
}

impl MappedFile {
    /// Maps the ordinary file at `path`. Pipes and devices are refused, not opened.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if !path.metadata()?.is_file() {
            return Err(io::Error::other("not an ordinary file"));
        }
        let file = File::open(path)?;
        // SAFETY: the map is private and only read, through slices that live as long as it does.
        // Another process that writes into the file meanwhile can change what we read: all of it is
        // taken as hostile bytes anyway, by parsers in safe code that check each length at each
        // use. Cutting the file short raises SIGBUS, which ends the process: no undefined result.
        let bytes = Bytes::Mapped(unsafe { Mmap::map(&file)? });
        let path = path.to_owned();
        Ok(Self { bytes, path })
    }

    /// Bytes that are in no file.
    pub(super) fn copied(bytes: Vec<u8>, name: &str) -> Self {
        Self {
            bytes: Bytes::Copied(bytes),
            path: name.into(),
        }
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its headers, checked.
    pub(super) fn elf(&self) -> Result<object::File<'_>, object::Error> {
        object::File::parse(&**self)
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped(map) => map,
            Bytes::Copied(bytes) => bytes,
        }
    }
}

/// The build-id in `elf`; empty where it has none, or none that can be read.
pub(super) fn build_id<'a>(elf: &object::File<'a>) -> &'a [u8] {
    elf.build_id().ok().flatten().unwrap_or_default()
}
