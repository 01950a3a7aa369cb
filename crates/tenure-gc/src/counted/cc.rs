//! [`Cc`]: a handle to a counted value.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::{self, NonNull};

use super::header::{DYING, Header, QUIET, WEAK};
use super::lent::CcMut;
use super::reap;
use super::weak::WeakCc;
use crate::trace::{Counted, Relocator, Trace, Visitor};

/// What a counted heap holds: types that own all they hold, and no `Gc`.
///
/// Every `'static` type that derives [`Trace`] for any brand is one. So a pointer of a collected
/// heap, whose brand is one alone, cannot get in.
pub trait Countable: for<'gc> Trace<'gc> + 'static {}

impl<T: for<'gc> Trace<'gc> + 'static> Countable for T {}

/// A handle to a value that lives as long as some handle leads to it from outside of a cycle.
///
/// One word. To clone it adds one to a count; to drop it takes one off. Made by
/// [`CountedHeap::cc`](super::CountedHeap::cc). It stays on its thread.
///
/// A value that is changed while it is shared lies in a [`core::cell::RefCell`],
/// [`core::cell::Cell`] or [`core::cell::OnceCell`]; the collector looks into these, and takes what
/// lies in a `RefCell` that is borrowed mutably for in use.
///
/// ```
/// use std::cell::RefCell;
/// use tenure_gc::{Cc, CountedHeap, Trace};
///
/// #[derive(Trace)]
/// struct Node {
///     next: RefCell<Option<Cc<Node>>>,
/// }
///
/// let heap = CountedHeap::new();
/// let node = heap.cc(Node { next: RefCell::new(None) });
/// *node.next.borrow_mut() = Some(Cc::clone(&node)); // a cycle
/// drop(node);
/// assert_eq!(heap.stats().objects, 1);
/// assert_eq!(heap.collect().objects, 1);
/// assert_eq!(heap.stats().bytes, 0);
/// ```
#[repr(transparent)]
pub struct Cc<T: ?Sized> {
    value: NonNull<T>,
    owns: PhantomData<T>,
}

impl<T: ?Sized> Cc<T> {
    /// The handle to `value`, whose count has been raised for it.
    pub(super) fn adopt(value: NonNull<T>) -> Self {
        Self {
            value,
            owns: PhantomData,
        }
    }

    /// What stands before the value.
    #[inline(always)]
    pub(super) fn header(&self) -> &Header {
        // SAFETY: this handle keeps the block.
        unsafe { Header::before(self.value).as_ref() }
    }

    /// Where the value lies.
    pub(super) fn place(&self) -> NonNull<T> {
        self.value
    }

    /// Whether two handles lead to the same object.
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        ptr::addr_eq(this.value.as_ptr(), other.value.as_ptr())
    }

    /// The number of handles, those in cycles counted.
    #[must_use]
    pub fn strong_count(this: &Self) -> usize {
        this.header().strong.get() as usize
    }

    /// Whether the value is gone: true only for a handle that a `Drop` of the same cycle holds, or
    /// has given away.
    #[must_use]
    pub fn is_dead(this: &Self) -> bool {
        this.header().has(DYING)
    }

    /// A handle that does not keep the value.
    ///
    /// The first one of an object takes 16 bytes and a place in a table; the object itself is freed
    /// whether or not weak handles are left.
    #[must_use]
    pub fn downgrade(this: &Self) -> WeakCc<T> {
        WeakCc::to(this)
    }

    /// The value, mutably, if this is the only handle and no weak one is left.
    ///
    /// While it is lent the collector does not look into it: see [`CcMut`].
    #[must_use]
    pub fn get_mut(this: &mut Self) -> Option<CcMut<'_, T>> {
        let header = this.header();
        let only = header.strong.get() == 1 && !header.has(WEAK | DYING);
        only.then(|| CcMut::of(this))
    }

    /// The address of the value, as a pointer whose count is not given back.
    #[doc(hidden)]
    #[must_use]
    pub fn into_raw(this: Self) -> *const T {
        let value = this.value.as_ptr();
        core::mem::forget(this);
        value
    }

    /// The handle that [`Cc::into_raw`] took apart.
    ///
    /// # Safety
    /// `value` comes from there, once, at most coerced to a trait object or a slice.
    #[doc(hidden)]
    #[must_use]
    pub unsafe fn from_raw(value: *const T) -> Self {
        // SAFETY: a handle is never null.
        Self::adopt(unsafe { NonNull::new_unchecked(value.cast_mut()) })
    }

    /// Takes the object from its weak handles.
    pub(super) fn forsake(this: &Self) {
        super::weak::forsake(Header::before(this.value));
    }
}

