//! What stands before each counted value: its count, its state, its kind.
//!
//! **Shape.** Sixteen bytes, right before the value, so that a handle to a trait object finds them
//! too:
//! ```text
//! strong u32 │ state u32: 6 bits, slot 26 bits │ kind: pointer
//! ```
//! A value aligned to more than 16 bytes has padding before the header.
//!
//! **Invariants.**
//! A. `strong` is the number of handles, but for an object that is not born yet: 0.
//! B. `LISTED`: the slot is the place in the heap's list, or, with `TRIAL`, in the set on trial.
//! C. `WEAK`: the heap's table has a cell for weak handles to the object.
//! D. `DYING`: the value must not be looked at. With `TRIAL`: it is gone, and the block is kept for
//!    the handles that are left.
//! E. `ACYCLIC`: the type holds no handle; the object is never listed.

use alloc::alloc::{alloc, dealloc, handle_alloc_error};
use core::alloc::Layout;
use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::NonNull;

use super::cc::Countable;
use super::heap::Inner;
use crate::trace::{Counted, Edge, Trace, Visitor};

/// Bytes of a header.
pub(super) const HEADER_BYTES: usize = size_of::<Header>();
/// Bits of the state that are a slot.
const SLOT_BITS: u32 = 26;
/// The slot, as a mask; also the highest one.
pub(super) const SLOT_MASK: u32 = (1 << SLOT_BITS) - 1;

/// The type holds no handle.
pub(super) const ACYCLIC: u32 = 1 << 26;
/// In the list of the heap, or on trial.
pub(super) const LISTED: u32 = 1 << 27;
/// On trial.
pub(super) const TRIAL: u32 = 1 << 28;
/// There are weak handles.
pub(super) const WEAK: u32 = 1 << 29;
/// Somebody holds the value mutably, so nobody looks into it.
pub(super) const LENT: u32 = 1 << 30;
/// The value is not there yet, or not any more.
pub(super) const DYING: u32 = 1 << 31;
/// A fall of the count tells nothing new.
pub(super) const QUIET: u32 = ACYCLIC | LISTED | DYING;

const _: () = assert!(HEADER_BYTES == 16);

/// What stands before a value.
pub(super) struct Header {
    /// Handles.
    pub(super) strong: Cell<u32>,
    /// Flags and slot.
    pub(super) state: Cell<u32>,
    /// The type, in this heap.
    kind: NonNull<Kind>,
}

/// A type, as one heap knows it.
pub(super) struct Kind {
    /// The heap.
    pub(super) heap: NonNull<Inner>,
    /// The type, as every heap knows it.
    pub(super) descriptor: &'static Descriptor,
    /// Objects of the type that are there.
    pub(super) objects: Cell<usize>,
    /// Blocks that are free and kept for the next objects: the last one given back. Each begins
    /// with the address of the next.
    spare: Cell<Option<NonNull<u8>>>,
    /// Bytes of these.
    spare_bytes: Cell<usize>,
}

/// Bytes of blocks that a type keeps for its next objects. None under a checker of memory, which is
/// to see each block end.
const SPARE_BYTES_MAX: usize = if cfg!(any(miri, tenure_memcheck)) {
    0
} else {
    256 << 10
};

/// A block: a header and a value.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub(super) layout: Layout,
    /// From its beginning to the value, in bytes.
    offset: usize,
}

impl Block {
    /// The block for a value; none if it would be too large.
    #[inline(always)]
    const fn of(value_bytes: usize, value_align: usize) -> Option<Self> {
        let align = if value_align > align_of::<Header>() {
            value_align
        } else {
            align_of::<Header>()
        };
        let offset = if align > HEADER_BYTES {
            align
        } else {
            HEADER_BYTES
        };
        match Layout::from_size_align(offset + value_bytes, align) {
            Ok(layout) => Some(Self { layout, offset }),
            Err(_) => None,
        }
    }

    /// The block of a value that has one.
    #[inline(always)]
    pub(super) fn around<T: ?Sized>(value: &T) -> Self {
        let block = Self::of(size_of_val(value), align_of_val(value));
        // SAFETY: the block was made by the same numbers, so they are not too large.
        unsafe { block.unwrap_unchecked() }
    }
}

/// What is known of a type.
pub(super) struct Descriptor {
    /// Its blocks.
    pub(super) block: Block,
    /// Whether objects of the type can be in a cycle.
    needs_trace: bool,
    /// Drops the value.
    drop_value: unsafe fn(*mut u8),
    /// Shows the handles in the value.
    edges: unsafe fn(*const u8, &mut Edges),
}

/// The descriptor of a type.
struct Of<T>(PhantomData<T>);

