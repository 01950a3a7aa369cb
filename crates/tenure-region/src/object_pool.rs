//! Objects that are used again: buffers, parsers, connections.
//!
//! **Shape:** each thread has two *magazines*, short stacks of objects, which it alone uses
//! (`magazine`). Full ones are left in an [`Exchange`] for threads whose magazines are empty.
//! Objects that weigh more than [`LIGHT_BYTES`] are on no magazine: they lie in the *store*, by
//! powers of two of their weight, behind a lock; so what idle threads keep is little.
//! **Invariants:** (a) the code of an object (`recycle`, `weigh`, its drop) runs while the pool
//! holds no lock and no reference to a magazine, so it may use the pool; (b) an object is in one
//! place, and what is taken out of a place is dropped or handed on, also by a panic; (c) the
//! account is told of all magazines in the exchange and all objects in the store.
//!
//! **Cost:** taking and returning touch no word that another thread writes, until a magazine is
//! empty or full; then two swaps move as many objects as a magazine has. An object has a block of
//! its own from the global allocator while it is the pool's.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::panic::Location;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use tenure_base::ledger::Account;
use tenure_os::lock::Lock;

use crate::books::Books;
use crate::exchange::Exchange;

mod magazine;
mod sites;
mod store;
mod threads;

use magazine::{Local, Locals, Magazine};
use store::Store;

pub use sites::{Outstanding, Sites, Told, Untold};

/// Objects that weigh more than this are kept in the store, not by threads.
pub(crate) const LIGHT_BYTES: usize = 4 << 10;
/// Heavier objects are not kept, unless [`ObjectPool::keep_up_to`] says otherwise.
const KEPT_BYTES: usize = 1 << 20;
/// Magazines that threads leave for each other.
const EXCHANGED: usize = 128;

/// An object that can be used again.
///
/// # Examples
/// ```
/// struct Request { path: String, body: Vec<u8> }
/// impl tenure_region::Recycle for Request {
///     fn recycle(&mut self) {
///         self.path.clear();
///         self.body.clear();
///     }
///     fn weigh(&self) -> usize {
///         self.path.capacity() + self.body.capacity()
///     }
/// }
/// ```
pub trait Recycle {
    /// Makes the object as good as new. Runs when it comes back; if it panics, the object is
    /// dropped.
    fn recycle(&mut self);

    /// Bytes that the object keeps from others while it lies in the pool. Asked after `recycle`.
    fn weigh(&self) -> usize {
        size_of_val(self)
    }
}

impl<T> Recycle for Vec<T> {
    fn recycle(&mut self) {
        self.clear();
    }
    fn weigh(&self) -> usize {
        self.capacity().saturating_mul(size_of::<T>())
    }
}

impl Recycle for alloc::string::String {
    fn recycle(&mut self) {
        self.clear();
    }
    fn weigh(&self) -> usize {
        self.capacity()
    }
}

/// Objects that threads take and return. An object that is returned is reset and kept, unless it is
/// too heavy; one that nobody takes for two ticks is dropped.
///
/// A thread keeps up to 32 objects of at most 4 KiB each while it lives; neither
/// [`tick`](ObjectPool::tick) nor [`shed`](ObjectPool::shed) reaches those of other threads. When a
/// thread ends, others get them. A thread that uses more than 16 pools in turns takes a lock more
/// often.
///
/// # Examples
/// ```
/// use tenure_region::ObjectPool;
/// static BUFFERS: ObjectPool<Vec<u8>> = ObjectPool::new(Vec::new);
///
/// let mut buffer = BUFFERS.take();
/// buffer.extend_from_slice(b"some text");
/// let capacity = buffer.capacity();
/// drop(buffer);
/// let again = BUFFERS.take();
/// assert_eq!((again.len(), again.capacity()), (0, capacity));
/// ```
pub struct ObjectPool<T: Recycle, S: Sites = Untold> {
    /// Zero until the first use.
    serial: AtomicU64,
    make: fn() -> T,
    kept_bytes_max: usize,
    sites: S,
    books: Books,
    /// Goes up by one a tick.
    epoch: AtomicU32,
    exchange: Exchange<Magazine<T>, EXCHANGED>,
    store: Store<Box<T>>,
    locals: Lock<Locals<T>>,
}

// SAFETY: objects are sent between threads; a reference to the pool gives none to an object that
// lies in it. `Local`s are used by one thread at a time (see `magazine`).
unsafe impl<T: Recycle + Send, S: Sites> Sync for ObjectPool<T, S> {}
// SAFETY: as above.
unsafe impl<T: Recycle + Send, S: Sites> Send for ObjectPool<T, S> {}

