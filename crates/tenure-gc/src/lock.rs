//! Cells that are written only with leave of the barrier: [`Lock`], [`RefLock`], [`OnceLock`].

use core::cell::{BorrowError, BorrowMutError, Cell, OnceCell, Ref, RefCell, RefMut};

use crate::trace::{Relocator, Trace, Visitor};
use crate::write::Write;

/// A `Cell` for values that hold pointers: anybody reads, [`Write`] is what sets.
#[derive(Default)]
#[repr(transparent)]
pub struct Lock<T>(Cell<T>);

impl<T> Lock<T> {
    /// A cell with that value.
    #[inline]
    pub const fn new(value: T) -> Self {
        Self(Cell::new(value))
    }

    /// The value that it was made of or last set to.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }

    /// The value, for who holds the cell alone. An object's cell is never held alone.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

impl<T: Copy> Lock<T> {
    /// A copy of the value.
    #[inline]
    pub fn get(&self) -> T {
        self.0.get()
    }
}

impl<T> Write<Lock<T>> {
    /// Sets the value; the old one is dropped.
    #[inline]
    pub fn set(&self, value: T) {
        self.inner().0.set(value);
    }

    /// Sets the value and gives the old one.
    #[inline]
    pub fn replace(&self, value: T) -> T {
        self.inner().0.replace(value)
    }
}

// SAFETY: the value is presented; the collector runs while nobody else reads or writes the cell.
unsafe impl<'gc, T: Trace<'gc> + Copy> Trace<'gc> for Lock<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;

    #[inline]
    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        if T::NEEDS_TRACE {
            self.0.get().trace(visitor);
        }
    }

    #[inline]
    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        self.0.get_mut().relocate(relocator);
    }
}

/// A `RefCell` for values that hold pointers: anybody borrows to read, [`Write`] borrows to write.
#[derive(Default)]
#[repr(transparent)]
pub struct RefLock<T>(RefCell<T>);

impl<T> RefLock<T> {
    /// A cell with that value.
    pub const fn new(value: T) -> Self {
        Self(RefCell::new(value))
    }

    /// Borrows to read.
    ///
    /// # Panics
    /// When it is borrowed to write.
    #[track_caller]
    pub fn borrow(&self) -> Ref<'_, T> {
        self.0.borrow()
    }

    /// Borrows to read, if nobody writes.
    ///
    /// # Errors
    /// When it is borrowed to write.
    pub fn try_borrow(&self) -> Result<Ref<'_, T>, BorrowError> {
        self.0.try_borrow()
    }

    /// The value, for who holds the cell alone.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }
}

impl<T> Write<RefLock<T>> {
    /// Borrows to write.
    ///
    /// # Panics
    /// When it is borrowed already.
    #[track_caller]
    pub fn borrow_mut(&self) -> RefMut<'_, T> {
        self.inner().0.borrow_mut()
    }

    /// Borrows to write, if nobody has borrowed it.
    ///
    /// # Errors
    /// When it is borrowed already.
    pub fn try_borrow_mut(&self) -> Result<RefMut<'_, T>, BorrowMutError> {
        self.inner().0.try_borrow_mut()
    }
}

// SAFETY: the value is presented. No borrow outlives a mutation but one that was forgotten, and
// nobody uses that one: so the collector may look past the flag, here and in `relocate`.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for RefLock<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;

    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        if T::NEEDS_TRACE {
            // SAFETY: tracing happens between mutations, or within one on the first call of the
            // barrier on this object, before which nobody can have borrowed the cell to write.
            unsafe { &*self.0.as_ptr() }.trace(visitor);
        }
    }

    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        self.0.get_mut().relocate(relocator);
    }
}

/// A cell that is set once.
#[derive(Default)]
#[repr(transparent)]
pub struct OnceLock<T>(OnceCell<T>);

impl<T> OnceLock<T> {
    /// An empty cell.
    pub const fn new() -> Self {
        Self(OnceCell::new())
    }

    /// The value, once there is one.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.0.get()
    }
}

impl<T> Write<OnceLock<T>> {
    /// Sets the value, unless there is one.
    ///
    /// # Errors
    /// The value given, when the cell is set already.
    pub fn set(&self, value: T) -> Result<(), T> {
        self.inner().0.set(value)
    }
}

// SAFETY: the value, if there is one, is presented.
unsafe impl<'gc, T: Trace<'gc>> Trace<'gc> for OnceLock<T> {
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;

    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        if let Some(value) = self.0.get() {
            value.trace(visitor);
        }
    }

    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        if let Some(value) = self.0.get_mut() {
            value.relocate(relocator);
        }
    }
}
