//! The arena: chunks of the global allocator behind one cursor.

use core::ops::Deref;
use core::ptr::NonNull;

use crate::budget::Budget;
use crate::bump::{Bump, Source};
use crate::chunks::{Supply, Usage};
use crate::side::Side;
use crate::tail::{self, Tail};

/// Memory that is handed out piece by piece and taken back all at once.
///
/// Making one costs nothing, also in a `const`; the first value takes a chunk of 4 KiB, and chunks
/// double up to 1 MiB. What needs more than 256 KiB gets a chunk of its own, and the arena goes on
/// in the one it was in. All methods that hand out memory are those of [`Bump`].
///
/// - [`Arena::reset`] ends all values and keeps the chunks; it needs `&mut`, so no value is in use.
/// - [`Arena::tail`] is a scope on top of what is there; the arena waits meanwhile.
/// - [`Bump::side`] is a scope beside it; the arena stays usable.
///
/// An arena may be sent to another thread, but not shared by two.
///
/// # Examples
/// ```
/// use tenure_region::Arena;
///
/// let mut arena = Arena::new();
/// for request in ["GET /a", "GET /b"] {
///     let words = arena.slice_from_iter(request.split(' '));
///     assert_eq!(words[0], "GET");
///     drop(words);
///     arena.reset();
/// }
/// ```
pub struct Arena {
    bump: Bump,
}

// SAFETY: the chunks belong to the arena alone, and adopted values are `Send`. Whatever borrows
// from it keeps it from being moved to another thread.
unsafe impl Send for Arena {}

impl Arena {
    /// An arena without memory.
    ///
    /// # Examples
    /// ```
    /// const EMPTY: tenure_region::Arena = tenure_region::Arena::new();
    /// assert_eq!(EMPTY.usage().held_bytes, 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self::named("")
    }

    /// An arena without memory that has a name in reports. All arenas of one name are one account
    /// of the ledger, which a recorder in the process reads.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::Arena::named("requests");
    /// assert_eq!(arena.name(), "requests");
    /// ```
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            bump: Bump::empty(Source::Own(Supply::new(name, None))),
        }
    }

    /// An arena whose chunks are charged to a budget before they are made, and given back when they
    /// are freed. A request that needs a chunk which the budget refuses is refused with
    /// [`Refused::Budget`](crate::Refused::Budget), and the arena goes on.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, Budget, Policy, Refused};
    /// static PARSING: Budget = Budget::new("parsing", 1 << 20, Policy::Fail);
    ///
    /// let arena = Arena::under(&PARSING);
    /// assert_eq!(arena.try_slice_fill(2 << 20, 0u8), Err(Refused::Budget));
    /// arena.slice_fill(1000, 0u8);
    /// assert_eq!(PARSING.used_bytes(), arena.usage().held_bytes);
    /// drop(arena);
    /// assert_eq!(PARSING.used_bytes(), 0);
    /// ```
    #[must_use]
    pub const fn under(budget: &'static Budget) -> Self {
        Self::named_under("", budget)
    }

    /// As [`Arena::under`], with a name as by [`Arena::named`].
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, Budget, Policy};
    /// static PARSING: Budget = Budget::new("parsing", 1 << 20, Policy::Fail);
    /// const EMPTY: Arena = Arena::named_under("syntax", &PARSING);
    /// assert_eq!(EMPTY.name(), "syntax");
    /// ```
    #[must_use]
    pub const fn named_under(name: &'static str, budget: &'static Budget) -> Self {
        Self {
            bump: Bump::empty(Source::Own(Supply::new(name, Some(budget)))),
        }
    }

    fn supply(&self) -> &Supply {
        match self.bump.source() {
            Source::Own(supply) => supply,
            _ => unreachable!("an arena owns its chunks"),
        }
    }

    fn supply_mut(&mut self) -> &mut Supply {
        match self.bump.source_mut() {
            Source::Own(supply) => supply,
            _ => unreachable!("an arena owns its chunks"),
        }
    }

    /// The name it was given; `"arena"` without one.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(tenure_region::Arena::new().name(), "arena");
    /// ```
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.supply().name {
            "" => "arena",
            name => name,
        }
    }

    /// What it holds. A few additions.
    ///
    /// # Examples
    /// ```
    /// let mut arena = tenure_region::Arena::new();
    /// arena.slice_fill(100_000, 0u8);
    /// let before = arena.usage();
    /// arena.reset();
    /// let after = arena.usage();
    /// assert_eq!((after.held_bytes, after.used_bytes), (before.held_bytes, 0));
    /// assert_eq!(after.peak_bytes, before.peak_bytes);
    /// ```
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.supply().usage(self.rest_bytes())
    }

    /// From now on a request that would make the arena hold more than `limit_bytes` is refused with
    /// [`Refused::Limit`](crate::Refused::Limit). What it holds already stays.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{Arena, Refused};
    /// let mut arena = Arena::new();
    /// arena.set_limit_bytes(1 << 20);
    /// assert_eq!(arena.try_slice_fill(2 << 20, 0u8), Err(Refused::Limit));
    /// assert!(arena.try_slice_fill(1 << 19, 0u8).is_ok());
    /// ```
    pub fn set_limit_bytes(&mut self, limit_bytes: usize) {
        self.supply_mut().limit_bytes = limit_bytes;
    }

    /// Drops what was adopted, the newest first, and takes all memory back. Every chunk is kept:
    /// the same work done again asks the allocator for nothing. O(chunks).
    ///
    /// # Panics
    /// When the drop of an adopted value does; the others are dropped and the arena is reset.
    ///
    /// # Examples
    /// ```
    /// let mut arena = tenure_region::Arena::new();
    /// let first = arena.alloc_plain(1u8) as *const u8;
    /// arena.reset();
    /// assert_eq!(arena.alloc_plain(2u8) as *const u8, first);
    /// ```
    pub fn reset(&mut self) {
        struct Gather<'a>(&'a mut Arena);
        impl Drop for Gather<'_> {
            fn drop(&mut self) {
                self.0.supply_mut().gather();
            }
        }
        let gather = Gather(self);
        // SAFETY: the arena is borrowed exclusively, and all that was handed out borrows it.
        unsafe { gather.0.bump.finish() };
    }

    /// Gives spare chunks back to the allocator until at most `keep_bytes` are held. Chunks in use
    /// stay: call it after [`Arena::reset`].
    ///
    /// # Examples
    /// ```
    /// let mut arena = tenure_region::Arena::new();
    /// arena.slice_fill(10 << 20, 0u8);
    /// arena.reset();
    /// arena.trim(64 << 10);
    /// assert!(arena.usage().held_bytes <= 64 << 10);
    /// ```
    pub fn trim(&mut self, keep_bytes: usize) {
        self.supply_mut().trim(keep_bytes);
    }

    /// Runs `work` in a scope on top of what the arena holds; at its end, also by a panic, all of
    /// the scope is taken back. Two nanoseconds.
    ///
    /// Nothing of the arena can be in use meanwhile: it is borrowed exclusively. Where that is too
    /// strict, [`Bump::side`] is the scope.
    ///
    /// # Examples
    /// ```
    /// let mut arena = tenure_region::Arena::new();
    /// let mut sum = 0;
    /// for n in 0..100 {
    ///     sum += arena.tail(|scope| scope.slice_fill(n, 1u32).iter().sum::<u32>());
    /// }
    /// assert_eq!(sum, 4950);
    /// assert!(arena.usage().held_bytes <= 4096);
    /// ```
    #[inline]
    pub fn tail<R>(&mut self, work: impl for<'s> FnOnce(Tail<'s>) -> R) -> R {
        // SAFETY: borrowed exclusively, so nothing else takes from the cursor meanwhile.
        unsafe { tail::enter(&self.bump, work) }
    }
}