impl<T: Recycle> ObjectPool<T> {
    /// A pool without objects; `make` makes one when there is none to take.
    ///
    /// # Examples
    /// See [`ObjectPool`].
    #[must_use]
    pub const fn new(make: fn() -> T) -> Self {
        Self::with_sites(make, Untold)
    }
}

impl<T: Recycle> ObjectPool<T, Told> {
    /// A pool that knows which places in the program have objects: a lock for each object that is
    /// taken and returned.
    ///
    /// # Examples
    /// See [`ObjectPool::outstanding`].
    #[must_use]
    pub const fn told(make: fn() -> T) -> Self {
        Self::with_sites(make, Told::new())
    }

    /// Which calls of [`take`](ObjectPool::take) have objects out, those with most first.
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::ObjectPool::told(String::new);
    /// let leaked = pool.take();
    /// let out = pool.outstanding();
    /// assert_eq!((out[0].count, out[0].site.file()), (1, file!()));
    /// drop(leaked);
    /// assert!(pool.outstanding().is_empty());
    /// ```
    #[must_use]
    pub fn outstanding(&self) -> Vec<Outstanding> {
        self.sites.outstanding()
    }
}

impl<T: Recycle, S: Sites> ObjectPool<T, S> {
    const fn with_sites(make: fn() -> T, sites: S) -> Self {
        Self {
            serial: AtomicU64::new(0),
            make,
            kept_bytes_max: KEPT_BYTES,
            sites,
            books: Books::NONE,
            epoch: AtomicU32::new(0),
            exchange: Exchange::new(),
            store: Store::new(),
            locals: Lock::new(Locals::new()),
        }
    }

    /// The same pool; the ledger is told under this name what it keeps for all threads. The account
    /// is this pool's alone.
    ///
    /// # Examples
    /// ```
    /// use tenure_base::ledger::Account;
    /// use tenure_region::ObjectPool;
    /// static ACCOUNT: Account = Account::new();
    /// static FRAMES: ObjectPool<Vec<u8>> = ObjectPool::new(|| Vec::with_capacity(1 << 16))
    ///     .named("frames", &ACCOUNT);
    /// drop(FRAMES.take());
    /// assert_eq!(ACCOUNT.held_bytes(), 1 << 16);
    /// ```
    #[must_use]
    pub const fn named(mut self, name: &'static str, account: &'static Account) -> Self {
        self.books = Books::new(name, account);
        self
    }

    /// The same pool, which keeps objects of up to `bytes` (1 MiB if not said): heavier ones are
    /// dropped when they come back.
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::ObjectPool::new(Vec::<u8>::new).keep_up_to(1 << 16);
    /// pool.take().reserve(1 << 17);
    /// assert_eq!(pool.take().capacity(), 0);
    /// ```
    #[must_use]
    pub const fn keep_up_to(mut self, bytes: usize) -> Self {
        self.kept_bytes_max = bytes;
        self
    }

