//! The threads of this process, as the kernel counts them: `/proc/self/task`.
//!
//! **Cost:** opens, reads, closes: about 10 µs and 1 µs a thread. Allocates nothing.

use crate::files::FileError;
use core::mem::MaybeUninit;
use rustix::fs::{CWD, Mode, OFlags, RawDir};

/// Calls `visit` with the number of each thread. One that begins or ends meanwhile may be left out.
///
/// # Errors
/// Any of [`FileError`], as when there is no `/proc`.
pub fn for_each(mut visit: impl FnMut(u32)) -> Result<(), FileError> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
    let folder = rustix::fs::openat(CWD, c"/proc/self/task", flags, Mode::empty())?;
    let mut buffer = [MaybeUninit::uninit(); 1024];
    let mut entries = RawDir::new(&folder, &mut buffer);
    while let Some(entry) = entries.next() {
        let name = entry?;
        let digits = name.file_name().to_bytes();
        if let Some(number) = number(digits) {
            visit(number);
        }
    }
    Ok(())
}

/// A number in decimal digits and nothing else.
fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u32, |number, byte| {
        let digit = char::from(*byte).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// The name of a thread (`comm`), without the line end; gives its length. At most 15 bytes.
///
/// # Errors
/// Any of [`FileError`], as when the thread has ended.
pub fn name(thread: u32, buffer: &mut [u8; 16]) -> Result<usize, FileError> {
    use core::fmt::Write;
    let mut path = crate::fatal::Line::new();
    let _ = write!(path, "/proc/self/task/{thread}/comm\0");
    let path = core::ffi::CStr::from_bytes_until_nul(path.as_bytes());
    let len = crate::files::read_start(path.map_err(|_| FileError::Missing)?, buffer)?;
    Ok(buffer[..len].trim_ascii_end().len())
}

/// Whether a thread holds `signal` back, as far as `/proc` tells.
#[must_use]
pub fn holds_back(thread: u32, signal: i32) -> bool {
    use core::fmt::Write;
    let mut path = crate::fatal::Line::new();
    let _ = write!(path, "/proc/self/task/{thread}/status\0");
    let mut buffer = [0; 2048];
    let read = core::ffi::CStr::from_bytes_until_nul(path.as_bytes())
        .map_or(Ok(0), |path| crate::files::read_start(path, &mut buffer));
    let told = &buffer[..read.unwrap_or(0)];
    let line = told
        .split(|&byte| byte == b'\n')
        .find_map(|line| line.strip_prefix(b"SigBlk:"));
    line.is_some_and(|mask| has_bit(mask.trim_ascii(), signal))
}

/// Whether the mask in hexadecimal digits has the bit of `signal`.
fn has_bit(mask: &[u8], signal: i32) -> bool {
    let bit = usize::try_from(signal - 1).unwrap_or(usize::MAX);
    let digit = mask.len().checked_sub(1 + bit / 4).map(|at| mask[at]);
    let value = digit.and_then(|digit| char::from(digit).to_digit(16));
    value.is_some_and(|value| value >> (bit % 4) & 1 == 1)
}

#[cfg(all(test, not(any(miri, tenure_replaced_os))))]
mod tests {
    use super::*;

    #[test]
    fn every_running_thread_is_listed_with_its_name() {
        let (tell, told) = std::sync::mpsc::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::Builder::new()
            .name("listed".into())
            .spawn(move || {
                tell.send(crate::signal::thread_number()).unwrap();
                let _ = ended.recv();
            })
            .unwrap();
        let number = told.recv().unwrap();
        let mut seen = std::vec::Vec::new();
        for_each(|thread| seen.push(thread)).unwrap();
        assert!(seen.contains(&number) && seen.contains(&crate::signal::thread_number()));
        let mut buffer = [0; 16];
        let len = name(number, &mut buffer).unwrap();
        assert_eq!(&buffer[..len], b"listed");
        drop(end);
        thread.join().unwrap();
        assert!(name(u32::MAX >> 2, &mut buffer).is_err());
        assert!(has_bit(b"0000000000400000", 23) && !has_bit(b"0000000000400000", 22));
        assert!(has_bit(b"8000000000000000", 64) && !has_bit(b"", 1));
        assert!(!holds_back(
            crate::signal::thread_number(),
            crate::signal::URGENT
        ));
        assert_eq!(super::number(b".."), None);
        assert_eq!(super::number(b"99999999999"), None);
    }
}
