//! An arena in one reservation of address space: it grows without chunks, and nothing moves.

use core::ops::Deref;

use crate::budget::Budget;
use crate::bump::{Bump, Source};
use crate::refused::Refused;
use crate::reserve::Reserve;
use crate::tail::{self, Tail};

/// An arena in one reservation of address space.
///
/// Reserving costs one system call and no memory, whatever the size; memory is committed as the
/// cursor moves on. All that it holds lies in one range, so the newest vector grows in place up to
/// the end of the reservation, and the distance of a block from [`VirtualArena::start`] is a short
/// name for it. When the reservation is full, requests are refused as [`Refused::Full`].
///
/// # Examples
/// ```
/// use tenure_region::{ArenaVec, VirtualArena};
///
/// let arena = VirtualArena::reserve(1 << 30).unwrap();
/// let mut numbers = ArenaVec::new_in(&arena);
/// numbers.push(0u32);
/// let first: *const u32 = &numbers[0];
/// for n in 1..1_000_000 {
///     numbers.push(n);
/// }
/// assert_eq!(first, &raw const numbers[0]);
/// ```
#[derive(Debug)]
pub struct VirtualArena {
    bump: Bump,
}

// SAFETY: the reservation belongs to the arena alone, and adopted values are `Send`. Whatever
// borrows from it keeps it from being moved to another thread.
unsafe impl Send for VirtualArena {}

impl VirtualArena {
    /// Reserves `bytes`, rounded up to OS pages.
    ///
    /// # Errors
    /// [`Refused::NoMemory`] when the address space has no such room, [`Refused::TooLarge`] when
    /// none could have.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::VirtualArena;
    /// assert!(VirtualArena::reserve(usize::MAX).is_err());
    /// let arena = VirtualArena::reserve(100 << 20).unwrap();
    /// assert_eq!((arena.reserved_bytes(), arena.committed_bytes()), (100 << 20, 0));
    /// ```
    pub fn reserve(bytes: usize) -> Result<Self, Refused> {
        Self::over(Reserve::new(bytes, "", None)?)
    }

    /// As [`VirtualArena::reserve`], with a name in reports: all of one name are one account of the
    /// ledger, which is told what is committed.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Examples
    /// ```
    /// assert!(tenure_region::VirtualArena::reserve_named(1 << 20, "rows").is_ok());
    /// ```
    pub fn reserve_named(bytes: usize, name: &'static str) -> Result<Self, Refused> {
        Self::over(Reserve::new(bytes, name, None)?)
    }

    /// As [`VirtualArena::reserve_named`], under a budget: memory is charged before it is
    /// committed, and given back when the arena ends. A request that needs more than the budget
    /// has is refused with [`Refused::Budget`], and the arena goes on.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Budget, Policy, Refused, VirtualArena};
    /// static ROWS: Budget = Budget::new("rows", 1 << 20, Policy::Fail);
    ///
    /// let arena = VirtualArena::reserve_under(1 << 30, "rows", &ROWS).unwrap();
    /// assert_eq!(arena.try_slice_fill(2 << 20, 0u8), Err(Refused::Budget));
    /// arena.slice_fill(1 << 20, 0u8);
    /// assert_eq!(ROWS.used_bytes(), 1 << 20);
    /// drop(arena);
    /// assert_eq!(ROWS.used_bytes(), 0);
    /// ```
    pub fn reserve_under(
        bytes: usize,
        name: &'static str,
        budget: &'static Budget,
    ) -> Result<Self, Refused> {
        Self::over(Reserve::new(bytes, name, Some(budget))?)
    }

    fn over(reserve: Reserve) -> Result<Self, Refused> {
        let start = reserve.start();
        Ok(Self {
            bump: Bump::over(start, start, Source::Reserved(reserve)),
        })
    }

    fn space(&self) -> &Reserve {
        match self.bump.source() {
            Source::Reserved(reserve) => reserve,
            _ => unreachable!("a virtual arena owns its reservation"),
        }
    }

