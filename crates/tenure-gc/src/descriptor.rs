//! What the collectors know of a type: its size, and functions made for it.

use core::mem::{align_of, needs_drop, size_of};
use core::ptr::NonNull;

use crate::evacuate::Evacuator;
use crate::mark::Marker;
use crate::object::WORD_BYTES;
use crate::trace::{Counted, Edge, Relocator, Trace, Visitor};

/// Larger objects, and those aligned to more than [`ALIGN_MAX`], have a mapping of their own.
pub(crate) const SMALL_BYTES_MAX: usize = 32 << 10;
/// The greatest alignment of values that lie among others.
pub(crate) const ALIGN_MAX: usize = 16;

/// A type, as the collectors see it. Its address leaves eight bits free.
#[repr(C, align(256))]
pub(crate) struct Descriptor {
    /// Bytes of an object with its word; 0 if `array` says how to count them.
    pub(crate) bytes: usize,
    pub(crate) align: usize,
    pub(crate) needs_trace: bool,
    pub(crate) needs_drop: bool,
    /// Moves what the value points to.
    pub(crate) evacuate: unsafe fn(NonNull<u8>, &mut Evacuator<'_>),
    /// Marks what the value points to.
    pub(crate) mark: unsafe fn(NonNull<u8>, &mut Marker<'_>),
    /// Shows anybody what the value points to.
    pub(crate) show: unsafe fn(NonNull<u8>, &mut dyn Visitor<'static>),
    /// Lets anybody overwrite the slots.
    pub(crate) fix: unsafe fn(NonNull<u8>, &mut dyn Relocator<'static>),
    pub(crate) drop: unsafe fn(NonNull<u8>),
    pub(crate) name: fn() -> &'static str,
    /// What is known of arrays beyond that.
    pub(crate) array: Option<ArrayOf>,
}

/// What the collectors know of an array beyond what they know of each type.
pub(crate) struct ArrayOf {
    /// Bytes of the object with its word.
    pub(crate) bytes: unsafe fn(NonNull<u8>) -> usize,
    /// Elements.
    pub(crate) len: unsafe fn(NonNull<u8>) -> usize,
    /// Moves what elements in dirty cards point to.
    pub(crate) evacuate_dirty: unsafe fn(NonNull<u8>, &mut Evacuator<'_>),
    /// Marks what a range of elements points to.
    pub(crate) mark_range: unsafe fn(NonNull<u8>, usize, usize, &mut Marker<'_>),
    /// Marks what some elements written to point to, from a card on; gives the card to go on with.
    pub(crate) mark_written: unsafe fn(NonNull<u8>, usize, &mut Marker<'_>) -> Option<usize>,
}

impl Descriptor {
    /// The bytes of an object with its word, without a hash behind it.
    ///
    /// # Safety
    /// * `value` is a live value of the type.
    #[inline]
    pub(crate) unsafe fn bytes_of(&self, value: NonNull<u8>) -> usize {
        match &self.array {
            None => self.bytes,
            // SAFETY: by contract.
            Some(array) => unsafe { (array.bytes)(value) },
        }
    }
}

/// A type that has a descriptor: each that can be traced.
pub(crate) trait Described<'gc> {
    const DESCRIPTOR: Descriptor;
}

/// The bytes that a value of so many takes with its word: no less than two words, so that no value
/// lies where its mapping ends.
pub(crate) const fn object_bytes(value_bytes: usize) -> usize {
    let rounded = (value_bytes + (WORD_BYTES - 1)) & !(WORD_BYTES - 1);
    if rounded == 0 {
        2 * WORD_BYTES
    } else {
        WORD_BYTES + rounded
    }
}

impl<'gc, T: Trace<'gc>> Described<'gc> for T {
    const DESCRIPTOR: Descriptor = Descriptor {
        bytes: object_bytes(size_of::<T>()),
        align: align_of::<T>(),
        needs_trace: T::NEEDS_TRACE,
        needs_drop: needs_drop::<T>(),
        // SAFETY: a descriptor is only ever used on values of its type, and the collectors hold the
        // heap alone while they do.
        evacuate: |value, evacuator| unsafe { value.cast::<T>().as_mut() }.relocate(evacuator),
        // SAFETY: as above.
        mark: |value, marker| unsafe { value.cast::<T>().as_ref() }.trace(marker),
        // SAFETY: as above.
        show: |value, visitor| unsafe { value.cast::<T>().as_ref() }.trace(&mut Anybody(visitor)),
        // SAFETY: as above.
        fix: |value, fixer| unsafe { value.cast::<T>().as_mut() }.relocate(&mut Anybody(fixer)),
        // SAFETY: as above; who drops forgets the object.
        drop: |value| unsafe { value.cast::<T>().drop_in_place() },
        name: core::any::type_name::<T>,
        array: None,
    };
}

/// Takes pointers of any brand to somebody behind a table of functions. The brand is the heap's in
/// all of them: only the collectors make one.
pub(crate) struct Anybody<'a, D: ?Sized>(pub(crate) &'a mut D);

impl<'gc> Visitor<'gc> for Anybody<'_, dyn Visitor<'static> + '_> {
    fn field(&mut self, name: &'static str) {
        self.0.field(name);
    }
    fn element(&mut self, index: usize) {
        self.0.element(index);
    }
    fn strong(&mut self, to: Edge<'gc>) {
        self.0.strong(Edge::new(to.value()));
    }
    fn weak(&mut self, to: Edge<'gc>) {
        self.0.weak(Edge::new(to.value()));
    }
    fn counted(&mut self, to: Counted<'_>) {
        self.0.counted(to);
    }
}

impl<'gc> Relocator<'gc> for Anybody<'_, dyn Relocator<'static> + '_> {
    fn strong(&mut self, slot: &mut Edge<'gc>) {
        let mut edge = Edge::new(slot.value());
        self.0.strong(&mut edge);
        *slot = Edge::new(edge.value());
    }
}
