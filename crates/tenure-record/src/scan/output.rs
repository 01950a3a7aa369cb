//! The graph file being written: a buffer, and the file behind it.

use super::index::{Array, Plain};
use core::ffi::CStr;
use tenure_os::files::FileError;
use tenure_trace::graph::{EDGE_BYTES_MAX, GROUP_NUMBERS_BYTES_MAX, GraphHeader, Writer};
use tenure_vm::WrittenFile;

const BUFFER_BYTES: usize = 1 << 20;

#[derive(Clone, Copy)]
#[repr(transparent)]
struct Byte(u8);

// SAFETY: a byte.
unsafe impl Plain for Byte {}

/// Memory for records that wait to be written.
pub(crate) struct Buffer(Array<Byte>);

impl Buffer {
    /// `None`: no memory.
    pub(crate) fn new() -> Option<Self> {
        Array::new(BUFFER_BYTES).map(Self)
    }

    fn bytes(&mut self) -> &mut [u8] {
        let bytes = self.0.all_mut();
        // SAFETY: `Byte` is a byte and nothing else; borrowed exclusively.
        unsafe { core::slice::from_raw_parts_mut(bytes.as_mut_ptr().cast(), bytes.len()) }
    }
}

/// The file.
pub(crate) struct Output<'a> {
    file: WrittenFile,
    writer: Writer<'a>,
    error: Option<FileError>,
}

impl<'a> Output<'a> {
    /// Makes the file at `path` anew, with `header`, which does not yet say that it is complete: a
    /// file that is cut off here can be read as far as it goes.
    ///
    /// # Errors
    /// Any of [`FileError`].
    pub(crate) fn create(
        path: &CStr,
        header: &GraphHeader,
        buffer: &'a mut Buffer,
    ) -> Result<Self, FileError> {
        let mut file = WrittenFile::create(path)?;
        file.append(&header.encode())?;
        Ok(Self {
            file,
            writer: Writer::new(buffer.bytes()),
            error: None,
        })
    }

    /// The writer, with room for a record and `text_bytes` of text or frames.
    #[inline]
    pub(crate) fn room(&mut self, text_bytes: usize) -> &mut Writer<'a> {
        if self.writer.room() < text_bytes + GROUP_NUMBERS_BYTES_MAX + EDGE_BYTES_MAX {
            self.flush();
        }
        &mut self.writer
    }

    #[cold]
    fn flush(&mut self) {
        let bytes = self.writer.take();
        if self.error.is_none() {
            self.error = self.file.append(bytes).err();
        }
    }

    /// Writes what is left, and the header.
    ///
    /// # Errors
    /// The first error of all that was written.
    pub(crate) fn finish(mut self, header: &GraphHeader) -> Result<(), FileError> {
        self.flush();
        match self.error {
            Some(error) => Err(error),
            None => self.file.finish(&header.encode()),
        }
    }
}
