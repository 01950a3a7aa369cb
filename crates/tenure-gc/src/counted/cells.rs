//! [`Trace`] for cells, as long as what lies in them holds no pointer of a brand.
//!
//! A collected heap must hear of each store, so a `Gc` lies in no cell: the bound here is one that
//! no branded pointer meets, since it is `Trace` for its own brand alone. Counts need no barrier.

use core::cell::{Cell, OnceCell, RefCell};

use super::cc::Countable;
use crate::trace::{Relocator, Trace, Visitor};

// SAFETY: what the cell holds is presented, or, while somebody holds it mutably, nothing: that is
// counted as handles from elsewhere. The flag is read and not written. No slot is of a brand.
unsafe impl<'gc, T: Countable> Trace<'gc> for RefCell<T> {
    const NEEDS_TRACE: bool = <T as Trace<'gc>>::NEEDS_TRACE;

    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        // SAFETY: the borrow ends with this call, which runs no code that could borrow the cell:
        // visitors run none of their user's.
        if let Ok(value) = unsafe { self.try_borrow_unguarded() } {
            value.trace(visitor);
        }
    }

    fn relocate<R: Relocator<'gc>>(&mut self, _: &mut R) {}
}

// SAFETY: what the cell holds is presented. No slot is of a brand.
unsafe impl<'gc, T: Countable> Trace<'gc> for Cell<T> {
    const NEEDS_TRACE: bool = <T as Trace<'gc>>::NEEDS_TRACE;

    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        // SAFETY: a cell stays on its thread, none of its methods calls back in the middle of a
        // change, and no visitor changes it: so nobody writes while this reference lives.
        unsafe { &*self.as_ptr() }.trace(visitor);
    }

    fn relocate<R: Relocator<'gc>>(&mut self, _: &mut R) {}
}

// SAFETY: what the cell holds is presented. No slot is of a brand.
unsafe impl<'gc, T: Countable> Trace<'gc> for OnceCell<T> {
    const NEEDS_TRACE: bool = <T as Trace<'gc>>::NEEDS_TRACE;

    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        if let Some(value) = self.get() {
            value.trace(visitor);
        }
    }

    fn relocate<R: Relocator<'gc>>(&mut self, _: &mut R) {}
}
