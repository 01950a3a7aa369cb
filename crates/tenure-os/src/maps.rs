//! What is mapped where in this process: `/proc/self/maps`, line by line.
//!
//! **Cost:** opens, reads in pieces of the caller's buffer, closes; 10 to 100 µs for a hundred
//! lines. Allocates nothing and takes no lock of libc's or the loader's.

use crate::files::FileError;
use core::ops::ControlFlow;
use rustix::fd::AsFd;
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;

/// The shortest buffer that holds any line.
pub const LINE_BYTES_MAX: usize = 4096 + 256;

/// One mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping<'a> {
    /// First address.
    pub start: usize,
    /// The address behind the last.
    pub end: usize,
    /// Whether it may be read.
    pub readable: bool,
    /// Whether it may be written.
    pub writable: bool,
    /// Whether it may be executed.
    pub executable: bool,
    /// Whether what is written is seen by others (`MAP_SHARED`).
    pub shared: bool,
    /// Where in the file it begins, in bytes.
    pub offset: u64,
    /// The file's device, as the kernel writes it (major in the upper 32 bits).
    pub device: u64,
    /// The file's inode; zero without a file.
    pub inode: u64,
    /// The file's path, or a name in brackets, or nothing.
    pub path: &'a [u8],
}

/// Calls `visit` for each mapping in the order of addresses, until it breaks.
///
/// `buffer` is at least [`LINE_BYTES_MAX`] long; a line that it cannot hold is passed over. The
/// larger the buffer, the fewer calls and the less can change in between.
///
/// # Errors
/// Any of [`FileError`], as when there is no `/proc`.
pub fn for_each(
    buffer: &mut [u8],
    mut visit: impl FnMut(&Mapping<'_>) -> ControlFlow<()>,
) -> Result<(), FileError> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(CWD, c"/proc/self/maps", flags, Mode::empty())?;
    let mut held = 0;
    loop {
        match rustix::io::read(file.as_fd(), &mut buffer[held..]) {
            Ok(0) => return Ok(()),
            Ok(read) => held += read,
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let mut at = 0;
        while let Some(len) = buffer[at..held].iter().position(|&byte| byte == b'\n') {
            if let Some(mapping) = parse(&buffer[at..at + len])
                && visit(&mapping).is_break()
            {
                return Ok(());
            }
            at += len + 1;
        }
        if at == 0 && held == buffer.len() {
            at = held;
        }
        buffer.copy_within(at..held, 0);
        held -= at;
    }
}

/// `start-end rwxp offset major:minor inode    path`.
fn parse(line: &[u8]) -> Option<Mapping<'_>> {
    let (start, rest) = number(line, 16)?;
    let (end, rest) = number(rest.strip_prefix(b"-")?, 16)?;
    let rest = rest.strip_prefix(b" ")?;
    let (access, rest) = rest.split_at_checked(4)?;
    let (offset, rest) = number(rest.strip_prefix(b" ")?, 16)?;
    let (major, rest) = number(rest.strip_prefix(b" ")?, 16)?;
    let (minor, rest) = number(rest.strip_prefix(b":")?, 16)?;
    let (inode, rest) = number(rest.strip_prefix(b" ")?, 10)?;
    Some(Mapping {
        start: usize::try_from(start).ok()?,
        end: usize::try_from(end).ok()?,
        readable: access[0] == b'r',
        writable: access[1] == b'w',
        executable: access[2] == b'x',
        shared: access[3] == b's',
        offset,
        device: major << 32 | minor,
        inode,
        path: rest.trim_ascii_start(),
    })
}

/// The digits at the front of `text` as a number, and what follows them.
fn number(text: &[u8], base: u32) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    let mut len = 0;
    while let Some(digit) = text
        .get(len)
        .and_then(|&byte| char::from(byte).to_digit(base))
    {
        value = value
            .checked_mul(u64::from(base))?
            .checked_add(u64::from(digit))?;
        len += 1;
    }
    (len > 0).then(|| (value, &text[len..]))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    #[test]
    fn a_line_is_read_in_full() {
        let line = b"7f00a000-7f00c000 r-xp 0001a000 fe:02 1234567      /lib/a b.so (deleted)";
        let mapping = parse(line).unwrap();
        assert_eq!((mapping.start, mapping.end), (0x7f00_a000, 0x7f00_c000));
        assert!(mapping.readable && mapping.executable);
        assert!(!mapping.writable && !mapping.shared);
        assert_eq!((mapping.offset, mapping.inode), (0x1a000, 1_234_567));
        assert_eq!(mapping.device, 0xfe_0000_0002);
        assert_eq!(mapping.path, b"/lib/a b.so (deleted)");
        assert_eq!(parse(b"00-10 ---p 0 0:0 0").unwrap().path, b"");
        for torn in [
            &b""[..],
            b"7f",
            b"7f-",
            b"00-10 rw",
            b"00-10 rw-p zz",
            b"x-1 rw-p 0 0:0 0",
        ] {
            assert_eq!(parse(torn), None);
        }
        assert_eq!(parse(b"11112222333344445-10 rw-p 0 0:0 0"), None);
    }

    #[test]
    #[cfg(not(miri))]
    fn small_pieces_give_the_same_lines() {
        let all = |len: usize| {
            let mut buffer = std::vec![0; len];
            let mut seen: Vec<(usize, String)> = Vec::new();
            for_each(&mut buffer, |mapping| {
                seen.push((
                    mapping.start,
                    String::from_utf8_lossy(mapping.path).into_owned(),
                ));
                ControlFlow::Continue(())
            })
            .unwrap();
            seen
        };
        let local = 0u8;
        let here = (&raw const local).addr();
        let (small, large) = (all(LINE_BYTES_MAX), all(1 << 20));
        // Other tests map and unmap meanwhile; files are what both readings share.
        let files = |seen: &[(usize, String)]| -> Vec<(usize, String)> {
            seen.iter()
                .filter(|(_, path)| path.starts_with('/'))
                .cloned()
                .collect()
        };
        assert_eq!(files(&small), files(&large));
        assert!(small.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(large.iter().any(|(start, _)| *start <= here));
    }
}
