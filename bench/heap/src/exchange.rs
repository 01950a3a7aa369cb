//! A place where threads swap what they own, without a lock.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Holds one value or none. Whoever comes takes what lies there and leaves what he brings.
#[derive(Debug)]
pub(crate) struct Exchange<T>(AtomicPtr<T>);

impl<T: Send> Exchange<T> {
    /// With nothing in it.
    pub(crate) fn empty() -> Exchange<T> {
        Exchange(AtomicPtr::new(ptr::null_mut()))
    }

    /// Leaves `brought` and takes what lay there: one atomic exchange.
    pub(crate) fn swap(&self, brought: Option<Box<T>>) -> Option<Box<T>> {
        let brought = brought.map_or(ptr::null_mut(), Box::into_raw);
        // Release for the contents of what is left, Acquire for those of what is taken.
        let taken = self.0.swap(brought, Ordering::AcqRel);
        // SAFETY: what is not null came from `into_raw` above, and the exchange gave it to this
        // call alone.
        (!taken.is_null()).then(|| unsafe { Box::from_raw(taken) })
    }
}

impl<T> Drop for Exchange<T> {
    fn drop(&mut self) {
        let left = *self.0.get_mut();
        if !left.is_null() {
            // SAFETY: as in `swap`; nobody else can reach it any more.
            drop(unsafe { Box::from_raw(left) });
        }
    }
}
