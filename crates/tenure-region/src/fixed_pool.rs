//! A pool of N values in a `static`: no allocator, no start, no lock.
//!
//! **Shape:** an [`IndexStack`] of the free numbers, a place for each value, and a word for each
//! place: the generation of what lies there, and whether it was left there under a key. All of it
//! starts as zeros, so a pool in a `static` lies in `.bss`: no bytes of the file, and no pages of
//! memory before they are used.
//! **Invariants:**
//! * (a) who has a number from the stack alone uses its place, until it leaves the value under a
//!   key: then nobody does, until one thread takes it by that key;
//! * (b) a word's generation rises by one at each end of a value and never goes back: a place that
//!   would go round is not put on the stack again;
//! * (c) the word says [`LEFT`] while no box has the value, and only then.
//!
//! **Cost:** [`IndexStack`]'s two swaps for a value that comes and goes; two more for one that is
//! left under a key and taken.
//!
//! **Not here:** arenas that threads share (`pool`), objects that are used again (`object_pool`).

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use tenure_base::ledger::Account;

use crate::books::Books;
use crate::index_stack::IndexStack;

#[doc(hidden)]
pub mod home;

pub use home::HomeBox;

/// What the ledger is told in.
const PAGE_BYTES: usize = 4096;
/// The value is with nobody: it was left under a key.
const LEFT: u32 = 1;
/// What the word rises by at the end of a value.
const GENERATION_STEP: u32 = 2;
/// The last word of a place, which is not used again.
const LAST: u32 = u32::MAX - 1;

/// A pool of at most N values, for a `static`, which all threads use. A box that is forgotten keeps
/// its place.
///
/// # Examples
/// ```
/// use tenure_region::Pool;
/// static TILES: Pool<[u8; 4096], 64> = Pool::new();
///
/// let mut tile = TILES.alloc([0; 4096]).expect("a free tile");
/// tile[0] = 1;
/// drop(tile);
/// let all: Vec<_> = (0..64).map(|_| TILES.alloc([0; 4096]).unwrap()).collect();
/// let back = TILES.alloc([7; 4096]).unwrap_err();
/// assert_eq!((all.len(), back[0]), (64, 7));
/// ```
pub struct Pool<T, const N: usize> {
    free: IndexStack<N>,
    words: [AtomicU32; N],
    /// Told of the bytes that are touched; null for nobody.
    account: AtomicPtr<Account>,
    places: [UnsafeCell<MaybeUninit<T>>; N],
}

// SAFETY: a place is used by one thread at a time (invariant a), and numbers and keys change hands
// with release and acquire: values are sent between threads, and a reference to the pool alone
// gives none to them.
unsafe impl<T: Send, const N: usize> Sync for Pool<T, N> {}

/// A value in a [`Pool`], owned: dropping the box drops the value and frees its place.
///
/// 16 bytes; [`HomeBox`] has one, two or four.
pub struct PoolBox<'p, T, const N: usize> {
    pool: &'p Pool<T, N>,
    number: u32,
    /// It may be sent, and drops, as a `T` does.
    value: PhantomData<T>,
}

/// Names a value that was left in a pool; made by [`PoolBox::leave`].
///
/// A key of another pool names nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PoolKey {
    /// The address of the pool.
    pool: usize,
    number: u32,
    generation: u32,
}

impl<T, const N: usize> Pool<T, N> {
    /// A pool without values: nothing but zeros.
    ///
    /// # Examples
    /// See [`Pool`].
    #[must_use]
    pub const fn new() -> Self {
        Self {
            free: IndexStack::new(),
            words: [const { AtomicU32::new(0) }; N],
            account: AtomicPtr::new(core::ptr::null_mut()),
            places: [const { UnsafeCell::new(MaybeUninit::uninit()) }; N],
        }
    }

