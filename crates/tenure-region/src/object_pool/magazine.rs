//! What one thread has of an object pool: two magazines.
//!
//! **Invariants:** (a) a [`Local`] is used by the one thread whose table of pools names it, or,
//! once that has ended (`is_vacant`), by who holds the lock of the pool's locals; (b) a magazine
//! has room for [`LEN_MAX`] objects, or is empty and has none.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering};

use super::Recycle;

/// Objects in a full magazine.
pub(super) const LEN_MAX: usize = 16;

/// A short stack of objects. They are boxed: one word moves. Objects of three words in place took
/// three times as long, since the processor waits where a store of two halves is loaded as a whole.
pub(super) struct Magazine<T> {
    objects: Vec<Box<T>>,
    /// Bytes that the account was told of: none while a thread has the magazine.
    pub(super) told_bytes: usize,
    /// When it was left for others.
    pub(super) epoch: u32,
}

impl<T> Magazine<T> {
    const NONE: Self = Self {
        objects: Vec::new(),
        told_bytes: 0,
        epoch: 0,
    };

    fn try_new() -> Option<Self> {
        let mut magazine = Self::NONE;
        magazine.objects.try_reserve_exact(LEN_MAX).ok()?;
        Some(magazine)
    }

    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<Box<T>> {
        self.objects.pop()
    }

    /// # Errors
    /// The object, when there is no room.
    #[inline(always)]
    pub(super) fn push(&mut self, object: Box<T>) -> Result<(), Box<T>> {
        let len = self.objects.len();
        if len == LEN_MAX || len == self.objects.capacity() {
            return Err(object);
        }
        // SAFETY: there is room for one more.
        unsafe {
            self.objects.as_mut_ptr().add(len).write(object);
            self.objects.set_len(len + 1);
        }
        Ok(())
    }
}

#[cfg(test)]
impl<T> Magazine<T> {
    /// Walks invariant (b), and shows the objects.
    pub(super) fn check(&self, mut show: impl FnMut(&T)) {
        assert!(self.objects.len() <= LEN_MAX, "(b)");
        let room = self.objects.capacity();
        assert!(room == 0 || room >= LEN_MAX, "(b): room for {room}");
        self.objects.iter().for_each(|object| show(object));
    }
}

#[cfg(test)]
impl<T> Locals<T> {
    /// Walks all magazines of threads while no thread uses the pool, and shows the objects.
    pub(super) fn check(&mut self, mut show: impl FnMut(&T)) {
        for local in &self.0 {
            // SAFETY: locals are alive as long as the pool, which nobody else uses.
            let (loaded, previous) =
                unsafe { (local.as_ref().loaded(), local.as_ref().previous()) };
            for magazine in [loaded, previous] {
                assert_eq!(
                    magazine.told_bytes, 0,
                    "a thread's magazine is on no account"
                );
                magazine.check(&mut show);
            }
        }
    }
}

impl<T: Recycle> Magazine<T> {
    /// Bytes of the magazine and its objects.
    pub(super) fn weigh(&self) -> usize {
        let each = self.objects.iter().map(|object| object.weigh());
        each.fold(
            LEN_MAX * (size_of::<T>() + size_of::<usize>()),
            usize::saturating_add,
        )
    }
}

/// What every local begins with, whatever its objects are.
#[repr(C)]
pub(super) struct Header {
    /// Its thread has ended.
    pub(super) is_vacant: AtomicBool,
}

/// A thread's two magazines. See the module.
#[repr(C)]
pub(super) struct Local<T> {
    header: Header,
    loaded: UnsafeCell<Magazine<T>>,
    previous: UnsafeCell<Magazine<T>>,
}

