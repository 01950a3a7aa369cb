//! A scope on top of a region: at its end the cursor goes back to where it stood.

use core::marker::PhantomData;
use core::ops::Deref;

use crate::bump::{Bump, Mark};

/// A scope on top of a region, which waits meanwhile; made by [`Arena::tail`](crate::Arena::tail)
/// and its like.
///
/// Hands out memory as every [`Bump`]. The lifetime is the scope's own and no other's: nothing
/// that it handed out can leave it, and it cannot change places with another scope.
///
/// # Examples
/// ```
/// let mut arena = tenure_region::Arena::new();
/// arena.tail(|mut scope| {
///     let first = scope.alloc_plain(1u8) as *const u8;
///     for _ in 0..10 {
///         scope.tail(|inner| inner.slice_fill(100, 0u8).len());
///     }
///     assert_eq!(scope.alloc_plain(2u8) as *const u8 as usize, first as usize + 1);
/// });
/// ```
#[derive(Debug)]
pub struct Tail<'s> {
    bump: &'s Bump,
    /// Invariant in `'s`: a scope is never taken for one that lives longer or shorter.
    brand: PhantomData<fn(&'s ()) -> &'s ()>,
}

impl Tail<'_> {
    /// A scope on top of this one; see [`Arena::tail`](crate::Arena::tail).
    ///
    /// # Examples
    /// See [`Tail`].
    #[inline]
    pub fn tail<R>(&mut self, work: impl for<'t> FnOnce(Tail<'t>) -> R) -> R {
        // SAFETY: the scope is borrowed exclusively, and only it takes from the cursor now.
        unsafe { enter(self.bump, work) }
    }
}

impl Deref for Tail<'_> {
    type Target = Bump;
    #[inline(always)]
    fn deref(&self) -> &Bump {
        self.bump
    }
}

/// Runs `work` in a scope on top of `bump`.
///
/// # Safety
/// * Until this returns nobody else uses the cursor, or grows, shrinks or gives back a block of it.
#[inline]
pub(crate) unsafe fn enter<R>(bump: &Bump, work: impl for<'s> FnOnce(Tail<'s>) -> R) -> R {
    struct Back<'a>(&'a Bump, Mark);
    impl Drop for Back<'_> {
        #[inline(always)]
        fn drop(&mut self) {
            // SAFETY: scopes end in the order of the calls, and nothing that the scope handed out
            // can be outside the closure, because its lifetime has no name there.
            unsafe { self.0.rewind(&self.1) };
        }
    }
    let _back = Back(bump, bump.mark());
    work(Tail {
        bump,
        brand: PhantomData,
    })
}
