//! ELF programs: for which machine, and whether a loader is there to preload the library.

use super::Refusal;
use object::elf::{self, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, FileKind, ReadCache, ReadRef};
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The machine that the library was built for.
const MACHINE: (elf::Machine, &str) = machine();

/// What loads a program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Loader {
    /// The loader at this path.
    At(PathBuf),
    /// The file is a loader.
    IsItself,
}

/// The loader that the program in `file` asks for.
pub(super) fn loader(path: &Path, file: File) -> Result<Loader, Refusal> {
    let data = ReadCache::new(file);
    let damaged = |error: object::read::Error| Refusal::Damaged {
        path: path.to_owned(),
        why: error.to_string(),
    };
    let foreign = |what: String| Refusal::Foreign {
        path: path.to_owned(),
        what,
        ours: MACHINE.1,
    };
    if FileKind::parse(&data).map_err(damaged)? != FileKind::Elf64 {
        return Err(foreign("a 32-bit machine".into()));
    }
    let header = FileHeader64::<Endianness>::parse(&data).map_err(damaged)?;
    let endian = header.endian().map_err(damaged)?;
    let machine = header.e_machine(endian);
    if machine != MACHINE.0 || endian != Endianness::Little {
        return Err(foreign(format!(
            "another machine (ELF number {})",
            machine.0
        )));
    }
    if !matches!(header.e_type(endian), elf::ET_EXEC | elf::ET_DYN) {
        return Err(Refusal::Format(path.to_owned()));
    }
    match interpreter(header, endian, &data).map_err(damaged)? {
        Some(loader) => Ok(Loader::At(PathBuf::from(OsStr::from_bytes(&loader)))),
        None if is_loader(path) => Ok(Loader::IsItself),
        None => Err(Refusal::Static(path.to_owned())),
    }
}

/// The content of the PT_INTERP segment.
fn interpreter<'data, R: ReadRef<'data>>(
    header: &FileHeader64<Endianness>,
    endian: Endianness,
    data: R,
) -> Result<Option<Vec<u8>>, object::read::Error> {
    for segment in header.program_headers(endian, data)? {
        if let Some(loader) = segment.interpreter(endian, data)? {
            return Ok(Some(loader.to_vec()));
        }
    }
    Ok(None)
}

/// The loader of glibc can be called as a program, and then preloads as well.
fn is_loader(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_bytes();
    name.starts_with(b"ld-linux") || name.starts_with(b"ld.so")
}

const fn machine() -> (elf::Machine, &'static str) {
    if cfg!(target_arch = "aarch64") {
        (elf::EM_AARCH64, "aarch64")
    } else {
        (elf::EM_X86_64, "x86-64")
    }
}
