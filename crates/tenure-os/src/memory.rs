//! Address space from the kernel: reserve, commit, purge, move, give back.
//!
//! Every function takes a start address and a length in bytes, both multiples of the OS page.
//! **Cost:** one system call each.

use crate::own;
use core::ffi::c_void;
use core::ptr::with_exposed_provenance_mut;
use rustix::mm::{self, Advice, MapFlags, MprotectFlags, MremapFlags, ProtFlags};

/// The kernel had no memory, no address space or no mapping left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

fn pointer(addr: usize) -> *mut c_void {
    with_exposed_provenance_mut(addr)
}

fn map_private(len: usize, prot: ProtFlags, flags: MapFlags) -> Result<usize, OutOfMemory> {
    // SAFETY: the address is left to the kernel, so no mapping of anybody is replaced.
    let start = unsafe { mm::mmap_anonymous(core::ptr::null_mut(), len, prot, flags) };
    let start = start
        .map(<*mut c_void>::expose_provenance)
        .map_err(|_| OutOfMemory)?;
    own::note(start, len.next_multiple_of(crate::process::page_bytes()));
    Ok(start)
}

/// `mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)`: address space only.
///
/// # Errors
/// [`OutOfMemory`] when the address space (or its limit, `RLIMIT_AS`) has no such room.
pub fn reserve(len: usize) -> Result<usize, OutOfMemory> {
    map_private(
        len,
        ProtFlags::empty(),
        MapFlags::PRIVATE | MapFlags::NORESERVE,
    )
}

/// `mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS)`: zeroed memory.
///
/// # Errors
/// [`OutOfMemory`].
pub fn map(len: usize) -> Result<usize, OutOfMemory> {
    map_private(len, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE)
}

/// `mprotect(start, len, PROT_READ | PROT_WRITE)`: reserved space becomes usable, zeroed memory.
///
/// # Errors
/// [`OutOfMemory`] when the kernel will not promise the memory (strict overcommit) or has no
/// mapping left.
///
/// # Safety
/// * `start..start + len` lies in a mapping made by [`reserve`] that the caller owns.
pub unsafe fn commit(start: usize, len: usize) -> Result<(), OutOfMemory> {
    // SAFETY: the range is the caller's by this function's contract; more access breaks nothing.
    let done = unsafe {
        mm::mprotect(
            pointer(start),
            len,
            MprotectFlags::READ | MprotectFlags::WRITE,
        )
    };
    done.map_err(|_| OutOfMemory)
}

/// `mprotect(start, len, PROT_NONE)`: whoever reads or writes there is stopped, until [`commit`].
/// What lies there stays. Where the kernel has no mapping left for that, nothing happens.
///
/// # Safety
/// * `start..start + len` lies in a mapping made by [`reserve`] that the caller owns, and nobody
///   uses it until it is committed again.
pub unsafe fn seal(start: usize, len: usize) {
    // SAFETY: by contract nobody uses the range.
    let _ = unsafe { mm::mprotect(pointer(start), len, MprotectFlags::empty()) };
}

/// `madvise(start, len, MADV_DONTNEED)`: the pages go back to the kernel and read as zero
/// afterwards.
///
/// # Safety
/// * `start..start + len` lies in a private anonymous mapping that the caller owns.
/// * Nothing in the range is needed any more.
pub unsafe fn purge(start: usize, len: usize) {
    // SAFETY: by contract the contents are dead. The call fails only for locked or foreign ranges;
    // then the memory stays as it is, which is allowed, but no longer known to be zero.
    let done = unsafe { mm::madvise(pointer(start), len, Advice::LinuxDontNeed) };
    if done.is_err() {
        // SAFETY: committed memory of the caller's whose contents are dead: zeroing is what the
        // advice would have shown.
        unsafe { pointer(start).cast::<u8>().write_bytes(0, len) };
    }
}

/// `munmap(start, len)`.
///
/// # Safety
/// * The range was mapped by this module for the caller, and nobody uses it any more.
pub unsafe fn unmap(start: usize, len: usize) {
    own::forget(start, len.next_multiple_of(crate::process::page_bytes()));
    // SAFETY: by contract the range is the caller's and unused. An error can only mean that the
    // kernel cannot split a mapping; the range then stays mapped, which is safe.
    let _ = unsafe { mm::munmap(pointer(start), len) };
}

/// `mremap(source, len, len, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, target)`: moves the
/// pages without copying; the source stays mapped and reads as zero.
///
/// # Errors
/// [`OutOfMemory`] when the kernel cannot (older than 5.7, or the source spans mappings); nothing
/// has changed then.
///
/// # Safety
/// * Both ranges lie in private anonymous, committed mappings of the caller's and do not overlap.
/// * What the target held is dead.
pub unsafe fn move_pages(source: usize, target: usize, len: usize) -> Result<(), OutOfMemory> {
    // Emulators of programs (QEMU 7.2) grant it and then give nothing back of the source.
    if cfg!(tenure_no_moving) {
        return Err(OutOfMemory);
    }
    // SAFETY: both ranges are the caller's and disjoint by contract, so only dead contents are
    // replaced and no mapping of anybody else is touched.
    let done = unsafe {
        mm::mremap_fixed(
            pointer(source),
            len,
            len,
            MremapFlags::MAYMOVE | MremapFlags::DONTUNMAP,
            pointer(target),
        )
    };
    done.map(|_| ()).map_err(|_| OutOfMemory)
}

#[cfg(test)]
mod tests;
