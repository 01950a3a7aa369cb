//! Stand-ins for the kernel's memory and for facts of the process, out of the standard library.
//!
//! Reserved memory is allocated at once and zeroed, so the address space is said to be small; what
//! is unmapped in part is kept until the rest is unmapped as well. Purging writes zeroes; moving
//! pages is refused, as old kernels do.

/// As the module `background` of the real layer, without a thread.
pub mod background {
    /// As in the real layer.
    pub type Work = extern "C" fn();

    /// As in the real layer.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Refusal {
        /// Never.
        Busy,
        /// Always, with the number for "not implemented".
        Kernel(i32),
    }

    /// Refuses.
    ///
    /// # Errors
    /// Always [`Refusal::Kernel`].
    pub fn start(_work: Work) -> Result<(), Refusal> {
        Err(Refusal::Kernel(38))
    }

    /// There is none.
    #[must_use]
    pub fn number() -> Option<u32> {
        None
    }

    /// There is no thread that could open any.
    #[must_use]
    pub fn has_own_descriptors() -> bool {
        false
    }

    /// Nothing to do.
    pub fn forget_after_fork() {}
}

/// As the module `memory` of the real layer.
pub mod memory {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::sync::{Mutex, PoisonError};

    /// Allocations that are looked after at a time; further ones are kept when they are unmapped.
    const TAKEN_MAX: usize = 1024;
    const OS_PAGE_BYTES: usize = 4096;

    /// An allocation, and how much of it has not been unmapped.
    #[derive(Clone, Copy)]
    struct Taken {
        start: usize,
        len: usize,
        left: usize,
    }

    const FREE: Taken = Taken {
        start: 0,
        len: 0,
        left: 0,
    };

    /// A table of fixed size: the allocator may be the one that asks.
    static TAKEN: Mutex<[Taken; TAKEN_MAX]> = Mutex::new([FREE; TAKEN_MAX]);

    /// The kernel had no memory, no address space or no mapping left.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OutOfMemory;

    fn take(len: usize) -> Result<usize, OutOfMemory> {
        if len > super::process::ADDRESS_SPACE_BYTES as usize {
            return Err(OutOfMemory);
        }
        let layout = Layout::from_size_align(len, OS_PAGE_BYTES).map_err(|_| OutOfMemory)?;
        // SAFETY: no caller asks for nothing: lengths are whole OS pages.
        let start = unsafe { System.alloc_zeroed(layout) };
        if start.is_null() {
            return Err(OutOfMemory);
        }
        let start = start.expose_provenance();
        let mut table = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(free) = table.iter_mut().find(|taken| taken.len == 0) {
            *free = Taken {
                start,
                len,
                left: len,
            };
        }
        Ok(start)
    }

    /// Memory in place of address space.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn reserve(len: usize) -> Result<usize, OutOfMemory> {
        take(len)
    }

    /// Zeroed memory.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn map(len: usize) -> Result<usize, OutOfMemory> {
        take(len)
    }

    /// Nothing to do: it is memory already.
    ///
    /// # Errors
    /// None.
    ///
    /// # Safety
    /// * As for the real one.
    pub unsafe fn commit(_start: usize, _len: usize) -> Result<(), OutOfMemory> {
        Ok(())
    }

    /// As the real one where the kernel has no mapping left: nothing happens.
    ///
    /// # Safety
    /// * As the real one.
    pub unsafe fn seal(_start: usize, _len: usize) {}

    /// Writes zeroes.
    ///
    /// # Safety
    /// * As for the real one.
    pub unsafe fn purge(start: usize, len: usize) {
        let bytes = core::ptr::with_exposed_provenance_mut::<u8>(start);
        // SAFETY: by contract the range is the caller's memory and its contents are dead.
        unsafe { bytes.write_bytes(0, len) };
    }

    /// Frees the allocation with its last part: a part alone cannot be given back.
    ///
    /// # Safety
    /// * As for the real one.
    pub unsafe fn unmap(start: usize, len: usize) {
        let mut table = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let within = |taken: &&mut Taken| start.wrapping_sub(taken.start) < taken.len;
        let Some(taken) = table.iter_mut().find(within) else {
            return;
        };
        taken.left = taken
            .left
            .saturating_sub(len.next_multiple_of(OS_PAGE_BYTES));
        if taken.left > 0 {
            return;
        }
        let Taken { start, len, .. } = core::mem::replace(taken, FREE);
        drop(table);
        let Ok(layout) = Layout::from_size_align(len, OS_PAGE_BYTES) else {
            return;
        };
        // SAFETY: `take` allocated it with this layout; every part of it was the caller's to unmap,
        // once, and has been.
        unsafe { System.dealloc(core::ptr::with_exposed_provenance_mut(start), layout) };
    }

    /// Refuses.
    ///
    /// # Errors
    /// Always [`OutOfMemory`].
    ///
    /// # Safety
    /// * As for the real one.
    pub unsafe fn move_pages(
        _source: usize,
        _target: usize,
        _len: usize,
    ) -> Result<(), OutOfMemory> {
        Err(OutOfMemory)
    }
}

/// As the module `process` of the real layer.
pub mod process {
    pub(super) const ADDRESS_SPACE_BYTES: u64 = 512 << 20;

    /// Bytes of an OS page.
    #[must_use]
    pub fn page_bytes() -> usize {
        4096
    }

    /// Whether the environment is not to be trusted.
    #[must_use]
    pub fn is_secure() -> bool {
        false
    }

    /// A word that is not zero.
    #[must_use]
    pub fn secret() -> u64 {
        0x9e37_79b9_7f4a_7c15
    }

    /// The limit on the address space in bytes.
    #[must_use]
    pub fn address_space_limit_bytes() -> Option<u64> {
        Some(ADDRESS_SPACE_BYTES)
    }

    /// The number of this process.
    #[must_use]
    pub fn id() -> u32 {
        std::process::id()
    }
}