    /// Moves a value into the pool. Lock-free.
    ///
    /// # Errors
    /// The value, when all places are used.
    ///
    /// # Examples
    /// See [`Pool`].
    #[inline]
    pub fn alloc(&self, value: T) -> Result<PoolBox<'_, T, N>, T> {
        let Some(number) = self.free.take_used().or_else(|| self.take_fresh()) else {
            return Err(value);
        };
        // SAFETY: the number is this thread's, so the place is (invariant a).
        unsafe { (*self.places[number].get()).write(value) };
        Ok(PoolBox {
            pool: self,
            number: number as u32,
            value: PhantomData,
        })
    }

    /// The value that was left under this key, which keeps its meaning: left again, the value has
    /// the same one. `None` if it is with somebody, has ended, or lies in another pool.
    ///
    /// # Examples
    /// See [`PoolBox::leave`].
    #[inline]
    pub fn take(&'static self, key: PoolKey) -> Option<PoolBox<'static, T, N>> {
        if key.pool != core::ptr::from_ref(self).addr() {
            return None;
        }
        let word = self.words.get(key.number as usize)?;
        // Acquire pairs with the release in `leave`.
        word.compare_exchange(
            key.generation | LEFT,
            key.generation,
            Ordering::Acquire,
            Ordering::Relaxed,
        )
        .ok()?;
        Some(PoolBox {
            pool: self,
            number: key.number,
            value: PhantomData,
        })
    }

    /// Places that were used at least once.
    ///
    /// # Examples
    /// ```
    /// static SMALL: tenure_region::Pool<u32, 8> = tenure_region::Pool::new();
    /// drop(SMALL.alloc(1));
    /// drop(SMALL.alloc(2));
    /// assert_eq!(SMALL.most_used(), 1);
    /// ```
    #[must_use]
    pub fn most_used(&self) -> usize {
        self.free.watermark()
    }

    /// Tells an account of the ledger, under this name, of the OS pages that the values touch; the
    /// pages of values that were there before are told at once. The account may refuse a page: then
    /// the pool is full. It is this pool's alone; call this once.
    ///
    /// # Examples
    /// ```
    /// use tenure_base::ledger::Account;
    /// static ACCOUNT: Account = Account::new();
    /// static PAGES: tenure_region::Pool<[u8; 4096], 8> = tenure_region::Pool::new();
    /// PAGES.open_account("pages", &ACCOUNT);
    /// let both = (PAGES.alloc([0; 4096]), PAGES.alloc([0; 4096]));
    /// assert_eq!(ACCOUNT.held_bytes(), 8192);
    /// # drop(both);
    /// ```
    pub fn open_account(&'static self, name: &'static str, account: &'static Account) {
        let books = Books::new(name, account);
        books.open();
        // Nothing refuses: the account was opened without a limit just now.
        let _ = books.hold(Self::touched(self.free.watermark()));
        let account = core::ptr::from_ref(account).cast_mut();
        self.account.store(account, Ordering::Release);
    }

    fn books(&self) -> Books {
        // Acquire pairs with the release in `open_account`.
        let account = self.account.load(Ordering::Acquire);
        // SAFETY: null, or made from a `&'static Account`.
        unsafe { account.as_ref() }.map_or(Books::NONE, |account| Books::new("", account))
    }

    /// A place that nobody ever had, and its pages on the books.
    #[cold]
    #[inline(never)]
    fn take_fresh(&self) -> Option<usize> {
        let books = self.books();
        let likely = self.free.watermark();
        let pages = |number: usize| Self::touched(number + 1) - Self::touched(number);
        books.hold(pages(likely)).ok()?;
        let number = self.free.take_fresh();
        if number != Some(likely) {
            // Others were faster, or there is none.
            books.release(pages(likely));
            let _ = number.map(|number| books.hold(pages(number)));
        }
        number
    }

    /// Bytes of the OS pages under so many places.
    fn touched(places: usize) -> usize {
        (places.min(N) * size_of::<T>()).div_ceil(PAGE_BYTES) * PAGE_BYTES
    }

    /// Frees the place of a number whose value has ended.
    #[inline]
    fn put(&self, number: usize) {
        let word = &self.words[number];
        // Relaxed: the number's holder alone changes the word, and hands it on by the stack.
        let ended = word.load(Ordering::Relaxed);
        if ended >= LAST {
            return;
        }
        word.store(ended + GENERATION_STEP, Ordering::Relaxed);
        self.free.put(number);
    }

    /// Makes the place as worn as one that had 2^31 - 1 values.
    #[cfg(test)]
    pub(crate) fn wear_out(&self, number: usize) {
        self.words[number].store(LAST, Ordering::Relaxed);
    }

    /// The value that a number's holder has there.
    #[inline]
    fn value(&self, number: usize) -> *mut T {
        self.places[number].get().cast()
    }
}

