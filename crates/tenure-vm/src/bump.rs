//! Pieces of memory that are handed out once and kept for ever: the managers' own books.
//!
//! **Shape:** the current chunk's unused rest; a new chunk is mapped when it is too small.
//! **Cost:** two additions; a system call per [`CHUNK_BYTES`].

use tenure_base::{align_down, align_up};
use tenure_os::memory::{self, OutOfMemory};
use tenure_os::process::page_bytes;

/// What is mapped at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// Hands out zeroed memory and never takes it back.
#[derive(Debug)]
pub struct Bump {
    at: usize,
    end: usize,
    taken: usize,
}

impl Bump {
    /// Holds nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            at: 0,
            end: 0,
            taken: 0,
        }
    }

    /// The address of `len` zeroed bytes at a multiple of `align` (a power of two up to the OS
    /// page), which stay valid as long as the process lives.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the kernel gives no more.
    pub fn take(&mut self, len: usize, align: usize) -> Result<usize, OutOfMemory> {
        debug_assert!(align <= page_bytes());
        let start = align_up(self.at, align);
        if start + len <= self.end {
            self.at = start + len;
            return Ok(start);
        }
        let chunk = align_up(len.max(CHUNK_BYTES), page_bytes());
        let start = memory::map(chunk)?;
        self.taken += chunk;
        // The larger rest stays current: two chunks are rarely open at once.
        if start + chunk - (start + len) > self.end - self.at {
            self.at = start + len;
            self.end = align_down(start + chunk, align);
        }
        Ok(start)
    }

    /// Bytes mapped so far.
    #[must_use]
    pub const fn held_bytes(&self) -> usize {
        self.taken
    }
}

impl Default for Bump {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_do_not_overlap_and_are_aligned() {
        let mut bump = Bump::new();
        let mut pieces: std::vec::Vec<(usize, usize)> = (0..400usize)
            .map(|round| {
                let (len, align) = (1 + round * 7, 1 << (round % 8));
                let start = bump.take(len, align).unwrap();
                assert_eq!(start % align, 0);
                (start, start + len)
            })
            .collect();
        pieces.sort_unstable();
        assert!(pieces.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        assert!(bump.held_bytes() >= 400 * 400 * 7 / 2);
    }
}
