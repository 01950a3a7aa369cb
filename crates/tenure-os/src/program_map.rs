//! The mappings that the program itself asks for, passed on to the kernel as they were asked for.
//!
//! For who stands in for libc's `mmap`, `munmap` and `mremap`. Nothing is checked and nothing is
//! noted here; errors are the kernel's numbers. **Cost:** one system call each.

use crate::raw;

/// Memory that may be written.
pub const PROT_WRITE: i32 = 2;
/// Changes stay with the process.
pub const MAP_PRIVATE: i32 = 2;
/// Which of the ways to share a mapping has.
pub const MAP_TYPE: i32 = 0xf;
/// Exactly where it was asked for, in place of what is there.
pub const MAP_FIXED: i32 = 0x10;
/// Of no file.
pub const MAP_ANONYMOUS: i32 = 0x20;
/// Address space that the kernel does not promise memory for.
pub const MAP_NORESERVE: i32 = 0x4000;
/// `mremap` is told where to.
pub const MREMAP_FIXED: i32 = 2;

/// The address, or the number of the error.
fn answer(answer: isize) -> Result<usize, i32> {
    match answer {
        -4095..=-1 => Err(-answer as i32),
        _ => Ok(answer.cast_unsigned()),
    }
}

/// `mmap`.
///
/// # Errors
/// The kernel's number.
///
/// # Safety
/// * What the call replaces is the caller's.
pub unsafe fn map(
    start: usize,
    bytes: usize,
    (protection, flags): (i32, i32),
    file: i32,
    offset: i64,
) -> Result<usize, i32> {
    let (protection, flags, file) = (protection as usize, flags as usize, file as usize);
    let offset = offset as usize;
    answer(raw::call_of_six(
        raw::MMAP,
        [start, bytes, protection, flags, file, offset],
    ))
}

/// `munmap`.
///
/// # Errors
/// The kernel's number.
///
/// # Safety
/// * The range is the caller's.
pub unsafe fn unmap(start: usize, bytes: usize) -> Result<usize, i32> {
    answer(raw::call(raw::MUNMAP, [start, bytes, 0, 0, 0]))
}

/// `mremap`.
///
/// # Errors
/// The kernel's number.
///
/// # Safety
/// * Both ranges are the caller's.
pub unsafe fn remap(
    start: usize,
    bytes: usize,
    bytes_after: usize,
    flags: i32,
    target: usize,
) -> Result<usize, i32> {
    let flags = flags as usize;
    answer(raw::call(
        raw::MREMAP,
        [start, bytes, bytes_after, flags, target],
    ))
}
