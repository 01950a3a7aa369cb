//! A file that is written from front to back, and whose beginning is written once more at the end.

use core::ffi::CStr;
use tenure_os::files::{self, File, FileError};

/// The file, and where its next bytes go.
#[derive(Debug)]
pub struct WrittenFile {
    file: File,
    at: u64,
}

impl WrittenFile {
    /// Makes the file at `path` anew, whatever was there.
    ///
    /// # Errors
    /// Any of [`FileError`].
    pub fn create(path: &CStr) -> Result<Self, FileError> {
        files::remove(path);
        Ok(Self {
            file: File::create(path)?,
            at: 0,
        })
    }

    /// Writes `bytes` behind what was written so far.
    ///
    /// # Errors
    /// As [`File::write`]; what is written after that lies where it should all the same.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let at = self.at;
        self.at += bytes.len() as u64;
        self.file.write(at, bytes)
    }

    /// Writes the beginning anew.
    ///
    /// # Errors
    /// As [`File::write`].
    pub fn finish(self, head: &[u8]) -> Result<(), FileError> {
        self.file.write(0, head)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::ffi::CString;

    #[test]
    fn the_beginning_comes_last_and_what_was_there_is_gone() {
        let path = std::env::temp_dir().join(std::format!("tenure-written-{}", std::process::id()));
        std::fs::write(&path, "something longer than what comes").unwrap();
        let name = CString::new(path.to_str().unwrap()).unwrap();
        let mut file = WrittenFile::create(&name).unwrap();
        file.append(b"HEAD").unwrap();
        file.append(b"one ").unwrap();
        file.append(b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"HEADone two");
        file.finish(b"head").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"headone two");
        std::fs::remove_file(&path).unwrap();
    }
}
