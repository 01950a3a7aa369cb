//! The code that the kernel maps into each process, read from our own.

use super::mapped_file::MappedFile;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;

/// A vdso is two OS pages today; what is larger is something else. In bytes.
const VDSO_BYTES_MAX: u64 = 1 << 20;

/// The vdso of the running kernel. It serves a recorded process when the build-ids agree.
pub(super) fn own() -> Option<MappedFile> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let line = maps.lines().find(|line| line.ends_with("[vdso]"))?;
    let (start, end) = line.split_whitespace().next()?.split_once('-')?;
    let start = u64::from_str_radix(start, 16).ok()?;
    let bytes = u64::from_str_radix(end, 16).ok()?.checked_sub(start)?;
    let mut copy = vec![0; usize::try_from(bytes.min(VDSO_BYTES_MAX)).ok()?];
    File::open("/proc/self/mem")
        .ok()?
        .read_exact_at(&mut copy, start)
        .ok()?;
    Some(MappedFile::copied(copy, "[vdso]"))
}
