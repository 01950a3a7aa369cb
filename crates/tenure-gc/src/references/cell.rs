//! Cells: the small objects that references are pointers to.
//!
//! **Shape:** `[target: 8]`, and behind it what the kind of reference needs. A program holds a
//! strong pointer to the cell; the cell's pointer to its target keeps nothing, and the heap lists
//! every cell by where it lies. So a reference is `Copy`, a slot that holds one needs no treatment
//! of its own, and a pause goes over cells, not over all objects that may hold references.

use core::cell::Cell;
use core::ptr::NonNull;

use crate::descriptor::{Descriptor, object_bytes};
use crate::mark::Marker;
use crate::mutation::Mutation;
use crate::object::{Object, Word};
use crate::trace::Edge;

/// The beginning of every cell.
#[repr(C)]
pub(crate) struct Target(Cell<Option<NonNull<u8>>>);

impl Target {
    pub(crate) fn new(value: NonNull<u8>) -> Self {
        Self(Cell::new(Some(value)))
    }

    pub(crate) fn get(&self) -> Option<NonNull<u8>> {
        self.0.get()
    }

    pub(crate) fn set(&self, value: Option<NonNull<u8>>) {
        self.0.set(value);
    }
}

/// The target of the cell whose value lies at `cell`.
///
/// # Safety
/// * A cell lies there, or lay there until it moved away in this pause; nobody else uses it for as
///   long as the reference is used.
pub(crate) unsafe fn target<'a>(cell: NonNull<u8>) -> &'a Target {
    // SAFETY: every cell begins with one; of what has moved away only the word is overwritten.
    unsafe { cell.cast::<Target>().as_ref() }
}

/// What the kinds of cells differ in, as the collectors see it.
pub(crate) const fn descriptor<C>(
    evacuate: unsafe fn(NonNull<u8>, &mut crate::evacuate::Evacuator<'_>),
    mark: unsafe fn(NonNull<u8>, &mut Marker<'_>),
    name: fn() -> &'static str,
) -> Descriptor {
    Descriptor {
        bytes: object_bytes(size_of::<C>()),
        align: align_of::<C>(),
        needs_trace: true,
        needs_drop: false,
        evacuate,
        mark,
        show: |cell, visitor| {
            // SAFETY: the descriptor is a cell's.
            if let Some(value) = unsafe { target(cell) }.get() {
                visitor.weak(Edge::new(value));
            }
        },
        fix: |cell, fixer| {
            // SAFETY: the descriptor is a cell's.
            let target = unsafe { target(cell) };
            if let Some(value) = target.get() {
                let mut edge = Edge::new(value);
                fixer.strong(&mut edge);
                target.set(Some(edge.value()));
            }
        },
        drop: |_| (),
        name,
        array: None,
    }
}

impl<'gc> Mutation<'gc> {
    /// Puts a value into Eden whose descriptor is not its type's.
    ///
    /// # Safety
    /// * The descriptor fits the type, which is small and not aligned to more than a word.
    ///
    /// # Panics
    /// When there is no room.
    pub(crate) unsafe fn place<C>(&self, value: C, descriptor: &'static Descriptor) -> NonNull<u8> {
        debug_assert!(descriptor.bytes == object_bytes(size_of::<C>()) && align_of::<C>() <= 8);
        match self.small(descriptor.bytes, false) {
            // SAFETY: the place is a new object's with room for the type.
            Ok(place) => unsafe {
                place.set_word(Word::of(descriptor));
                let at = place.value();
                at.cast::<C>().write(value);
                if descriptor.needs_drop {
                    self.state().note_drop(at);
                }
                at
            },
            Err(full) => panic!("{full}"),
        }
    }

    /// What a weak pointer leads to is in use again: a mark that is under way must reach it, for
    /// nothing that it has yet to see may lead there.
    #[inline]
    pub(crate) fn keep(&self, value: NonNull<u8>) {
        // SAFETY: the reference ends with this function, and a marker calls nobody here.
        let memory = unsafe { self.state().memory() };
        if memory.old.marking {
            Marker::new(memory).shade(Object::of_value(value));
        }
    }
}