    /// First address of the reservation.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::VirtualArena::reserve(1 << 20).unwrap();
    /// let value: *const u64 = arena.alloc_plain(7u64);
    /// assert_eq!(value.addr(), arena.start().addr());
    /// ```
    #[must_use]
    pub fn start(&self) -> *const u8 {
        self.space().start()
    }

    /// Bytes of address space.
    ///
    /// # Examples
    /// See [`VirtualArena::reserve`].
    #[must_use]
    pub fn reserved_bytes(&self) -> usize {
        self.space().len()
    }

    /// Bytes at the front that are backed by memory once they are touched.
    ///
    /// # Examples
    /// See [`VirtualArena::reserve`].
    #[must_use]
    pub fn committed_bytes(&self) -> usize {
        self.space().committed_bytes()
    }

    /// Bytes that were handed out, with what lies between them.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::VirtualArena::reserve(1 << 20).unwrap();
    /// arena.slice_fill(1000, 0u8);
    /// assert_eq!(arena.used_bytes(), 1000);
    /// ```
    #[must_use]
    pub fn used_bytes(&self) -> usize {
        self.bump.at().addr() - self.space().start().addr()
    }

    /// Drops what was adopted, and takes all memory back; it stays committed.
    ///
    /// # Panics
    /// When the drop of an adopted value does; the others are dropped and the arena is reset.
    ///
    /// # Examples
    /// ```
    /// let mut arena = tenure_region::VirtualArena::reserve(1 << 20).unwrap();
    /// arena.slice_fill(1000, 0u8);
    /// arena.reset();
    /// assert_eq!(arena.used_bytes(), 0);
    /// ```
    pub fn reset(&mut self) {
        struct Begin<'a>(&'a VirtualArena);
        impl Drop for Begin<'_> {
            fn drop(&mut self) {
                let start = self.0.space().start();
                let committed = self.0.space().committed_bytes();
                self.0.bump.begin(start, start.wrapping_add(committed));
            }
        }
        let begin = Begin(self);
        // SAFETY: borrowed exclusively, and all that was handed out borrows the arena.
        unsafe { begin.0.bump.finish() };
    }

    /// Gives the memory behind what is in use, and behind the first `keep_bytes`, back to the
    /// kernel. One system call; the addresses stay.
    ///
    /// # Examples
    /// ```
    /// let mut arena = tenure_region::VirtualArena::reserve(64 << 20).unwrap();
    /// arena.slice_fill(32 << 20, 1u8);
    /// arena.reset();
    /// arena.trim(1 << 20);
    /// assert_eq!(arena.slice_fill(3, 7u8), [7, 7, 7]);
    /// ```
    pub fn trim(&mut self, keep_bytes: usize) {
        let keep = keep_bytes.max(self.used_bytes());
        // SAFETY: what lies behind the cursor was not handed out, or taken back.
        unsafe { self.space().purge_behind(keep) };
    }

    /// A scope on top; see [`Arena::tail`](crate::Arena::tail).
    ///
    /// # Examples
    /// ```
    /// let mut arena = tenure_region::VirtualArena::reserve(1 << 20).unwrap();
    /// for _ in 0..100 {
    ///     arena.tail(|scope| scope.slice_fill(500_000, 1u8).len());
    /// }
    /// assert_eq!(arena.used_bytes(), 0);
    /// ```
    #[inline]
    pub fn tail<R>(&mut self, work: impl for<'s> FnOnce(Tail<'s>) -> R) -> R {
        // SAFETY: borrowed exclusively, so nothing else takes from the cursor meanwhile.
        unsafe { tail::enter(&self.bump, work) }
    }
}

impl Deref for VirtualArena {
    type Target = Bump;
    #[inline(always)]
    fn deref(&self) -> &Bump {
        &self.bump
    }
}

impl Drop for VirtualArena {
    fn drop(&mut self) {
        // SAFETY: nothing borrows the arena any more. The reservation goes with the source.
        unsafe { self.bump.finish() };
    }
}