    /// An object: one that was returned, the lightest kind first, or else a new one.
    ///
    /// # Panics
    /// When making an object does.
    ///
    /// # Examples
    /// See [`ObjectPool`].
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn take(&self) -> Pooled<'_, T, S> {
        let object = match self.local() {
            // SAFETY: this thread's; the reference ends before any other code runs.
            Some(local) => match unsafe { local.loaded() }.pop() {
                Some(object) => object,
                None => self.take_elsewhere(),
            },
            None => self.take_elsewhere(),
        };
        self.lend(object)
    }

    /// An object that weighs at least `bytes`, if such a one was returned; the lightest of them, to
    /// a power of two. A new one is as [`ObjectPool::new`] was told to make it.
    ///
    /// # Panics
    /// When making an object does.
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::ObjectPool::new(Vec::<u8>::new);
    /// drop(pool.take());
    /// pool.take().reserve(100_000);
    /// assert!(pool.take_heavy(50_000).capacity() >= 100_000);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn take_heavy(&self, bytes: usize) -> Pooled<'_, T, S> {
        if bytes <= LIGHT_BYTES {
            return self.take();
        }
        let object = self.store.take(bytes, self.books);
        self.lend(object.unwrap_or_else(|| Box::new((self.make)())))
    }

    #[inline(always)]
    #[track_caller]
    fn lend(&self, object: Box<T>) -> Pooled<'_, T, S> {
        Pooled {
            object: ManuallyDrop::new(object),
            ticket: self.sites.check_out(Location::caller()),
            pool: self,
        }
    }

    /// This thread's magazines. `None` if it has none yet.
    #[inline]
    fn local(&self) -> Option<&Local<T>> {
        let place = threads::find(self.serial.load(Ordering::Relaxed))?;
        // SAFETY: the table has a local under this serial because `attach` has put it there, and
        // the pool, which is borrowed, frees its locals at its end only.
        Some(unsafe { place.cast::<Local<T>>().as_ref() })
    }

    /// This thread's magazines, made if need be. `None` without memory.
    fn attach(&self) -> Option<&Local<T>> {
        if let Some(local) = self.local() {
            return Some(local);
        }
        let serial = threads::serial(&self.serial, || self.books.open())?;
        threads::prepare()?;
        let local = self.locals.lock().adopt_or_make()?;
        threads::put(serial, local.cast());
        self.local()
    }

    #[cold]
    #[inline(never)]
    fn take_elsewhere(&self) -> Box<T> {
        if let Some(local) = self.attach() {
            // SAFETY: this thread's; the references end in the call.
            if let Some(object) = unsafe { local.take_previous() } {
                return object;
            }
            if let Some(magazine) = self.found().or_else(|| self.of_ended_thread()) {
                // SAFETY: this thread's. What was loaded is empty, so no object is dropped.
                if let Some(object) = unsafe { local.load(magazine) } {
                    return object;
                }
            }
        }
        match self.store.take(0, self.books) {
            Some(object) => object,
            None => Box::new((self.make)()),
        }
    }

    /// Objects that a thread has left, off the books.
    fn found(&self) -> Option<Magazine<T>> {
        let mut magazine = self.exchange.find()?;
        self.books.release(magazine.told_bytes);
        magazine.told_bytes = 0;
        Some(magazine)
    }

    /// Objects that a thread had when it ended.
    fn of_ended_thread(&self) -> Option<Magazine<T>> {
        self.locals.lock().of_ended()
    }

    /// An object that is as good as new again.
    #[inline]
    fn keep(&self, object: Box<T>) {
        let weight = object.weigh().max(size_of::<T>());
        if weight > LIGHT_BYTES {
            return self.keep_heavy(object, weight);
        }
        match self.local() {
            // SAFETY: this thread's; the reference ends before any other code runs.
            Some(local) => match unsafe { local.loaded() }.push(object) {
                Ok(()) => {}
                Err(object) => self.keep_elsewhere(object),
            },
            None => self.keep_elsewhere(object),
        }
    }

    #[cold]
    #[inline(never)]
    fn keep_heavy(&self, object: Box<T>, weight: usize) {
        if weight > self.kept_bytes_max {
            return drop(object);
        }
        if threads::serial(&self.serial, || self.books.open()).is_none() {
            return drop(object);
        }
        let epoch = self.epoch.load(Ordering::Relaxed);
        drop(self.store.keep(object, weight, epoch, self.books));
    }

    #[cold]
    #[inline(never)]
    fn keep_elsewhere(&self, object: Box<T>) {
        let Some(local) = self.attach() else {
            return drop(object);
        };
        // SAFETY: this thread's; no code of an object runs inside.
        match unsafe { local.push_or_unload(object) } {
            Ok(None) => {}
            Ok(Some(mut full)) => {
                full.epoch = self.epoch.load(Ordering::Relaxed);
                self.leave(full);
            }
            Err(object) => drop(object),
        }
    }

    /// Leaves a magazine for others, on the books, or drops what is in it.
    fn leave(&self, mut magazine: Magazine<T>) {
        magazine.told_bytes = magazine.weigh();
        let told_bytes = magazine.told_bytes;
        if self.books.hold(told_bytes).is_err() {
            return drop(magazine);
        }
        if let Err(magazine) = self.exchange.leave(magazine) {
            self.books.release(told_bytes);
            drop(magazine);
        }
    }

    /// Drops what was returned before the last tick and not taken since. To be called now and then,
    /// as every 30 seconds; a pool without ticks keeps what it has.
    ///
    /// # Panics
    /// When the drop of an object does.
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::ObjectPool::new(|| Vec::<u8>::with_capacity(1 << 16));
    /// drop(pool.take());
    /// pool.tick();
    /// assert_eq!(pool.kept_bytes(), 1 << 16);
    /// pool.tick();
    /// assert_eq!(pool.kept_bytes(), 0);
    /// ```
    pub fn tick(&self) {
        let now = self.epoch.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        // What was kept between the last tick and this one has the epoch before `now`.
        self.shed_where(|epoch| epoch.wrapping_add(1) != now && epoch != now);
    }

    /// Drops all that the pool keeps for all threads, what ended threads have left, and what the
    /// calling thread has: for when memory is short.
    ///
    /// # Panics
    /// When the drop of an object does.
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::ObjectPool::new(|| Vec::<u8>::with_capacity(1 << 16));
    /// drop(pool.take());
    /// pool.shed();
    /// assert_eq!(pool.kept_bytes(), 0);
    /// ```
    pub fn shed(&self) {
        if let Some(local) = self.local() {
            // SAFETY: this thread's; the objects are dropped behind the call.
            drop(unsafe { local.empty() });
        }
        self.shed_where(|_| true);
    }

    fn shed_where(&self, is_old: impl Fn(u32) -> bool) {
        let mut young = [const { None }; EXCHANGED];
        let mut old = [const { None }; EXCHANGED];
        for (young, old) in young.iter_mut().zip(&mut old) {
            match self.found() {
                Some(magazine) if is_old(magazine.epoch) => *old = Some(magazine),
                Some(magazine) => *young = Some(magazine),
                None => break,
            }
        }
        for magazine in young.into_iter().rev().flatten() {
            self.leave(magazine);
        }
        // Dropped when all is in its place: a drop may panic.
        drop(old);
        while let Some(magazine) = self.of_ended_thread() {
            drop(magazine);
        }
        self.store.shed(is_old, self.books);
    }

    /// Walks invariants (b) and (c) while nobody else uses the pool; how many objects it has.
    #[cfg(test)]
    pub(crate) fn check(&mut self) -> usize {
        let (mut seen, mut count) = (std::collections::BTreeSet::new(), 0);
        let mut show = |object: &T| {
            count += 1;
            let is_new = seen.insert(core::ptr::from_ref(object).addr());
            assert!(
                is_new || size_of::<T>() == 0,
                "(b): an object is in two places"
            );
        };
        let mut told_bytes = 0;
        self.exchange.check(|magazine| {
            told_bytes += magazine.told_bytes;
            assert_eq!(magazine.told_bytes, magazine.weigh(), "(c)");
            magazine.check(&mut show);
        });
        self.locals.lock().check(&mut show);
        self.store.check(|object| show(object));
        assert!(self.books.is_at(told_bytes + self.store.bytes()), "(c)");
        count
    }

    /// Bytes of the objects in the store: those that weigh more than 4 KiB.
    ///
    /// # Examples
    /// See [`ObjectPool::tick`].
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        self.store.bytes()
    }
}