impl<T: Countable> Of<T> {
    const DESCRIPTOR: Descriptor = {
        let Some(block) = Block::of(size_of::<T>(), align_of::<T>()) else {
            panic!("the type is too large");
        };
        Descriptor {
            block,
            needs_trace: <T as Trace<'static>>::NEEDS_TRACE,
            drop_value: drop_value::<T>,
            edges: edges::<T>,
        }
    };
}

/// Drops the value of type `T` at `value`.
///
/// # Safety
/// It is there, nobody looks at it, and it is not looked at again.
unsafe fn drop_value<T>(value: *mut u8) {
    // SAFETY: passed on to the caller.
    unsafe { value.cast::<T>().drop_in_place() }
}

/// Shows the handles in the value of type `T` at `value`.
///
/// # Safety
/// The value is there, and nobody holds it mutably.
unsafe fn edges<T: Countable>(value: *const u8, found: &mut Edges) {
    // SAFETY: passed on to the caller.
    let value = unsafe { &*value.cast::<T>() };
    <T as Trace<'static>>::trace(value, found);
}

/// The objects that a value holds handles to, as far as they can be in a cycle of its heap.
pub(super) struct Edges {
    heap: NonNull<Inner>,
    /// What was found and not taken yet.
    pub(super) found: alloc::vec::Vec<NonNull<Header>>,
}

impl Edges {
    /// Of objects of `heap`.
    pub(super) fn of(heap: NonNull<Inner>) -> Self {
        Self {
            heap,
            found: alloc::vec::Vec::new(),
        }
    }

    /// Finds the handles in the value behind a header; none if somebody holds it mutably.
    ///
    /// # Safety
    /// The block is there.
    pub(super) unsafe fn look(&mut self, at: NonNull<Header>) {
        // SAFETY: the caller keeps the block.
        let header = unsafe { at.as_ref() };
        if header.has(LENT | DYING) {
            return;
        }
        let edges = header.kind().descriptor.edges;
        // SAFETY: the value is there and lent to nobody, by the flags just read (invariant D; a
        // `CcMut` sets the other).
        unsafe { edges(Header::value_of(at).as_ptr(), self) };
    }
}

impl Visitor<'static> for Edges {
    fn strong(&mut self, _: Edge<'static>) {}

    fn counted(&mut self, to: Counted<'_>) {
        let to = to.header().cast::<Header>();
        // SAFETY: the handle just shown keeps the block.
        let header = unsafe { to.as_ref() };
        if !header.has(ACYCLIC | DYING) && header.kind().heap == self.heap {
            self.found.push(to);
        }
    }
}

impl Kind {
    /// A type, in a heap.
    pub(super) fn new<T: Countable>(heap: NonNull<Inner>) -> Self {
        Self {
            heap,
            descriptor: Self::descriptor::<T>(),
            objects: Cell::new(0),
            spare: Cell::new(None),
            spare_bytes: Cell::new(0),
        }
    }

    /// Memory for an object.
    #[inline(always)]
    fn block(&self, layout: Layout) -> NonNull<u8> {
        if let Some(spare) = self.spare.get() {
            // SAFETY: a spare block begins with the address of the next.
            self.spare.set(unsafe { spare.cast().read() });
            self.spare_bytes.set(self.spare_bytes.get() - layout.size());
            return spare;
        }
        // SAFETY: no layout of a descriptor is empty: it holds a header.
        let block = unsafe { alloc(layout) };
        NonNull::new(block).unwrap_or_else(|| handle_alloc_error(layout))
    }

    /// Keeps the memory of an object for the next, or gives it back.
    ///
    /// # Safety
    /// It is a block of this type, and nobody has it.
    #[inline(always)]
    unsafe fn give_back(&self, block: NonNull<u8>, layout: Layout) {
        let bytes = self.spare_bytes.get() + layout.size();
        if bytes <= SPARE_BYTES_MAX {
            // SAFETY: the block is at least a header, and so has room for an address and its
            // alignment; nobody has it, by the caller's promise.
            unsafe { block.cast().write(self.spare.get()) };
            self.spare.set(Some(block));
            self.spare_bytes.set(bytes);
        } else {
            // SAFETY: it has that layout (`block`), and nobody has it.
            unsafe { dealloc(block.as_ptr(), layout) };
        }
    }

    /// A type.
    pub(super) fn descriptor<T: Countable>() -> &'static Descriptor {
        &Of::<T>::DESCRIPTOR
    }
}

