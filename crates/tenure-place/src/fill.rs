//! Fills a heap until the first failure: how much of a span a strategy can hand out.

use crate::fault::AllocError;
use crate::heap::Heap;
use crate::region::{Region, WORD_BYTES};
use crate::space::Space;
use crate::strategy::Strategy;

/// What was placed before the first failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Blocks placed.
    pub blocks: usize,
    /// Bytes asked for and given.
    pub requested_bytes: usize,
    /// Bytes of the span.
    pub span_bytes: usize,
    /// The size that failed.
    pub failed_bytes: usize,
    /// Why.
    pub why: AllocError,
}

impl Fill {
    /// The part of the span that was handed out as asked for, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.requested_bytes as f64 / self.span_bytes.max(1) as f64
    }
}

impl<S: Strategy, M: Space> Heap<S, M> {
    /// Allocates blocks of the sizes that `next_bytes` gives, aligned to 8, until one fails. The
    /// blocks stay. Ends for any sizes: each success takes room, and size 0 fails.
    ///
    /// # Examples
    /// ```
    /// use tenure_place::{Buddy, FirstFit, Heap, Inline};
    /// let mut memory = vec![0u64; 8192];
    /// let fit = Heap::new(FirstFit::new(), Inline::new(&mut memory[..])).fill(|| 520);
    /// let buddy = Heap::new(Buddy::new(), Inline::new(&mut memory[..])).fill(|| 520);
    /// assert!(fit.share() > 0.97 && buddy.share() < 0.55, "a buddy of 1024 for each 520");
    /// ```
    pub fn fill(&mut self, mut next_bytes: impl FnMut() -> usize) -> Fill {
        let mut fill = Fill {
            blocks: 0,
            requested_bytes: 0,
            span_bytes: self.space().data().words() * WORD_BYTES,
            failed_bytes: 0,
            why: AllocError::Full,
        };
        loop {
            let bytes = next_bytes();
            match self.allocate(bytes, WORD_BYTES) {
                Ok(_) => {
                    fill.blocks += 1;
                    fill.requested_bytes += bytes;
                }
                Err(why) => {
                    (fill.failed_bytes, fill.why) = (bytes, why);
                    return fill;
                }
            }
        }
    }
}