impl<T: Recycle, S: Sites> Drop for ObjectPool<T, S> {
    fn drop(&mut self) {
        let serial = *self.serial.get_mut();
        if serial == 0 {
            return;
        }
        // From here on no thread that ends looks at its local.
        threads::retire(serial);
        // What is kept ends with the fields, and nobody reads a closed account.
        self.books.close();
    }
}

impl<T: Recycle, S: Sites> fmt::Debug for ObjectPool<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectPool")
            .field("kept_bytes", &self.kept_bytes())
            .finish_non_exhaustive()
    }
}

/// An object of a pool, in somebody's hands; made by [`ObjectPool::take`]. Returned when dropped,
/// on whatever thread.
pub struct Pooled<'p, T: Recycle, S: Sites = Untold> {
    /// There until the drop.
    object: ManuallyDrop<Box<T>>,
    ticket: S::Ticket,
    pool: &'p ObjectPool<T, S>,
}

impl<T: Recycle, S: Sites> Pooled<'_, T, S> {
    /// The object, which the pool does not get back.
    ///
    /// # Examples
    /// ```
    /// let pool = tenure_region::ObjectPool::new(|| String::from("mine"));
    /// let text: String = pool.take().detach();
    /// assert_eq!(text, "mine");
    /// ```
    #[must_use]
    pub fn detach(self) -> T {
        let mut this = ManuallyDrop::new(self);
        this.pool.sites.check_in(&this.ticket);
        // SAFETY: the object is there, and its holder is not used again.
        *unsafe { ManuallyDrop::take(&mut this.object) }
    }
}

impl<T: Recycle, S: Sites> Deref for Pooled<'_, T, S> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        &self.object
    }
}

impl<T: Recycle, S: Sites> DerefMut for Pooled<'_, T, S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.object
    }
}

impl<T: Recycle, S: Sites> Drop for Pooled<'_, T, S> {
    #[inline]
    fn drop(&mut self) {
        self.pool.sites.check_in(&self.ticket);
        // SAFETY: the object is there until now, and not looked at again.
        let mut object = unsafe { ManuallyDrop::take(&mut self.object) };
        // Should it panic, the object ends with this frame.
        object.recycle();
        self.pool.keep(object);
    }
}

impl<T: Recycle + fmt::Debug, S: Sites> fmt::Debug for Pooled<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests;
