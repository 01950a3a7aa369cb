//! Files from the kernel, for a recorder inside somebody else's program.
//!
//! That program may have closed its standard descriptors, may count on the next free number, may
//! run with limits on file size or on a full disk. So a [`File`] is opened close-on-exec and never
//! under a number below 3, is held only for the length of one call of the recorder, and its room is
//! reserved before it is mapped: a full disk is an error here and not a `SIGBUS` at some later
//! store.
//!
//! **Cost:** one system call each, unless said otherwise.

use crate::raw;
use core::ffi::{CStr, c_void};
use core::mem::ManuallyDrop;
use core::ptr::with_exposed_provenance_mut;
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, FallocateFlags, Mode, OFlags};
use rustix::io::Errno;
use rustix::mm::{self, Advice, MapFlags, ProtFlags};
use rustix::process::{Resource, getrlimit};

/// Descriptors below belong to the program's stdin, stdout and stderr, even when closed.
const DESCRIPTOR_MIN: i32 = 3;
/// What one write puts into a file whose file system cannot reserve room.
const ZEROES: [u8; 4096] = [0; 4096];

/// Why the kernel did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// There is a file of this name already.
    Exists,
    /// No such file or folder.
    Missing,
    /// The process may not, or the file system is read-only.
    Denied,
    /// The disk or the user's quota is full.
    Full,
    /// The process may not make files this long (`RLIMIT_FSIZE`, `ulimit -f`).
    Limit,
    /// No memory, address space (`RLIMIT_AS`) or descriptor is left.
    Exhausted,
    /// The file under this name is no longer the one that was made.
    Replaced,
    /// Anything else: the kernel's error number.
    Other(i32),
}

impl FileError {
    /// The reason in words, for a message.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Exists => "the file exists already",
            Self::Missing => "there is no such folder",
            Self::Denied => "the folder may not be written by this process",
            Self::Full => "the disk or the quota is full",
            Self::Limit => "the limit on file size (ulimit -f) is too low",
            Self::Exhausted => "no memory, address space (ulimit -v) or descriptor is left",
            Self::Replaced => "the file was removed or replaced meanwhile",
            Self::Other(_) => "the kernel refused",
        }
    }
}

impl From<Errno> for FileError {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::EXIST => Self::Exists,
            Errno::NOENT | Errno::NOTDIR => Self::Missing,
            Errno::ACCESS | Errno::PERM | Errno::ROFS | Errno::LOOP => Self::Denied,
            Errno::NOSPC | Errno::DQUOT => Self::Full,
            Errno::FBIG => Self::Limit,
            Errno::NOMEM | Errno::MFILE | Errno::NFILE | Errno::AGAIN => Self::Exhausted,
            other => Self::Other(other.raw_os_error()),
        }
    }
}

/// Which file it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// Of no file.
    pub const NONE: Self = Self {
        device: 0,
        inode: 0,
    };
}

/// An open file; closed when dropped.
#[derive(Debug)]
pub struct File(OwnedFd);

impl File {
    fn open_with(path: &CStr, flags: OFlags) -> Result<Self, FileError> {
        let flags = flags | OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NOCTTY;
        let file = rustix::fs::openat(CWD, path, flags, Mode::RUSR | Mode::WUSR)?;
        if file.as_raw_fd() >= DESCRIPTOR_MIN {
            return Ok(Self(file));
        }
        Ok(Self(rustix::io::fcntl_dupfd_cloexec(
            &file,
            DESCRIPTOR_MIN,
        )?))
    }

    /// `open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)`: a file that was not there before.
    ///
    /// # Errors
    /// [`FileError::Exists`] where there is one; any other of [`FileError`].
    pub fn create(path: &CStr) -> Result<Self, FileError> {
        Self::open_with(path, OFlags::CREATE | OFlags::EXCL)
    }

    /// `open(path, O_RDWR | O_CLOEXEC)`: a file that is there.
    ///
    /// # Errors
    /// Any of [`FileError`].
    pub fn open(path: &CStr) -> Result<Self, FileError> {
        Self::open_with(path, OFlags::empty())
    }

    /// `fstat`: which file this is.
    ///
    /// # Errors
    /// Any of [`FileError`].
    pub fn identity(&self) -> Result<Identity, FileError> {
        let status = rustix::fs::fstat(&self.0)?;
        Ok(Identity {
            device: status.st_dev,
            inode: status.st_ino,
        })
    }

    /// `fallocate(0, offset, len)`: makes the file long enough, with its blocks on disk, reading as
    /// zero. Where the file system knows no `fallocate`, writes zeroes: one call per 4 KiB.
    ///
    /// A length beyond `RLIMIT_FSIZE` is refused before the kernel would send `SIGXFSZ`.
    ///
    /// # Errors
    /// [`FileError::Limit`] and [`FileError::Full`] above all. The file may have grown then.
    pub fn reserve(&self, offset: u64, len: u64) -> Result<(), FileError> {
        if getrlimit(Resource::Fsize)
            .current
            .is_some_and(|limit| offset + len > limit)
        {
            return Err(FileError::Limit);
        }
        loop {
            match rustix::fs::fallocate(&self.0, FallocateFlags::empty(), offset, len) {
                Err(Errno::INTR) => {}
                Err(Errno::OPNOTSUPP | Errno::NOSYS) => return self.write_zeroes(offset, len),
                done => return Ok(done?),
            }
        }
    }

