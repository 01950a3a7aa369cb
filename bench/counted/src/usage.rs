//! What the process has used so far.

/// Times in milliseconds, memory in KiB.
pub(crate) struct Used {
    pub(crate) user_ms: i64,
    pub(crate) system_ms: i64,
    pub(crate) peak_kib: i64,
}

/// Asks the kernel.
pub(crate) fn so_far() -> Used {
    // SAFETY: all-zero bytes are a valid `rusage`.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a `rusage` of ours.
    let failed = unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    assert_eq!(failed, 0, "the kernel tells what its process used");
    let ms = |time: libc::timeval| time.tv_sec * 1000 + time.tv_usec / 1000;
    Used {
        user_ms: ms(usage.ru_utime),
        system_ms: ms(usage.ru_stime),
        peak_kib: usage.ru_maxrss,
    }
}