impl<'p, T, const N: usize> PoolBox<'p, T, N> {
    /// Moves the value out, and frees its place.
    ///
    /// # Examples
    /// ```
    /// static NAMES: tenure_region::Pool<String, 2> = tenure_region::Pool::new();
    /// let name: String = NAMES.alloc("a".to_owned()).unwrap().into_inner();
    /// assert_eq!(name, "a");
    /// ```
    #[inline]
    #[must_use]
    pub fn into_inner(self) -> T {
        let this = ManuallyDrop::new(self);
        // SAFETY: the box has the value (invariant a), and is not used again.
        let value = unsafe { this.pool.value(this.number as usize).read() };
        this.pool.put(this.number as usize);
        value
    }
}

impl<T, const N: usize> PoolBox<'static, T, N> {
    /// Leaves the value in the pool: whoever has the key may take it, once at a time.
    ///
    /// # Examples
    /// ```
    /// use tenure_region::Pool;
    /// static SESSIONS: Pool<String, 100> = Pool::new();
    ///
    /// let key = SESSIONS.alloc("Ada".to_owned()).unwrap().leave();
    /// let session = SESSIONS.take(key).unwrap();
    /// assert_eq!(*session, "Ada");
    /// assert!(SESSIONS.take(key).is_none());
    /// assert_eq!(session.leave(), key);
    /// drop(SESSIONS.take(key));
    /// assert!(SESSIONS.take(key).is_none());
    /// ```
    #[inline]
    #[must_use]
    pub fn leave(self) -> PoolKey
    where
        T: Send,
    {
        let this = ManuallyDrop::new(self);
        let word = &this.pool.words[this.number as usize];
        let generation = word.load(Ordering::Relaxed);
        // Release pairs with the acquire in `take`: who takes the value sees what was done to it.
        word.store(generation | LEFT, Ordering::Release);
        PoolKey {
            pool: core::ptr::from_ref(this.pool).addr(),
            number: this.number,
            generation,
        }
    }
}

impl<T, const N: usize> Deref for PoolBox<'_, T, N> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the box has the value (invariant a), and is borrowed.
        unsafe { &*self.pool.value(self.number as usize) }
    }
}

impl<T, const N: usize> DerefMut for PoolBox<'_, T, N> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, exclusively.
        unsafe { &mut *self.pool.value(self.number as usize) }
    }
}

/// Frees a place, also when the drop of its value panics.
struct Free<'p, T, const N: usize>(&'p Pool<T, N>, usize);

impl<T, const N: usize> Drop for Free<'_, T, N> {
    #[inline]
    fn drop(&mut self) {
        self.0.put(self.1);
    }
}

impl<T, const N: usize> Drop for PoolBox<'_, T, N> {
    #[inline]
    fn drop(&mut self) {
        let place = Free(self.pool, self.number as usize);
        // SAFETY: the box has the value, which is not used again: the place is freed at the end of
        // this scope, and by nobody else.
        unsafe { self.pool.value(place.1).drop_in_place() };
    }
}

// SAFETY: the box is as the value itself; what it does to the pool any thread may do.
unsafe impl<T: Send, const N: usize> Send for PoolBox<'_, T, N> {}
// SAFETY: a shared box gives shared references to the value only.
unsafe impl<T: Sync, const N: usize> Sync for PoolBox<'_, T, N> {}

impl<T, const N: usize> Default for Pool<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> core::fmt::Debug for Pool<T, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Pool")
            .field("len_max", &N)
            .field("most_used", &self.most_used())
            .finish_non_exhaustive()
    }
}

impl<T: core::fmt::Debug, const N: usize> core::fmt::Debug for PoolBox<'_, T, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests;
