//! The contract between a type and the collectors: [`Trace`] shows each pointer of a value.

use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::NonNull;

/// Shows the collectors every pointer to a collected object that a value holds.
///
/// One derive writes both methods from one list of fields. [`Trace::trace`] reads: marking,
/// snapshots, logs of old values, cycles of counted objects. [`Trace::relocate`] may overwrite the
/// slots: it runs when objects move, while nothing else can reach the value.
///
/// # Safety
/// * Both methods present each slot of the value itself, every one of them, exactly once and in the
///   same order; what another object holds is not presented.
/// * They touch nothing but the value: no thread-local, no count that is not atomic, no lock that
///   may be held, and no dereference of the pointers presented.
/// * They never write but through the relocator, not even a discriminant that stays the same.
/// * [`Trace::NEEDS_TRACE`] is false only if the value presents nothing, ever.
/// * A pointer of the brand `'gc` hides behind nothing that is shared or hashed: not in a
///   [`core::cell::Cell`] (there is no barrier), not behind a reference or a shared count (it would
///   be presented twice), not in the key of a map (its hash may follow the address).
/// * The type's `Drop`, if it has one, follows no such pointer: what it leads to may be gone.
/// * The implementation is for the brand of the pointers that the value holds, and for that alone.
#[diagnostic::on_unimplemented(
    message = "the collectors cannot look into `{Self}`",
    label = "not `Trace`",
    note = "`#[derive(Trace)]` on a type of your own shows them its fields",
    note = "no `Gc` lies in a `Cell` or `RefCell`: use `Lock` or `RefLock`, which tell the heap",
    note = "none behind `Rc`, `Arc` or `&`, or in the key of a map: use `Gc` itself, or `GcMap`",
    note = "a field that holds no `Gc` and is `'static` is left out by `#[trace(static)]`"
)]
pub unsafe trait Trace<'gc> {
    /// Whether values of the type may hold pointers. Objects of types that do not are never looked
    /// into.
    const NEEDS_TRACE: bool = true;

    /// Whether [`Trace::trace`] may run while the owner of the heap writes to the value.
    const CONCURRENT: bool = false;

    /// Presents each pointer.
    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V);

    /// Presents each slot, which may be overwritten.
    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R);
}

/// A pointer to an object whose type is not told: the address of its value.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Edge<'gc> {
    value: NonNull<u8>,
    /// Invariant: an edge of one heap is none of another.
    brand: PhantomData<Cell<&'gc ()>>,
}

impl<'gc> Edge<'gc> {
    /// The edge to the value at `value`.
    pub(crate) fn new(value: NonNull<u8>) -> Self {
        Self {
            value,
            brand: PhantomData,
        }
    }

    /// Where the value lies.
    pub(crate) fn value(self) -> NonNull<u8> {
        self.value
    }
}

/// Who is shown the pointers of a value.
pub trait Visitor<'gc> {
    /// Names the field that the next pointers are of. Nothing by default: names cost nothing where
    /// nobody asks for them.
    fn field(&mut self, name: &'static str) {
        let _ = name;
    }

    /// Says that the next pointers are of the element at `index`.
    fn element(&mut self, index: usize) {
        let _ = index;
    }

    /// A pointer that keeps its object.
    fn strong(&mut self, to: Edge<'gc>);

    /// A pointer that does not keep its object.
    fn weak(&mut self, to: Edge<'gc>) {
        let _ = to;
    }

    /// A pointer to an object of a counted heap.
    fn counted(&mut self, to: Counted<'_>) {
        let _ = to;
    }
}

/// Who may overwrite the pointers of a value.
pub trait Relocator<'gc> {
    /// A slot that keeps its object.
    fn strong(&mut self, slot: &mut Edge<'gc>);
}

/// A pointer to a counted object, of which only the counted heaps know more.
#[derive(Clone, Copy)]
pub struct Counted<'a> {
    header: NonNull<u8>,
    borrow: PhantomData<&'a ()>,
}

impl Counted<'_> {
    /// The pointer to the counted object whose header lies at `header`.
    pub(crate) fn new(header: NonNull<u8>) -> Self {
        Self {
            header,
            borrow: PhantomData,
        }
    }

    /// Where the header lies.
    pub(crate) fn header(self) -> NonNull<u8> {
        self.header
    }
}
