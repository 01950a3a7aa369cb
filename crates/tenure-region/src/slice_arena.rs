//! An arena over a piece of memory that the caller has: an array, a static, a page of a file.

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ops::Deref;

use crate::bump::{Bump, Source};
use crate::fit::END_MAX;
use crate::tail::{self, Tail};

/// An arena over the caller's bytes. It never gets more: a request that does not fit is refused as
/// [`Refused::Full`](crate::Refused::Full).
///
/// # Examples
/// ```
/// use core::mem::MaybeUninit;
/// use tenure_region::SliceArena;
///
/// let mut memory = [MaybeUninit::uninit(); 256];
/// let mut arena = SliceArena::new(&mut memory);
/// assert_eq!(arena.format(format_args!("{}-{}", 1, 2)), "1-2");
/// assert!(arena.try_slice_fill(300, 0u8).is_err());
/// arena.reset();
/// assert_eq!(arena.rest_bytes(), 256);
/// ```
#[derive(Debug)]
pub struct SliceArena<'m> {
    bump: Bump,
    start: *mut u8,
    end: *mut u8,
    memory: PhantomData<&'m mut [MaybeUninit<u8>]>,
}

// SAFETY: the memory is borrowed exclusively and adopted values are `Send`; what borrows from the
// arena keeps it where it is.
unsafe impl Send for SliceArena<'_> {}

impl<'m> SliceArena<'m> {
    /// An arena over these bytes, which may start anywhere.
    ///
    /// # Examples
    /// See [`SliceArena`].
    #[must_use]
    pub fn new(memory: &'m mut [MaybeUninit<u8>]) -> Self {
        let start: *mut u8 = memory.as_mut_ptr().cast();
        // The last bytes of the address space are left alone.
        let len = memory.len().min(END_MAX.saturating_sub(start.addr()));
        let end = start.wrapping_add(len);
        Self {
            bump: Bump::over(start, end, Source::Fixed),
            start,
            end,
            memory: PhantomData,
        }
    }

    /// Drops what was adopted, and takes all memory back.
    ///
    /// # Panics
    /// When the drop of an adopted value does; the others are dropped and the arena is reset.
    ///
    /// # Examples
    /// See [`SliceArena`].
    pub fn reset(&mut self) {
        struct Begin<'a, 'm>(&'a SliceArena<'m>);
        impl Drop for Begin<'_, '_> {
            fn drop(&mut self) {
                self.0.bump.begin(self.0.start, self.0.end);
            }
        }
        let begin = Begin(self);
        // SAFETY: borrowed exclusively, and all that was handed out borrows the arena.
        unsafe { begin.0.bump.finish() };
    }

    /// A scope on top; see [`Arena::tail`](crate::Arena::tail).
    ///
    /// # Examples
    /// ```
    /// use core::mem::MaybeUninit;
    /// let mut memory = [MaybeUninit::uninit(); 64];
    /// let mut arena = tenure_region::SliceArena::new(&mut memory);
    /// for _ in 0..100 {
    ///     arena.tail(|scope| scope.slice_fill(64, 1u8).len());
    /// }
    /// ```
    #[inline]
    pub fn tail<R>(&mut self, work: impl for<'s> FnOnce(Tail<'s>) -> R) -> R {
        // SAFETY: borrowed exclusively, so nothing else takes from the cursor meanwhile.
        unsafe { tail::enter(&self.bump, work) }
    }
}

impl Deref for SliceArena<'_> {
    type Target = Bump;
    #[inline(always)]
    fn deref(&self) -> &Bump {
        &self.bump
    }
}

impl Drop for SliceArena<'_> {
    fn drop(&mut self) {
        // SAFETY: nothing borrows the arena any more.
        unsafe { self.bump.finish() };
    }
}
