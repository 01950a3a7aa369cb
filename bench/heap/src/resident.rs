//! The most memory that this process ever had resident.

use std::fs;

/// `VmHWM` of this very process, in bytes.
///
/// The kernel's `ru_maxrss` will not do: a child that was started by `fork` begins with its
/// parent's.
pub(crate) fn peak_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
