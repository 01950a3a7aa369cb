//! Arenas for threads that work on one result: each takes one, and what it made outlives its turn.

use alloc::vec::Vec;
use core::ops::Deref;

use tenure_os::lock::Lock;

use crate::arena::Arena;
use crate::boxed::ArenaBox;
use crate::budget::Budget;
use crate::bump::Bump;
use crate::chunks::Usage;
use crate::tail::{self, Tail};

/// Arenas that threads take in turn. What they make lives as long as the pool is borrowed, not only
/// until they put the arena back.
///
/// # Examples
/// ```
/// use std::thread;
/// use tenure_region::ArenaPool;
///
/// let pool = ArenaPool::new();
/// let lines: Vec<&str> = thread::scope(|scope| {
///     let threads = ["a", "b"].map(|name| {
///         let pool = &pool;
///         scope.spawn(move || &*pool.take().text(name))
///     });
///     threads.map(|thread| thread.join().unwrap()).into()
/// });
/// assert_eq!(lines, ["a", "b"]);
/// ```
pub struct ArenaPool {
    name: &'static str,
    budget: Option<&'static Budget>,
    idle: Lock<Vec<Arena>>,
}

impl ArenaPool {
    /// A pool without arenas.
    ///
    /// # Examples
    /// ```
    /// static POOL: tenure_region::ArenaPool = tenure_region::ArenaPool::new();
    /// assert_eq!(*POOL.take().alloc(1), 1);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self::named("")
    }

    /// A pool whose arenas have this name.
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::ArenaPool::named("parsers");
    /// assert_eq!(format!("{pool:?}"), "ArenaPool { name: \"parsers\", .. }");
    /// ```
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            budget: None,
            idle: Lock::new(Vec::new()),
        }
    }

    /// A pool whose arenas stand under a budget; as [`Arena::named_under`].
    ///
    /// # Examples
    /// ```
    /// use tenure_region::{ArenaPool, Budget, Policy, Refused};
    /// static PARSING: Budget = Budget::new("parsing", 1 << 20, Policy::Fail);
    /// static POOL: ArenaPool = ArenaPool::named_under("parsers", &PARSING);
    /// assert_eq!(POOL.take().try_slice_fill(2 << 20, 0u8), Err(Refused::Budget));
    /// ```
    #[must_use]
    pub const fn named_under(name: &'static str, budget: &'static Budget) -> Self {
        Self {
            name,
            budget: Some(budget),
            idle: Lock::new(Vec::new()),
        }
    }

    fn make(&self) -> Arena {
        match self.budget {
            Some(budget) => Arena::named_under(self.name, budget),
            None => Arena::named(self.name),
        }
    }

    /// An arena for the calling thread, until the guard is dropped. One that was put back is
    /// preferred: it goes on where it was. A lock that is held for some nanoseconds.
    ///
    /// # Examples
    /// See [`ArenaPool`].
    #[must_use]
    pub fn take(&self) -> PoolArena<'_> {
        let idle = self.idle.lock().pop();
        PoolArena {
            arena: Some(idle.unwrap_or_else(|| self.make())),
            pool: self,
        }
    }

    /// Resets every arena that was put back; since the pool is borrowed exclusively, that is each
    /// one whose guard was not forgotten.
    ///
    /// # Panics
    /// When the drop of an adopted value does; arenas that were not reached keep what they have.
    ///
    /// # Examples
    /// ```
    /// let mut pool = tenure_region::ArenaPool::new();
    /// pool.take().text("gone soon");
    /// pool.reset();
    /// assert_eq!(pool.usage().used_bytes, 0);
    /// ```
    pub fn reset(&mut self) {
        for arena in self.idle.lock().iter_mut() {
            arena.reset();
        }
    }

    /// The sum of what the arenas hold that are not taken.
    ///
    /// # Examples
    /// See [`ArenaPool::reset`].
    #[must_use]
    pub fn usage(&self) -> Usage {
        let mut sum = Usage::default();
        for arena in self.idle.lock().iter() {
            let one = arena.usage();
            sum.held_bytes += one.held_bytes;
            sum.used_bytes += one.used_bytes;
            sum.peak_bytes += one.peak_bytes;
        }
        sum
    }
}

