//! Writing a record, so that it is there whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process;
use tenure_trace::container::{Tag, file_header, padding, section_header};

/// Writes a record with `sections` to `path`, under another name first.
pub(crate) fn write(path: &Path, sections: &[(Tag, &[u8])]) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().ok_or(io::ErrorKind::InvalidFilename)?);
    name.push(format!(".{}", process::id()));
    let temporary = path.with_file_name(name);
    let written = create(&temporary)
        .and_then(|file| write_sections(file, sections))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // It may not have been made at all.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A new file; one of that name is left from a process that had our pid, and was killed.
fn create(temporary: &Path) -> io::Result<File> {
    let create = || {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(temporary)
    };
    create().or_else(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => fs::remove_file(temporary).and_then(|()| create()),
        _ => Err(error),
    })
}

fn write_sections(file: File, sections: &[(Tag, &[u8])]) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    file.write_all(&file_header(u32::try_from(sections.len()).unwrap_or(0)))?;
    for (tag, payload) in sections {
        file.write_all(&section_header(*tag, payload))?;
        file.write_all(payload)?;
        file.write_all(padding(payload.len() as u64))?;
    }
    file.flush()
}
