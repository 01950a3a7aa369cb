//! Bytes of this process in memory: now, and at the most since a moment.

/// Now.
pub(crate) fn bytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0usize) * 4096
}

/// Forgets the peak so far: from here on it is counted from what is in memory now.
///
/// # Panics
/// When the kernel does not let a process do that: no figure is better than a wrong one.
pub(crate) fn reset_peak() {
    std::fs::write("/proc/self/clear_refs", "5").expect("the peak can be reset");
}

/// The most since the process began, or since the last [`reset_peak`].
///
/// # Panics
/// When the kernel does not tell.
pub(crate) fn peak_bytes() -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    kib.expect("the kernel tells the peak") << 10
}
