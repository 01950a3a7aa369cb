//! The C functions that tell how much memory the heap has: `mallinfo`, `malloc_stats`,
//! `malloc_info`.
//!
//! Their fields were made for glibc's arenas; ours are filled by meaning: what glibc calls the
//! arena is what we hold without the huge blocks, what it calls mapped regions are the huge blocks.

use crate::errno::EINVAL;
use core::ffi::{c_int, c_void};
use core::fmt::{Arguments, Write};
use tenure_heap::Usage;
use tenure_os::fatal::{Line, tell};

unsafe extern "C" {
    fn fwrite(bytes: *const c_void, size: usize, count: usize, file: *mut c_void) -> usize;
}

/// `struct mallinfo2`: all in bytes unless said otherwise.
#[repr(C)]
struct Mallinfo2 {
    /// Held, without huge blocks.
    arena: usize,
    /// Number of free spans; we keep no such count and say one.
    ordblks: usize,
    smblks: usize,
    /// Number of huge blocks.
    hblks: usize,
    /// Held by huge blocks.
    hblkhd: usize,
    usmblks: usize,
    fsmblks: usize,
    /// Usable bytes of live blocks, without huge blocks.
    uordblks: usize,
    /// Held and free.
    fordblks: usize,
    keepcost: usize,
}

/// `struct mallinfo`: the same in the type that the 1980s chose.
#[repr(C)]
struct Mallinfo {
    fields: [c_int; 10],
}

/// Held without a live block in it, in bytes.
fn free_bytes(usage: &Usage) -> usize {
    usage.held_bytes.saturating_sub(usage.live_bytes)
}

impl Mallinfo2 {
    fn of(usage: &Usage) -> Self {
        Self {
            arena: usage.held_bytes.saturating_sub(usage.huge_bytes),
            ordblks: 1,
            smblks: 0,
            hblks: usage.huge_blocks,
            hblkhd: usage.huge_bytes,
            usmblks: 0,
            fsmblks: 0,
            uordblks: usage.live_bytes.saturating_sub(usage.huge_bytes),
            fordblks: free_bytes(usage),
            keepcost: 0,
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn mallinfo2() -> Mallinfo2 {
    Mallinfo2::of(&tenure_heap::usage())
}

/// Counts beyond `INT_MAX` say `INT_MAX`; glibc lets them wrap.
#[unsafe(no_mangle)]
extern "C" fn mallinfo() -> Mallinfo {
    let wide = mallinfo2();
    let fields = [
        wide.arena,
        wide.ordblks,
        wide.smblks,
        wide.hblks,
        wide.hblkhd,
        wide.usmblks,
        wide.fsmblks,
        wide.uordblks,
        wide.fordblks,
        wide.keepcost,
    ];
    Mallinfo {
        fields: fields.map(|field| c_int::try_from(field).unwrap_or(c_int::MAX)),
    }
}

#[unsafe(no_mangle)]
extern "C" fn __libc_mallinfo() -> Mallinfo {
    mallinfo()
}

#[unsafe(no_mangle)]
extern "C" fn malloc_stats() {
    let usage = tenure_heap::usage();
    tell(format_args!(
        "held     {:>14} bytes mapped for the heap",
        usage.held_bytes
    ));
    tell(format_args!(
        "live     {:>14} usable bytes in {} blocks",
        usage.live_bytes, usage.live_blocks
    ));
    tell(format_args!(
        "free     {:>14} bytes held and free",
        free_bytes(&usage)
    ));
    tell(format_args!(
        "huge     {:>14} bytes in {} blocks",
        usage.huge_bytes, usage.huge_blocks
    ));
    tell(format_args!(
        "reserved {:>14} bytes of address space",
        usage.reserved_bytes
    ));
}

/// Writes one element to `file`, a C stream.
///
/// # Safety
/// * `file` is an open `FILE *`.
unsafe fn put(file: *mut c_void, element: Arguments<'_>) {
    let mut line = Line::new();
    // A line that is too long would be cut; each element here has at most three numbers.
    let _ = line.write_fmt(element);
    let bytes = line.as_bytes();
    // SAFETY: the bytes are those of `line`; the stream is open by contract. What `fwrite` could
    // not write is the stream's own error, which its owner can ask for.
    unsafe { fwrite(bytes.as_ptr().cast(), 1, bytes.len(), file) };
}

/// Writes what the heap holds as XML, in the elements that glibc uses.
#[unsafe(no_mangle)]
unsafe extern "C" fn malloc_info(options: c_int, file: *mut c_void) -> c_int {
    if options != 0 {
        return EINVAL;
    }
    let usage = tenure_heap::usage();
    let arena = usage.held_bytes.saturating_sub(usage.huge_bytes);
    // SAFETY: the C caller hands an open stream.
    unsafe {
        put(
            file,
            format_args!("<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n</sizes>\n"),
        );
        put(
            file,
            format_args!(
                "<total type=\"rest\" count=\"1\" size=\"{}\"/>\n",
                free_bytes(&usage)
            ),
        );
        put(
            file,
            format_args!("<system type=\"current\" size=\"{arena}\"/>\n</heap>\n"),
        );
        put(
            file,
            format_args!(
                "<total type=\"rest\" count=\"1\" size=\"{}\"/>\n",
                free_bytes(&usage)
            ),
        );
        put(
            file,
            format_args!(
                "<total type=\"mmap\" count=\"{}\" size=\"{}\"/>\n",
                usage.huge_blocks, usage.huge_bytes
            ),
        );
        put(
            file,
            format_args!("<system type=\"current\" size=\"{}\"/>\n", usage.held_bytes),
        );
        put(
            file,
            format_args!(
                "<aspace type=\"total\" size=\"{}\"/>\n",
                usage.reserved_bytes
            ),
        );
        put(file, format_args!("</malloc>\n"));
    }
    0
}
