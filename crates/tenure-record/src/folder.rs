//! The run's folder and the names of the files in it: `PID-SEQ.KIND`.

use core::ffi::CStr;
use core::fmt::{self, Write};
use tenure_os::files;

/// The longest path that Linux takes, with its NUL.
const PATH_BYTES_MAX: usize = 4096;
/// Room that `/PID-SEQ.timeline` and the NUL need at most: two numbers of ten digits.
const NAME_BYTES_MAX: usize = 40;

/// Where state files are made. Holds a copy of the path, since programs overwrite their
/// environment.
#[derive(Clone)]
pub(crate) struct Folder {
    bytes: [u8; PATH_BYTES_MAX],
    len: usize,
}

impl Folder {
    /// No folder yet.
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; PATH_BYTES_MAX],
            len: 0,
        }
    }

    /// Remembers `dir`; a relative one from the folder that the process is in now. False when the
    /// path is too long.
    pub(crate) fn set(&mut self, dir: &[u8]) -> bool {
        self.len = 0;
        if !dir.starts_with(b"/") {
            let Ok(len) = files::read_link(c"/proc/self/cwd", &mut self.bytes) else {
                return false;
            };
            self.len = len;
            if !self.push(b"/") {
                return false;
            }
        }
        self.push(dir) && self.len + NAME_BYTES_MAX <= PATH_BYTES_MAX
    }

    fn push(&mut self, text: &[u8]) -> bool {
        let Some(room) = self.bytes.get_mut(self.len..self.len + text.len()) else {
            return false;
        };
        room.copy_from_slice(text);
        self.len += text.len();
        true
    }

    /// The path of the state file `seq` of the process `pid`.
    pub(crate) fn path(&mut self, pid: u32, seq: u32) -> &CStr {
        self.path_of(pid, seq, "state")
    }

    /// The path of its file of another `kind`, a word of at most eight letters.
    pub(crate) fn path_of(&mut self, pid: u32, seq: u32, kind: &str) -> &CStr {
        let mut name = Tail {
            room: &mut self.bytes[self.len..],
            len: 0,
        };
        // The room is `NAME_BYTES_MAX` at least, which two numbers and the words fit.
        let _ = write!(name, "/{pid}-{seq}.{kind}\0");
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or_default()
    }
}

/// Text being written behind the folder's path.
struct Tail<'a> {
    room: &'a mut [u8],
    len: usize,
}

impl Write for Tail<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self
            .room
            .get_mut(self.len..self.len + text.len())
            .ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    #[test]
    fn names_carry_pid_and_sequence() {
        let mut folder = Folder::new();
        assert!(folder.set(b"/tmp/run,7"));
        assert_eq!(
            folder.path(4_294_967_295, 12),
            c"/tmp/run,7/4294967295-12.state"
        );
        assert_eq!(folder.path(1, 0), c"/tmp/run,7/1-0.state");
    }

    #[test]
    fn a_relative_folder_is_taken_from_where_the_process_is() {
        let mut folder = Folder::new();
        assert!(folder.set(b"run"));
        let here = std::env::current_dir().unwrap();
        let path = here.join("run/1-0.state");
        assert_eq!(folder.path(1, 0).to_str().unwrap(), path.to_str().unwrap());
    }

    #[test]
    fn a_path_that_leaves_no_room_for_the_name_is_refused() {
        let mut folder = Folder::new();
        let mut long = vec![b'/'; PATH_BYTES_MAX - NAME_BYTES_MAX];
        assert!(folder.set(&long));
        long.push(b'x');
        assert!(!folder.set(&long));
        long.resize(2 * PATH_BYTES_MAX, b'x');
        assert!(!folder.set(&long));
    }
}