    /// `pwrite(bytes, offset)`, until all are written.
    ///
    /// A length beyond `RLIMIT_FSIZE` is refused before the kernel would send `SIGXFSZ`.
    ///
    /// # Errors
    /// [`FileError::Limit`] and [`FileError::Full`] above all. A part may be written then.
    pub fn write(&self, offset: u64, mut bytes: &[u8]) -> Result<(), FileError> {
        let mut at = offset;
        let limit = getrlimit(Resource::Fsize).current;
        if limit.is_some_and(|limit| offset + bytes.len() as u64 > limit) {
            return Err(FileError::Limit);
        }
        while !bytes.is_empty() {
            match rustix::io::pwrite(&self.0, bytes, at) {
                Ok(0) => return Err(FileError::Full),
                Ok(written) => {
                    at += written as u64;
                    bytes = &bytes[written..];
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn write_zeroes(&self, offset: u64, len: u64) -> Result<(), FileError> {
        let mut at = offset;
        while at < offset + len {
            let rest = usize::try_from(offset + len - at).unwrap_or(ZEROES.len());
            match rustix::io::pwrite(&self.0, &ZEROES[..rest.min(ZEROES.len())], at) {
                Ok(0) => return Err(FileError::Full),
                Ok(written) => at += written as u64,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// `mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, file, offset)`: the address of the
    /// file's bytes. Both numbers are multiples of the OS page. The mapping outlives the file's
    /// being open.
    ///
    /// # Errors
    /// [`FileError::Exhausted`] under `ulimit -v`.
    pub fn map(&self, offset: u64, len: usize) -> Result<usize, FileError> {
        // SAFETY: the address is left to the kernel, so no mapping of anybody is replaced.
        unsafe { self.map_at(core::ptr::null_mut(), MapFlags::empty(), offset, len) }
    }

    /// As [`File::map`], at `start`, in place of what is mapped there.
    ///
    /// # Errors
    /// Any of [`FileError`].
    ///
    /// # Safety
    /// * `start..start + len` is mapped by the caller, who no longer needs what it shows.
    pub unsafe fn map_over(&self, start: usize, offset: u64, len: usize) -> Result<(), FileError> {
        let start = with_exposed_provenance_mut(start);
        // SAFETY: by contract only a mapping of the caller's own is replaced.
        unsafe { self.map_at(start, MapFlags::FIXED, offset, len) }.map(|_| ())
    }

    unsafe fn map_at(
        &self,
        start: *mut c_void,
        flags: MapFlags,
        offset: u64,
        len: usize,
    ) -> Result<usize, FileError> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        let flags = flags | MapFlags::SHARED;
        // SAFETY: with a null start nothing is replaced; otherwise `map_over`'s caller owns it.
        let mapped = unsafe { mm::mmap(start, len, access, flags, &self.0, offset) };
        Ok(mapped?.expose_provenance())
    }
}

/// `mmap(start, len, …, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)`: private zeroes in place of what
/// is mapped at `start`.
///
/// # Errors
/// Any of [`FileError`].
///
/// # Safety
/// * `start..start + len` is mapped by the caller, who no longer needs what it shows.
pub unsafe fn map_blank_over(start: usize, len: usize) -> Result<(), FileError> {
    let start = with_exposed_provenance_mut(start);
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: by contract only a mapping of the caller's own is replaced.
    unsafe { mm::mmap_anonymous(start, len, access, MapFlags::PRIVATE | MapFlags::FIXED) }?;
    Ok(())
}

/// `madvise(start, len, MADV_DONTNEED)` on a shared mapping: the pages leave this process's memory;
/// what they hold stays in the file, and comes back when it is touched.
pub fn let_go(start: usize, len: usize) {
    // SAFETY: a shared file mapping loses nothing by it (what else the advice might hit, no caller
    // gives); failure leaves the pages where they are.
    let _ = unsafe {
        mm::madvise(
            with_exposed_provenance_mut(start),
            len,
            Advice::LinuxDontNeed,
        )
    };
}

/// `unlink(path)`. A file that cannot be removed stays.
pub fn remove(path: &CStr) {
    let _ = rustix::fs::unlinkat(CWD, path, AtFlags::empty());
}

/// The first bytes of a file, at most as many as `buffer` holds; gives how many. Opens, reads until
/// the end or until the buffer is full, closes.
///
/// # Errors
/// Any of [`FileError`].
pub fn read_start(path: &CStr, buffer: &mut [u8]) -> Result<usize, FileError> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
    // The standard library closes by libc, where a program links it; libc looks at the calling
    // thread's own variables then, and a thread of `background` has none.
    let file = ManuallyDrop::new(rustix::fs::openat(CWD, path, flags, Mode::empty())?);
    let mut len = 0;
    let mut done = Ok(());
    while len < buffer.len() {
        match rustix::io::read(file.as_fd(), &mut buffer[len..]) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(Errno::INTR) => {}
            Err(error) => {
                done = Err(error.into());
                break;
            }
        }
    }
    // The descriptor is this call's, and nothing uses it behind.
    raw::call(raw::CLOSE, [file.as_raw_fd() as usize, 0, 0, 0, 0]);
    done.map(|()| len)
}

/// `readlink(path)`: the text of a symbolic link, cut where `buffer` ends; gives its length.
///
/// # Errors
/// Any of [`FileError`].
pub fn read_link(path: &CStr, buffer: &mut [u8]) -> Result<usize, FileError> {
    Ok(rustix::fs::readlinkat_raw(CWD, path, buffer)?)
}

#[cfg(test)]
mod tests;