impl Drop for Kind {
    fn drop(&mut self) {
        let layout = self.descriptor.block.layout;
        while let Some(spare) = self.spare.get() {
            // SAFETY: a spare block has the type's layout and begins with the next's address.
            unsafe {
                self.spare.set(spare.cast().read());
                dealloc(spare.as_ptr(), layout);
            }
        }
    }
}

impl Header {
    /// A block for a value of `kind`, with a header that says so many handles and these flags.
    ///
    /// # Safety
    /// `kind` lives as long as the block, and is that of a type with this descriptor.
    #[inline(always)]
    pub(super) unsafe fn allocate(
        kind: NonNull<Kind>,
        descriptor: &Descriptor,
        strong: u32,
        flags: u32,
    ) -> NonNull<Self> {
        let Block { layout, offset } = descriptor.block;
        // SAFETY: it lives, by the caller's promise.
        let of = unsafe { kind.as_ref() };
        let block = of.block(layout);
        of.objects.set(of.objects.get() + 1);
        // SAFETY: offset and header lie in the block, by the making of the descriptor.
        let header = unsafe { block.add(offset - HEADER_BYTES) }.cast::<Self>();
        let acyclic = if descriptor.needs_trace { 0 } else { ACYCLIC };
        let new = Self {
            strong: Cell::new(strong),
            state: Cell::new(acyclic | flags),
            kind,
        };
        // SAFETY: the place is in the block and aligned: so is its beginning, and the offset.
        unsafe { header.write(new) };
        header
    }

    /// Gives the block back.
    ///
    /// # Safety
    /// No handle is left, the value is gone, and `block` is what was allocated for it.
    #[inline(always)]
    pub(super) unsafe fn free_as(header: NonNull<Self>, block: Block) {
        // SAFETY: the block is still there; the kind outlives it.
        let of = unsafe { header.as_ref().kind.as_ref() };
        of.objects.set(of.objects.get() - 1);
        let back = block.offset - HEADER_BYTES;
        // SAFETY: the block begins there and has that layout (`allocate`).
        unsafe { of.give_back(header.cast::<u8>().sub(back), block.layout) };
    }

    /// Gives the block back.
    ///
    /// # Safety
    /// No handle is left, and the value is gone.
    pub(super) unsafe fn free(header: NonNull<Self>) {
        // SAFETY: the block is still there.
        let block = unsafe { header.as_ref() }.kind().descriptor.block;
        // SAFETY: passed on to the caller; its descriptor made the block.
        unsafe { Self::free_as(header, block) };
    }

    /// The header of a value.
    pub(super) fn before<T: ?Sized>(value: NonNull<T>) -> NonNull<Self> {
        // SAFETY: values of handles have a header before them, in the same block.
        unsafe { value.cast::<u8>().sub(HEADER_BYTES) }.cast()
    }

    /// Where the value behind a header lies.
    pub(super) fn value_of(header: NonNull<Self>) -> NonNull<u8> {
        // SAFETY: the value follows the header in the same block, or is empty at its end.
        unsafe { header.cast::<u8>().add(HEADER_BYTES) }
    }

    /// Drops the value.
    ///
    /// # Safety
    /// It is there; `DYING` has been set, so nobody looks at it; it is not dropped again.
    pub(super) unsafe fn drop_value(header: NonNull<Self>) {
        // SAFETY: the block is kept by the caller.
        let drop_value = unsafe { header.as_ref() }.kind().descriptor.drop_value;
        // SAFETY: passed on to the caller.
        unsafe { drop_value(Self::value_of(header).as_ptr()) };
    }

    /// The type.
    pub(super) fn kind(&self) -> &Kind {
        // SAFETY: kinds live as long as their heap, which lives as long as its objects.
        unsafe { self.kind.as_ref() }
    }

    /// Whether one of the flags is set.
    #[inline(always)]
    pub(super) fn has(&self, flags: u32) -> bool {
        self.state.get() & flags != 0
    }

    /// Sets flags.
    #[inline(always)]
    pub(super) fn set(&self, flags: u32) {
        self.state.set(self.state.get() | flags);
    }

    /// Takes flags back.
    #[inline(always)]
    pub(super) fn clear(&self, flags: u32) {
        self.state.set(self.state.get() & !flags);
    }

    /// The place in the list or on trial.
    pub(super) fn slot(&self) -> usize {
        (self.state.get() & SLOT_MASK) as usize
    }

    /// Says the place in the list or on trial, which is at most [`SLOT_MASK`].
    pub(super) fn set_slot(&self, slot: usize) {
        debug_assert!(slot <= SLOT_MASK as usize, "slot {slot}");
        let slot = (slot as u32) & SLOT_MASK;
        self.state.set((self.state.get() & !SLOT_MASK) | slot);
    }
}
