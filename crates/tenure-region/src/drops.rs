//! The values that a region has adopted, and drops at its end: a list through the values' memory.
//!
//! **Shape:** each entry is a [`Node`] in front of its value; the cell of the list has the newest.
//! **Invariants:** (a) a value is on the list from when it was written until just before its drop
//! begins, so no value is dropped twice, also when a drop panics; (b) the list runs from the newest
//! to the oldest.

use core::cell::Cell;
use core::ptr::{NonNull, drop_in_place};

/// The list's head, or what is behind an entry.
pub(crate) type Link = Option<NonNull<Node>>;

/// The head of an entry.
pub(crate) struct Node {
    older: Link,
    /// Drops the value of the entry whose node this is.
    drop: unsafe fn(NonNull<Node>),
}

/// A value that is on the list. `repr(C)`: a pointer to the entry is one to its node.
#[repr(C)]
pub(crate) struct Entry<T> {
    node: Node,
    value: T,
}

/// Puts a value into `place` and on the list; its address.
///
/// # Safety
/// * `place` is free memory for an entry, and stays so until the list was run past it or is
///   forgotten.
/// * `T` may be dropped at any later time on whichever thread runs the list.
pub(crate) unsafe fn push<T>(list: &Cell<Link>, place: NonNull<Entry<T>>, value: T) -> NonNull<T> {
    let node = Node {
        older: list.get(),
        drop: drop_value::<T>,
    };
    // SAFETY: the place is free memory for an entry by contract.
    unsafe { place.write(Entry { node, value }) };
    list.set(Some(place.cast()));
    // SAFETY: the field of the entry that was written just now.
    unsafe { NonNull::new_unchecked(&raw mut (*place.as_ptr()).value) }
}

/// Drops the value of an entry.
unsafe fn drop_value<T>(node: NonNull<Node>) {
    let entry = node.cast::<Entry<T>>();
    // SAFETY: `push` made the node the first field of an `Entry<T>` with this very `T`; `run` took
    // it off the list first (invariant a).
    unsafe { drop_in_place(&raw mut (*entry.as_ptr()).value) };
}

/// Drops what was adopted after `until`, the newest first. When a drop panics, the others are still
/// dropped; a second panic ends the process, as everywhere in Rust.
///
/// # Safety
/// * The entries newer than `until` still have their memory, and nobody uses their values.
/// * `until` is on the list, or is none.
pub(crate) unsafe fn run(list: &Cell<Link>, until: Link) {
    struct Rest<'a>(&'a Cell<Link>, Link);
    impl Rest<'_> {
        fn go(&self) {
            while self.0.get() != self.1 {
                let Some(node) = self.0.get() else { return };
                // SAFETY: on the list, so alive (contract of `run`).
                let (older, drop) = unsafe { (node.as_ref().older, node.as_ref().drop) };
                self.0.set(older);
                // SAFETY: the entry is off the list now, and nobody uses its value.
                unsafe { drop(node) };
            }
        }
    }
    impl Drop for Rest<'_> {
        fn drop(&mut self) {
            self.go();
        }
    }
    let rest = Rest(list, until);
    rest.go();
    core::mem::forget(rest);
}