impl<T> Local<T> {
    /// The magazine that objects are taken from and put on.
    ///
    /// # Safety
    /// * The local is this thread's, and no other reference into it is alive.
    #[inline(always)]
    #[expect(
        clippy::mut_from_ref,
        reason = "the contract says that it is the only one"
    )]
    pub(super) unsafe fn loaded(&self) -> &mut Magazine<T> {
        // SAFETY: as this function's contract.
        unsafe { &mut *self.loaded.get() }
    }

    /// # Safety
    /// * As that of [`Local::loaded`].
    #[expect(clippy::mut_from_ref, reason = "as above")]
    unsafe fn previous(&self) -> &mut Magazine<T> {
        // SAFETY: as this function's contract.
        unsafe { &mut *self.previous.get() }
    }

    /// An object of either magazine.
    ///
    /// # Safety
    /// * As that of [`Local::loaded`].
    pub(super) unsafe fn take_previous(&self) -> Option<Box<T>> {
        // SAFETY: as this function's contract; they are two cells.
        let (loaded, previous) = unsafe { (self.loaded(), self.previous()) };
        if loaded.objects.is_empty() {
            core::mem::swap(loaded, previous);
        }
        loaded.pop()
    }

    /// Puts a magazine in the place of the empty one, and takes an object of it.
    ///
    /// # Safety
    /// * As that of [`Local::loaded`].
    pub(super) unsafe fn load(&self, magazine: Magazine<T>) -> Option<Box<T>> {
        // SAFETY: as this function's contract.
        let (loaded, previous) = unsafe { (self.loaded(), self.previous()) };
        debug_assert!(loaded.objects.is_empty(), "nothing is lost");
        if previous.objects.capacity() == 0 {
            core::mem::swap(loaded, previous);
        }
        let empty = core::mem::replace(loaded, magazine);
        drop(empty);
        loaded.pop()
    }

    /// Keeps the object; the magazine that had to make room for it comes out.
    ///
    /// # Errors
    /// The object, without memory for a magazine.
    ///
    /// # Safety
    /// * As that of [`Local::loaded`].
    pub(super) unsafe fn push_or_unload(
        &self,
        object: Box<T>,
    ) -> Result<Option<Magazine<T>>, Box<T>> {
        // SAFETY: as this function's contract.
        let (loaded, previous) = unsafe { (self.loaded(), self.previous()) };
        let object = match loaded.push(object) {
            Ok(()) => return Ok(None),
            Err(object) => object,
        };
        core::mem::swap(loaded, previous);
        let object = match loaded.push(object) {
            Ok(()) => return Ok(None),
            Err(object) => object,
        };
        // Both are full, or have no room at all.
        let Some(mut fresh) = Magazine::try_new() else {
            return Err(object);
        };
        fresh.push(object)?;
        let full = core::mem::replace(loaded, fresh);
        Ok(Some(full).filter(|full| !full.objects.is_empty()))
    }

    /// Both magazines, out.
    ///
    /// # Safety
    /// * As that of [`Local::loaded`].
    pub(super) unsafe fn empty(&self) -> [Magazine<T>; 2] {
        // SAFETY: as this function's contract.
        let (loaded, previous) = unsafe { (self.loaded(), self.previous()) };
        [loaded, previous].map(|magazine| core::mem::replace(magazine, Magazine::NONE))
    }
}

/// All locals of a pool. They are freed with it.
pub(super) struct Locals<T>(Vec<NonNull<Local<T>>>);

// SAFETY: a local is used under the rule of the module, and its objects are sent between threads.
unsafe impl<T: Send> Send for Locals<T> {}

impl<T> Locals<T> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// A local for the calling thread: that of an ended thread, with what it has, or a new one.
    pub(super) fn adopt_or_make(&mut self) -> Option<NonNull<Local<T>>> {
        for local in &self.0 {
            // SAFETY: locals are alive as long as the pool. Acquire pairs with the release of the
            // thread that ended: what it did is seen.
            let is_vacant = &unsafe { local.as_ref() }.header.is_vacant;
            if is_vacant.swap(false, Ordering::Acquire) {
                return Some(*local);
            }
        }
        self.0.try_reserve(1).ok()?;
        let local = Box::new(Local {
            header: Header {
                is_vacant: AtomicBool::new(false),
            },
            loaded: UnsafeCell::new(Magazine::NONE),
            previous: UnsafeCell::new(Magazine::NONE),
        });
        let local = NonNull::from(Box::leak(local));
        self.0.push(local);
        Some(local)
    }

    /// A magazine with objects of a thread that has ended.
    pub(super) fn of_ended(&mut self) -> Option<Magazine<T>> {
        self.0.iter().find_map(|local| {
            // SAFETY: as in `adopt_or_make`.
            let local = unsafe { local.as_ref() };
            if !local.header.is_vacant.load(Ordering::Acquire) {
                return None;
            }
            // SAFETY: no thread has it, and whoever would adopt it waits for the lock.
            let (loaded, previous) = unsafe { (local.loaded(), local.previous()) };
            let full = [loaded, previous]
                .into_iter()
                .find(|magazine| !magazine.objects.is_empty())?;
            Some(core::mem::replace(full, Magazine::NONE))
        })
    }
}

impl<T> Drop for Locals<T> {
    fn drop(&mut self) {
        /// Goes on behind an object whose drop panics.
        struct Rest<'l, T>(&'l mut Vec<NonNull<Local<T>>>);
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                while let Some(local) = self.0.pop() {
                    // SAFETY: made by `Box::leak`; the pool ends, so no thread is in it, and those
                    // that end later do not find its serial.
                    drop(unsafe { Box::from_raw(local.as_ptr()) });
                }
            }
        }
        let rest = Rest(&mut self.0);
        while let Some(local) = rest.0.pop() {
            // SAFETY: as above.
            drop(unsafe { Box::from_raw(local.as_ptr()) });
        }
    }
}
