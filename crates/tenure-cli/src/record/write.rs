//! Writing a record, so that it is there whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process;
use tenure_trace::container::{
    Crc32, SECTION_HEADER_BYTES, Tag, file_header, padding, section_header_of,
};

/// A record in the making, under another name than its own.
///
/// Sections are written piece by piece; their length and checksum are put before them at their
/// end. What is dropped before [`finish`](Self::finish) leaves nothing.
#[derive(Debug)]
pub(crate) struct RecordWriter {
    file: BufWriter<File>,
    temporary: PathBuf,
    path: PathBuf,
    sections: u32,
    /// The section that is being written.
    open: Option<Open>,
}

/// A section that is being written.
#[derive(Clone, Copy, Debug)]
struct Open {
    tag: Tag,
    begin: u64,
    payload_bytes: u64,
    crc: Crc32,
}

impl RecordWriter {
    /// Begins a record that will stand at `path`.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let mut name = OsString::from(".");
        name.push(path.file_name().ok_or(io::ErrorKind::InvalidFilename)?);
        name.push(format!(".{}", process::id()));
        let temporary = path.with_file_name(name);
        let mut writer = Self {
            file: BufWriter::new(create(&temporary)?),
            temporary,
            path: path.to_owned(),
            sections: 0,
            open: None,
        };
        writer.file.write_all(&file_header(0))?;
        Ok(writer)
    }

    /// Writes a section whose payload is at hand.
    pub(crate) fn section(&mut self, tag: Tag, payload: &[u8]) -> io::Result<()> {
        self.begin(tag)?;
        self.write_all(payload)?;
        self.end()
    }

    /// Begins a section; what is written from now on is its payload.
    pub(crate) fn begin(&mut self, tag: Tag) -> io::Result<()> {
        let begin = self.file.stream_position()?;
        self.file.write_all(&[0; SECTION_HEADER_BYTES])?;
        self.open = Some(Open {
            tag,
            begin,
            payload_bytes: 0,
            crc: Crc32::new(),
        });
        Ok(())
    }

    /// Ends the section that was begun.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let header = section_header_of(open.tag, open.crc.finish(), open.payload_bytes);
        self.file.write_all(padding(open.payload_bytes))?;
        let behind = self.file.stream_position()?;
        self.file.seek(SeekFrom::Start(open.begin))?;
        self.file.write_all(&header)?;
        self.file.seek(SeekFrom::Start(behind))?;
        self.sections = self.sections.saturating_add(1);
        Ok(())
    }

    /// Puts the record in its place.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(&file_header(self.sections))?;
        self.file.flush()?;
        fs::rename(&self.temporary, &self.path)
    }
}

impl Write for RecordWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        if let Some(open) = &mut self.open {
            open.crc = open.crc.update(bytes);
            open.payload_bytes += bytes.len() as u64;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for RecordWriter {
    fn drop(&mut self) {
        // It is gone after a rename.
        let _ = fs::remove_file(&self.temporary);
    }
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
