//! [`WeakCc`]: a handle that does not keep its value.
//!
//! **Shape.** Weak handles share a cell of 16 bytes that says whether the object is there. The
//! heap's table leads from the object to the cell, and only objects with weak handles are in it. So
//! a weak handle pins a cell and never the block of the object.

use alloc::boxed::Box;
use core::cell::Cell;
use core::fmt;
use core::ptr::NonNull;

use super::cc::{Cc, too_many};
use super::header::{DYING, Header, WEAK};
use crate::trace::{Relocator, Trace, Visitor};

/// What weak handles to one object share.
pub(super) struct WeakCell {
    /// The object, while it is there.
    target: Cell<Option<NonNull<Header>>>,
    /// Weak handles.
    handles: Cell<usize>,
}

/// A handle that does not keep its value: [`WeakCc::upgrade`] asks whether it is there.
///
/// Two words. It is cleared before the value is dropped, and, in a cycle, before any of the values
/// is.
pub struct WeakCc<T: ?Sized> {
    cell: NonNull<WeakCell>,
    /// Only followed while the cell has a target.
    value: NonNull<T>,
}

/// The cell of an object that may have one, made if it has none.
pub(super) fn cell(header: NonNull<Header>) -> NonNull<WeakCell> {
    // SAFETY: the caller holds a handle, or has not told of the object yet.
    let object = unsafe { header.as_ref() };
    // SAFETY: a heap lives as long as its objects.
    let heap = unsafe { object.kind().heap.as_ref() };
    let mut table = heap.weak.borrow_mut();
    let cell = *table.entry(header.addr().get()).or_insert_with(|| {
        NonNull::from(Box::leak(Box::new(WeakCell {
            target: Cell::new(Some(header)),
            handles: Cell::new(0),
        })))
    });
    object.set(WEAK);
    cell
}

/// Clears the weak handles to an object.
pub(super) fn forsake(header: NonNull<Header>) {
    // SAFETY: the caller keeps the block.
    let object = unsafe { header.as_ref() };
    if object.has(WEAK) {
        object.clear(WEAK);
        // SAFETY: a heap lives as long as its objects.
        let heap = unsafe { object.kind().heap.as_ref() };
        if let Some(cell) = heap.weak.borrow_mut().remove(&header.addr().get()) {
            // SAFETY: a cell in the table has handles, which keep it.
            unsafe { cell.as_ref() }.target.set(None);
        }
    }
}

impl<T: ?Sized> WeakCc<T> {
    /// A weak handle to the object of `handle`.
    pub(super) fn to(handle: &Cc<T>) -> Self {
        if handle.header().has(DYING) {
            let cell = Box::new(WeakCell {
                target: Cell::new(None),
                handles: Cell::new(0),
            });
            return Self::of(NonNull::from(Box::leak(cell)), handle.place());
        }
        Self::of(cell(Header::before(handle.place())), handle.place())
    }

    /// One more handle of a cell.
    pub(super) fn of(cell: NonNull<WeakCell>, value: NonNull<T>) -> Self {
        // SAFETY: the cell has just been made or found.
        let handles = unsafe { &cell.as_ref().handles };
        // Each handle has 16 bytes, but those that are forgotten have none.
        handles.set(
            handles
                .get()
                .checked_add(1)
                .expect("handles can be counted"),
        );
        Self { cell, value }
    }

    /// What the handles share.
    fn cell(&self) -> &WeakCell {
        // SAFETY: this handle keeps it.
        unsafe { self.cell.as_ref() }
    }

    /// A handle that keeps the value, if it is there.
    ///
    /// # Panics
    /// There would be 2³² handles.
    #[must_use]
    pub fn upgrade(&self) -> Option<Cc<T>> {
        let target = self.cell().target.get()?;
        // SAFETY: a target is there: its last handle clears the cell first.
        let header = unsafe { target.as_ref() };
        if header.has(DYING) {
            // Not born yet: `CountedHeap::cyclic` is still making it.
            return None;
        }
        let strong = header.strong.get().wrapping_add(1);
        header.strong.set(strong);
        if strong == 0 {
            too_many(header);
        }
        Some(Cc::adopt(self.value))
    }

    /// Whether two weak handles are to the same object.
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        this.cell == other.cell
    }
}

impl<T: ?Sized> Clone for WeakCc<T> {
    fn clone(&self) -> Self {
        Self::of(self.cell, self.value)
    }
}

impl<T: ?Sized> Drop for WeakCc<T> {
    fn drop(&mut self) {
        let left = self.cell().handles.get() - 1;
        self.cell().handles.set(left);
        if left > 0 {
            return;
        }
        if let Some(target) = self.cell().target.get() {
            forsake(target);
        }
        // SAFETY: it came from a box, no handle is left, and the table has forgotten it.
        drop(unsafe { Box::from_raw(self.cell.as_ptr()) });
    }
}

impl<T: ?Sized> fmt::Debug for WeakCc<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("WeakCc")
    }
}

// SAFETY: it keeps nothing, so there is nothing to present; it is `'static`, so of no brand.
unsafe impl<'gc, T: ?Sized + 'static> Trace<'gc> for WeakCc<T> {
    const NEEDS_TRACE: bool = false;

    fn trace<V: Visitor<'gc>>(&self, _: &mut V) {}

    fn relocate<R: Relocator<'gc>>(&mut self, _: &mut R) {}
}
