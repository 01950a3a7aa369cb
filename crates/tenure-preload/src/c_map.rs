//! The C functions by which a program takes memory from the kernel beside `malloc`: `mmap`,
//! `munmap`, `mremap`.
//!
//! Each is the system call and no more, unless there is a limit: then private anonymous memory that
//! can be written counts against it by the length asked for, and a mapping that would pass the
//! limit fails with `ENOMEM`. What libc maps for itself (stacks of threads, libraries) does not
//! pass here.
//!
//! **Limit:** address space that is reserved first and made usable by `mprotect` is not counted,
//! nor what a program asks of the kernel without libc; `madvise` changes no count. While there is a
//! limit, a signal handler that maps memory may wait for ever for the table of ranges, which the
//! thread that it interrupts is in.

use crate::errno::{self, ENOMEM};
use core::ffi::{c_int, c_void};
use tenure_base::Align;
use tenure_heap::limit::{self, mappings};
use tenure_os::process::page_bytes;
use tenure_os::program_map::{
    self, MAP_ANONYMOUS, MAP_FIXED, MAP_NORESERVE, MAP_PRIVATE, MAP_TYPE, MREMAP_FIXED, PROT_WRITE,
};

/// What the functions give instead of an address when they fail.
const MAP_FAILED: *mut c_void = core::ptr::without_provenance_mut(usize::MAX);

fn address(answer: Result<usize, c_int>) -> *mut c_void {
    match answer {
        Ok(address) => core::ptr::with_exposed_provenance_mut(address),
        Err(code) => {
            errno::fail(code);
            MAP_FAILED
        }
    }
}

/// Whole OS pages; `None` for a length that no address space could hold.
fn whole_pages(bytes: usize) -> Option<usize> {
    Align::new(page_bytes())?.up(bytes)
}

/// Whether such a mapping counts against the limit.
fn counts(protection: c_int, flags: c_int) -> bool {
    flags & MAP_TYPE == MAP_PRIVATE
        && flags & MAP_ANONYMOUS != 0
        && flags & MAP_NORESERVE == 0
        && protection & PROT_WRITE != 0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mmap(
    start: *mut c_void,
    bytes: usize,
    protection: c_int,
    flags: c_int,
    file: c_int,
    offset: i64,
) -> *mut c_void {
    let start = start.addr();
    // SAFETY: the caller's promise, as for libc's function.
    let map = || unsafe { program_map::map(start, bytes, (protection, flags), file, offset) };
    if !limit::is_on() {
        return address(map());
    }
    let Some(whole) = whole_pages(bytes) else {
        return address(map());
    };
    let counted = counts(protection, flags);
    if counted && !mappings::may_map(whole) {
        return address(Err(ENOMEM));
    }
    if flags & MAP_FIXED != 0 {
        mappings::unmapped(start, whole);
    }
    let made = map();
    match made {
        Ok(start) if counted => mappings::mapped(start, whole),
        Err(_) if counted => mappings::not_mapped(whole),
        _ => {}
    }
    address(made)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mmap64(
    start: *mut c_void,
    bytes: usize,
    protection: c_int,
    flags: c_int,
    file: c_int,
    offset: i64,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { mmap(start, bytes, protection, flags, file, offset) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn munmap(start: *mut c_void, bytes: usize) -> c_int {
    let start = start.addr();
    if let Some(whole) = whole_pages(bytes)
        && start.is_multiple_of(page_bytes())
    {
        // Before the call: afterwards the addresses may be another thread's already.
        mappings::unmapped(start, whole);
    }
    // SAFETY: the caller's promise, as for libc's function.
    match unsafe { program_map::unmap(start, bytes) } {
        Ok(_) => 0,
        Err(code) => {
            errno::fail(code);
            -1
        }
    }
}

/// libc's function takes the last argument only with `MREMAP_FIXED`; without it, it is not looked
/// at.
#[unsafe(no_mangle)]
unsafe extern "C" fn mremap(
    start: *mut c_void,
    bytes: usize,
    bytes_after: usize,
    flags: c_int,
    target: *mut c_void,
) -> *mut c_void {
    let start = start.addr();
    let fixed = flags & MREMAP_FIXED != 0;
    let target = if fixed { target.addr() } else { 0 };
    // SAFETY: the caller's promise, as for libc's function.
    let remap = || unsafe { program_map::remap(start, bytes, bytes_after, flags, target) };
    if !limit::is_on() {
        return address(remap());
    }
    let (Some(before), Some(after)) = (whole_pages(bytes), whole_pages(bytes_after)) else {
        return address(remap());
    };
    let lifted = mappings::lift(start, before);
    let counted = lifted == before && before > 0;
    let more = if counted {
        after.saturating_sub(before)
    } else {
        0
    };
    if more > 0 && !mappings::may_map(more) {
        mappings::mapped(start, before);
        return address(Err(ENOMEM));
    }
    if fixed {
        mappings::unmapped(target, after);
    }
    let made = remap();
    match made {
        Ok(start) if counted => {
            mappings::mapped(start, after);
            mappings::not_mapped(before.saturating_sub(after));
        }
        Err(_) if counted => {
            mappings::mapped(start, before);
            mappings::not_mapped(more);
        }
        // Of several mappings, some of which count: the kernel takes hardly any such call.
        _ => mappings::not_mapped(lifted),
    }
    address(made)
}