impl Bump {
    /// A scope beside this region's values, with chunks of its own out of the same supply: the
    /// region stays usable, scopes nest, and they may end in any order. A few nanoseconds.
    ///
    /// Of a region that has no chunks (a [`SliceArena`](crate::SliceArena), a
    /// [`VirtualArena`](crate::VirtualArena), a [`Scratch`](crate::Scratch) and their tails) it
    /// has no memory, and refuses each request as [`Refused::Full`](crate::Refused::Full).
    ///
    /// # Examples
    /// Both vectors grow at the same time, and what the scope had is used again:
    /// ```
    /// use tenure_region::{Arena, ArenaVec};
    /// let arena = Arena::new();
    /// let mut sums = ArenaVec::new_in(&arena);
    /// for n in 0..1000u32 {
    ///     let scope = arena.side();
    ///     let mut terms = ArenaVec::new_in(&scope);
    ///     for term in 0..n % 50 {
    ///         terms.push(term);
    ///     }
    ///     sums.push(terms.iter().sum::<u32>());
    /// }
    /// assert_eq!(sums[49], 1176);
    /// assert!(arena.usage().held_bytes < 40_000);
    /// ```
    #[inline(always)]
    #[must_use = "a scope ends when it is dropped"]
    pub fn side(&self) -> Side<'_> {
        let source = match self.source() {
            Source::Own(supply) => Source::Of(NonNull::from(supply)),
            Source::Of(supply) => Source::Of(*supply),
            _ => Source::Fixed,
        };
        Side::over(source)
    }
}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Arena {
    type Target = Bump;
    #[inline(always)]
    fn deref(&self) -> &Bump {
        &self.bump
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: nothing borrows the arena any more. The chunks go with the supply, after this.
        unsafe { self.bump.finish() };
    }
}

impl core::fmt::Debug for Arena {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Arena")
            .field("name", &self.name())
            .field("usage", &self.usage())
            .finish()
    }
}