impl Default for ArenaPool {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for ArenaPool {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ArenaPool")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// An arena of a pool, in the hands of one thread; made by [`ArenaPool::take`].
///
/// The methods of this type hand out memory for as long as the pool is borrowed. Those of [`Bump`],
/// to which it derefs, and every container end before the guard does.
#[derive(Debug)]
pub struct PoolArena<'p> {
    /// There until the guard is dropped.
    arena: Option<Arena>,
    pool: &'p ArenaPool,
}

impl<'p> PoolArena<'p> {
    /// Moves a value into the arena; as [`Bump::alloc`].
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::ArenaPool::new();
    /// let value = pool.take().alloc(vec![1]);
    /// assert_eq!(*value, [1]);
    /// ```
    #[inline]
    pub fn alloc<T>(&self, value: T) -> ArenaBox<'p, T> {
        let raw = ArenaBox::into_raw(Bump::alloc(self, value));
        // SAFETY: the value of the box above. The arena takes memory back in `reset` and at its
        // end, which need the pool exclusively, or in a tail scope, which ends on top of it.
        unsafe { ArenaBox::from_raw(raw) }
    }

    /// Moves a value that needs no drop into the arena; as [`Bump::alloc_plain`].
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::ArenaPool::new();
    /// let value: &mut u32 = pool.take().alloc_plain(1);
    /// assert_eq!(*value, 1);
    /// ```
    #[inline]
    pub fn alloc_plain<T>(&self, value: T) -> &'p mut T {
        let value: *mut T = Bump::alloc_plain(self, value);
        // SAFETY: as in `alloc`.
        unsafe { &mut *value }
    }

    /// A copy of a slice; as [`Bump::slice_copy`].
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::ArenaPool::new();
    /// assert_eq!(pool.take().slice_copy(&[1, 2]), [1, 2]);
    /// ```
    #[inline]
    pub fn slice_copy<T: Copy>(&self, source: &[T]) -> &'p mut [T] {
        let copy: *mut [T] = Bump::slice_copy(self, source);
        // SAFETY: as in `alloc`.
        unsafe { &mut *copy }
    }

    /// All that an iterator yields; as [`Bump::slice_from_iter`].
    ///
    /// # Panics
    /// Without memory, and when the iterator does.
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::ArenaPool::new();
    /// let squares = pool.take().slice_from_iter((0..3).map(|n| n * n));
    /// assert_eq!(*squares, [0, 1, 4]);
    /// ```
    pub fn slice_from_iter<T>(&self, source: impl IntoIterator<Item = T>) -> ArenaBox<'p, [T]> {
        let raw = ArenaBox::into_raw(Bump::slice_from_iter(self, source));
        // SAFETY: as in `alloc`.
        unsafe { ArenaBox::from_raw(raw) }
    }

    /// A copy of a text; as [`Bump::text`].
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// See [`ArenaPool`].
    #[inline]
    pub fn text(&self, source: &str) -> &'p mut str {
        let copy: *mut str = Bump::text(self, source);
        // SAFETY: as in `alloc`.
        unsafe { &mut *copy }
    }

    /// A scope on top; see [`Arena::tail`].
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::ArenaPool::new();
    /// let mut arena = pool.take();
    /// let kept = arena.text("kept");
    /// arena.tail(|scope| scope.slice_fill(100, 0u8).len());
    /// assert_eq!(kept, "kept");
    /// ```
    #[inline]
    pub fn tail<R>(&mut self, work: impl for<'s> FnOnce(Tail<'s>) -> R) -> R {
        // SAFETY: borrowed exclusively, so nothing else takes from the cursor meanwhile. What was
        // handed out for the pool's borrow lies below the scope and has no way to the cursor.
        unsafe { tail::enter(self, work) }
    }
}

impl Deref for PoolArena<'_> {
    type Target = Bump;
    #[inline]
    fn deref(&self) -> &Bump {
        match &self.arena {
            Some(arena) => arena,
            None => unreachable!("the arena is there until the guard is dropped"),
        }
    }
}

impl Drop for PoolArena<'_> {
    fn drop(&mut self) {
        if let Some(arena) = self.arena.take() {
            self.pool.idle.lock().push(arena);
        }
    }
}
