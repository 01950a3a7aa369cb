//! [`Root`]: a handle that keeps an object from outside of mutations.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::root::Rootable;
use crate::trace::{Edge, Relocator, Visitor};

/// The slots of one heap's handles.
#[derive(Default)]
pub(crate) struct Handles {
    slots: RefCell<Slots>,
}

#[derive(Default)]
struct Slots {
    slots: Vec<Slot>,
    /// The first free slot.
    free: Option<usize>,
}

enum Slot {
    /// The value that is held, and by how many handles.
    Held { value: NonNull<u8>, count: usize },
    /// The next free slot.
    Free(Option<usize>),
}

impl Handles {
    /// Takes a slot for a value. Gives its number.
    pub(crate) fn hold(&self, value: NonNull<u8>) -> usize {
        let mut table = self.slots.borrow_mut();
        let held = Slot::Held { value, count: 1 };
        let Some(index) = table.free else {
            table.slots.push(held);
            return table.slots.len() - 1;
        };
        if let Slot::Free(next) = core::mem::replace(&mut table.slots[index], held) {
            table.free = next;
        }
        index
    }

    /// What a slot holds.
    pub(crate) fn value(&self, index: usize) -> Option<NonNull<u8>> {
        match self.slots.borrow().slots[index] {
            Slot::Held { value, .. } => Some(value),
            Slot::Free(_) => None,
        }
    }

    fn retain(&self, index: usize) {
        if let Slot::Held { count, .. } = &mut self.slots.borrow_mut().slots[index] {
            *count += 1;
        }
    }

    /// One holder of a slot less; the last one gives it back.
    pub(crate) fn release(&self, index: usize) {
        let mut table = self.slots.borrow_mut();
        let free = table.free;
        if let Slot::Held { count, .. } = &mut table.slots[index] {
            *count -= 1;
            if *count == 0 {
                table.slots[index] = Slot::Free(free);
                table.free = Some(index);
            }
        }
    }

    /// Shows the slots to whom may overwrite them.
    pub(crate) fn relocate(&self, relocator: &mut impl Relocator<'static>) {
        for slot in &mut self.slots.borrow_mut().slots {
            if let Slot::Held { value, .. } = slot {
                let mut edge = Edge::new(*value);
                relocator.strong(&mut edge);
                *value = edge.value();
            }
        }
    }

    /// Shows what is held.
    pub(crate) fn trace<V: Visitor<'static> + ?Sized>(&self, visitor: &mut V) {
        for (index, slot) in self.slots.borrow().slots.iter().enumerate() {
            if let Slot::Held { value, .. } = slot {
                visitor.element(index);
                visitor.strong(Edge::new(*value));
            }
        }
    }
}

/// A handle: keeps a value of a heap between mutations, without a place in the heap's root.
///
/// Made by [`crate::Mutation::hold`], read by [`crate::Mutation::held`]. A clone is an index and a
/// count; the value lives as long as one of them, and as the heap.
pub struct Root<R: Rootable> {
    handles: Rc<Handles>,
    index: usize,
    root: PhantomData<fn() -> R>,
}

impl<R: Rootable> Root<R> {
    /// A handle on the object with that value, an `R::At`.
    pub(crate) fn new(handles: Rc<Handles>, value: NonNull<u8>) -> Self {
        let index = handles.hold(value);
        Self {
            handles,
            index,
            root: PhantomData,
        }
    }

    /// Where the value lies, if the handle is of the heap with these slots.
    pub(crate) fn value_in(&self, handles: &Rc<Handles>) -> Option<NonNull<u8>> {
        if Rc::ptr_eq(&self.handles, handles) {
            self.handles.value(self.index)
        } else {
            None
        }
    }
}

impl<R: Rootable> Clone for Root<R> {
    fn clone(&self) -> Self {
        self.handles.retain(self.index);
        Self {
            handles: self.handles.clone(),
            index: self.index,
            root: PhantomData,
        }
    }
}

impl<R: Rootable> Drop for Root<R> {
    fn drop(&mut self) {
        self.handles.release(self.index);
    }
}