impl<T: Countable + Clone> Cc<T> {
    /// The value, mutably; if others share it, this handle gets a copy of its own first.
    ///
    /// Weak handles to a value that nobody else shares lose it, as with
    /// [`alloc::rc::Rc::make_mut`].
    ///
    /// # Panics
    /// The value is dead: see [`Cc::is_dead`].
    pub fn make_mut(this: &mut Self) -> CcMut<'_, T> {
        let copy = (this.header().strong.get() != 1).then(|| T::clone(this));
        if let Some(copy) = copy {
            *this = super::heap::again(this, copy);
        } else {
            assert!(!Self::is_dead(this), "the value is dead");
            Self::forsake(this);
        }
        CcMut::of(this)
    }
}

/// Turns a `Cc<T>` into a `Cc<dyn Trait>` or a `Cc<[T]>`.
///
/// By name, because stable Rust lets only the standard library's pointers do so by themselves.
///
/// ```
/// use tenure_gc::{Cc, CountedHeap, unsize};
///
/// let heap = CountedHeap::new();
/// let shown: Cc<dyn std::fmt::Display> = unsize!(heap.cc(7) => dyn std::fmt::Display);
/// assert_eq!(shown.to_string(), "7");
/// ```
#[macro_export]
macro_rules! unsize {
    ($cc:expr => $into:ty) => {{
        let raw = $crate::Cc::into_raw($cc);
        // A coercion, not a cast: only what the compiler widens by itself.
        let raw: *const $into = raw;
        // SAFETY: it was taken apart one line above, and the coercion keeps address and value.
        unsafe { $crate::Cc::from_raw(raw) }
    }};
}

impl<T: ?Sized> Clone for Cc<T> {
    /// # Panics
    /// There would be 2³² handles.
    #[inline(always)]
    fn clone(&self) -> Self {
        let strong = &self.header().strong;
        strong.set(strong.get().wrapping_add(1));
        if strong.get() == 0 {
            too_many(self.header());
        }
        Self::adopt(self.value)
    }
}

/// Refuses a handle that the count has no room for.
#[cold]
#[inline(never)]
pub(super) fn too_many(header: &Header) {
    header.strong.set(u32::MAX);
    panic!("an object has 4294967295 handles; it can have no more");
}

impl<T: ?Sized> Drop for Cc<T> {
    #[inline(always)]
    fn drop(&mut self) {
        let header = self.header();
        let strong = header.strong.get().wrapping_sub(1);
        header.strong.set(strong);
        if strong == 0 {
            // SAFETY: this was the last handle.
            unsafe { reap::last(self.value) };
        } else if !header.has(QUIET) {
            super::heap::suspect(Header::before(self.value));
        }
    }
}

impl<T: ?Sized> Deref for Cc<T> {
    type Target = T;

    /// # Panics
    /// The value is dead, which only a `Drop` of the same cycle can find: [`Cc::is_dead`] asks.
    #[inline(always)]
    fn deref(&self) -> &T {
        if self.header().has(DYING) {
            dead();
        }
        // SAFETY: the value is there, by the flag; it is lent to nobody, since who lends it out
        // borrows the only handle.
        unsafe { self.value.as_ref() }
    }
}

/// Refuses a look at a value that is gone.
#[cold]
#[inline(never)]
fn dead() -> ! {
    panic!("a Cc was followed to a value that its cycle has already dropped; `Cc::is_dead` asks");
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Cc<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::is_dead(self) {
            true => formatter.write_str("Cc(dead)"),
            false => (**self).fmt(formatter),
        }
    }
}

// SAFETY: the one pointer is presented, and to nobody but counted heaps it is one.
unsafe impl<'gc, T: ?Sized + 'static> Trace<'gc> for Cc<T> {
    #[inline]
    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        visitor.counted(Counted::new(Header::before(self.value).cast()));
    }

    #[inline]
    fn relocate<R: Relocator<'gc>>(&mut self, _: &mut R) {}
}
