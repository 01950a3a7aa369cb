//! [`GcArray`]: elements of one type side by side in the heap, their number chosen at run time.
//!
//! **Shape:** `[len: 8][elements][cards]`, the elements at a multiple of their alignment. A card is
//! a byte for [`CARD_BYTES`] of elements; it is there if elements may hold pointers. A minor
//! collection looks through the dirty cards of an old array only, and a mark through those written
//! to, so that one store into a million elements costs the look through one card.
//!
//! **Not here:** how collections go through cards (`cards`).
//!
//! **Invariant:** in an old array, the card of an element that points to a young object is dirty.

mod cards;

use core::cell::Cell;
use core::fmt;
use core::marker::PhantomData;
use core::mem::{align_of, needs_drop, size_of};
use core::ops::Deref;
use core::ptr::NonNull;

use crate::descriptor::{ALIGN_MAX, ArrayOf, Descriptor, SMALL_BYTES_MAX, object_bytes};
use crate::mutation::Mutation;
use crate::object::{Object, Word};
use crate::options::HeapFull;
use crate::trace::{Edge, Relocator, Trace, Visitor};
use crate::write::Write;

/// Bytes of elements that share a card: a cache line. The look through a card costs little more
/// than the miss that the store has cost.
const CARD_BYTES: usize = 64;

/// An array in a collected heap: a pointer to it, `Copy` as [`crate::Gc`] is.
///
/// It derefs to a slice. Elements are written through [`Mutation::write_element`], so what is to be
/// rewritten is a [`crate::Lock`].
///
/// # Examples
/// ```
/// use tenure_gc::{Gc, GcArray, Heap, Lock, Root};
/// type Numbers<'gc> = GcArray<'gc, Lock<Option<Gc<'gc, u64>>>>;
/// let mut heap = Heap::<Root![Numbers<'_>]>::new(|mc| mc.array(1000, |_| Lock::new(None)));
/// heap.mutate(|mc, array| mc.write_element(*array, 7).unwrap().set(Some(mc.alloc(49))));
/// heap.poll();
/// assert_eq!(heap.mutate(|_, array| array[7].get().map(|number| *number)), Some(49));
/// ```
pub struct GcArray<'gc, T> {
    /// Where the length lies.
    body: NonNull<u8>,
    brand: PhantomData<(Cell<&'gc ()>, T)>,
}

impl<T> Clone for GcArray<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for GcArray<'_, T> {}

/// Where the elements begin.
const fn front<T>() -> usize {
    if align_of::<T>() > 8 {
        align_of::<T>()
    } else {
        8
    }
}

/// Elements that share a card.
const fn elements_per_card<T>() -> usize {
    let bytes = if size_of::<T>() == 0 {
        1
    } else {
        size_of::<T>()
    };
    if bytes > CARD_BYTES {
        1
    } else {
        CARD_BYTES / bytes
    }
}

/// Bytes of an array's object, cards included.
fn bytes_of<'gc, T: Trace<'gc>>(len: usize) -> Option<usize> {
    let cards = if T::NEEDS_TRACE {
        len.div_ceil(elements_per_card::<T>())
    } else {
        0
    };
    let elements = len.checked_mul(size_of::<T>())?;
    let body = elements.checked_add(front::<T>())?.checked_add(cards)?;
    (body < isize::MAX as usize - CARD_BYTES).then(|| object_bytes(body))
}

/// The parts of an array, by where it lies.
struct Parts<T> {
    len: usize,
    elements: NonNull<T>,
    cards: NonNull<u8>,
}

impl<T> Parts<T> {
    /// # Safety
    /// * `body` is an array of `T` in a heap.
    #[inline]
    unsafe fn of(body: NonNull<u8>) -> Self {
        // SAFETY: by contract.
        unsafe {
            let len = body.cast::<usize>().read();
            let elements = body.add(front::<T>()).cast::<T>();
            Self {
                len,
                elements,
                cards: elements.add(len).cast(),
            }
        }
    }

    fn cards_len(&self) -> usize {
        self.len.div_ceil(elements_per_card::<T>())
    }

    /// The elements of a card.
    ///
    /// # Safety
    /// * Nobody else has a reference to them.
    unsafe fn card_mut(&mut self, card: usize) -> &mut [T] {
        let first = card * elements_per_card::<T>();
        let count = elements_per_card::<T>().min(self.len - first);
        // SAFETY: within the elements, all of which are initialised; alone by contract.
        unsafe { core::slice::from_raw_parts_mut(self.elements.add(first).as_ptr(), count) }
    }

    /// Elements of a range.
    ///
    /// # Safety
    /// * The range lies within the elements, and nobody writes them meanwhile.
    unsafe fn range(&self, first: usize, end: usize) -> &[T] {
        // SAFETY: by contract.
        unsafe { core::slice::from_raw_parts(self.elements.add(first).as_ptr(), end - first) }
    }
}

/// A type that arrays can be made of.
trait Elements<'gc> {
    const DESCRIPTOR: Descriptor;
}

impl<'gc, T: Trace<'gc>> Elements<'gc> for T {
    const DESCRIPTOR: Descriptor = Descriptor {
        bytes: 0,
        align: if align_of::<T>() > 8 {
            align_of::<T>()
        } else {
            8
        },
        needs_trace: T::NEEDS_TRACE,
        needs_drop: needs_drop::<T>(),
        // SAFETY: a descriptor is used on values of its type, in a heap that is held alone.
        evacuate: |body, evacuator| unsafe { cards::evacuate_all::<T>(body, evacuator) },
        // SAFETY: as above.
        mark: |body, marker| unsafe {
            let parts = Parts::<T>::of(body);
            parts.range(0, parts.len).trace(marker);
        },
        // SAFETY: as above.
        show: |body, visitor| unsafe {
            let parts = Parts::<T>::of(body);
            parts
                .range(0, parts.len)
                .trace(&mut crate::descriptor::Anybody(visitor));
        },
        // SAFETY: as above.
        fix: |body, fixer| unsafe {
            let parts = Parts::<T>::of(body);
            let elements = core::slice::from_raw_parts_mut(parts.elements.as_ptr(), parts.len);
            elements.relocate(&mut crate::descriptor::Anybody(fixer));
        },
        // SAFETY: as above; who drops forgets the object.
        drop: |body| unsafe {
            let parts = Parts::<T>::of(body);
            core::ptr::slice_from_raw_parts_mut(parts.elements.as_ptr(), parts.len).drop_in_place();
        },
        name: core::any::type_name::<[T]>,
        array: Some(ArrayOf {
            // SAFETY: as above; a length that was allocated can be computed with.
            bytes: |body| unsafe {
                bytes_of::<T>(Parts::<T>::of(body).len).expect("an array that exists has a size")
            },
            // SAFETY: as above.
            len: |body| unsafe { Parts::<T>::of(body).len },
            // SAFETY: as above.
            evacuate_dirty: |body, evacuator| unsafe {
                cards::evacuate_dirty::<T>(body, evacuator);
            },
            // SAFETY: as above.
            mark_range: |body, first, end, marker| unsafe {
                Parts::<T>::of(body).range(first, end).trace(marker);
            },
            // SAFETY: as above.
            mark_written: |body, first, marker| unsafe {
                cards::mark_written::<T>(body, first, marker)
            },
        }),
    };
}

impl<'gc, T> GcArray<'gc, T> {
    /// The elements, for as long as the mutation lasts.
    #[inline]
    #[must_use]
    pub fn as_slice(self) -> &'gc [T] {
        // SAFETY: a pointer of an open mutation leads to a live array, which is written through
        // cells only.
        unsafe {
            let parts = Parts::<T>::of(self.body);
            core::slice::from_raw_parts(parts.elements.as_ptr(), parts.len)
        }
    }

    /// Whether both are one array.
    #[must_use]
    pub fn ptr_eq(self, other: Self) -> bool {
        self.body == other.body
    }

    /// Where the length lies.
    pub(crate) fn value(self) -> NonNull<u8> {
        self.body
    }
}

impl<T> Deref for GcArray<'_, T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.as_slice_here()
    }
}

impl<T> GcArray<'_, T> {
    #[inline]
    fn as_slice_here(&self) -> &[T] {
        // SAFETY: as in `as_slice`; the borrow of the pointer is shorter.
        unsafe {
            let parts = Parts::<T>::of(self.body);
            core::slice::from_raw_parts(parts.elements.as_ptr(), parts.len)
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for GcArray<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

// SAFETY: the one pointer is presented; the elements are another object's.
unsafe impl<'gc, T> Trace<'gc> for GcArray<'gc, T> {
    #[inline]
    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        visitor.strong(Edge::new(self.body));
    }

    #[inline]
    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        let mut edge = Edge::new(self.body);
        relocator.strong(&mut edge);
        self.body = edge.value();
    }
}

/// Drops the elements made so far when the maker of the next one panics.
struct Made<T> {
    elements: NonNull<T>,
    count: usize,
}

impl<T> Drop for Made<T> {
    fn drop(&mut self) {
        // SAFETY: so many were written, and nobody else knows of them.
        unsafe {
            core::ptr::slice_from_raw_parts_mut(self.elements.as_ptr(), self.count).drop_in_place();
        }
    }
}

impl<'gc> Mutation<'gc> {
    /// An array of `len` elements that `make` makes, by their index.
    ///
    /// # Panics
    /// When there is no room; see [`Mutation::try_array`].
    pub fn array<T: Trace<'gc>>(
        &self,
        len: usize,
        make: impl FnMut(usize) -> T,
    ) -> GcArray<'gc, T> {
        match self.try_array(len, make) {
            Ok(array) => array,
            Err(full) => panic!("{full}"),
        }
    }

    /// An array of `len` elements that `make` makes, by their index, if there is room. If `make`
    /// panics, the elements made are dropped and there is no array.
    ///
    /// # Errors
    /// [`HeapFull`] as for [`Mutation::try_alloc`]; before anything is made.
    pub fn try_array<T: Trace<'gc>>(
        &self,
        len: usize,
        mut make: impl FnMut(usize) -> T,
    ) -> Result<GcArray<'gc, T>, HeapFull> {
        let descriptor = const { &<T as Elements<'gc>>::DESCRIPTOR };
        let bytes = bytes_of::<T>(len).ok_or(HeapFull { bytes: usize::MAX })?;
        let small = bytes <= SMALL_BYTES_MAX && descriptor.align <= ALIGN_MAX;
        let object = if small {
            let object = self.small(bytes, descriptor.align == ALIGN_MAX)?;
            // SAFETY: the memory is fresh; until the elements are made it is a gap.
            unsafe { object.make_gap(bytes) };
            object
        } else {
            self.large(bytes, descriptor)?
        };
        let body = object.value();
        // SAFETY: the memory has room for the length, the elements and the cards. A large array is
        // an empty one until its elements are made: its memory is zero.
        unsafe {
            let elements = body.add(front::<T>()).cast::<T>();
            let cards = elements.add(len).cast::<u8>();
            let mut made = Made { elements, count: 0 };
            while made.count < len {
                elements.add(made.count).write(make(made.count));
                made.count += 1;
                if T::NEEDS_TRACE {
                    self.finish_card(&made, len, cards, small);
                }
            }
            core::mem::forget(made);
            body.cast::<usize>().write(len);
            if small {
                object.set_word(Word::of(descriptor));
                if needs_drop::<T>() {
                    self.note_drop(body);
                }
            }
        }
        Ok(GcArray {
            body,
            brand: PhantomData,
        })
    }

    /// If the element just made is the last of a card, says what the card is: dirty in a young
    /// array, where nobody asks. A large one is old from the beginning: what the first collection
    /// need not look through is known now, while the elements are in the cache.
    ///
    /// # Safety
    /// * `cards` is room for the cards of `len` elements, of which `made` is the front.
    #[inline]
    unsafe fn finish_card<T: Trace<'gc>>(
        &self,
        made: &Made<T>,
        len: usize,
        cards: NonNull<u8>,
        small: bool,
    ) {
        let per_card = elements_per_card::<T>();
        if !made.count.is_multiple_of(per_card) && made.count != len {
            return;
        }
        let card = (made.count - 1) / per_card;
        let first = card * per_card;
        // SAFETY: elements that were made; and the card is one of them, by contract.
        unsafe {
            let start = made.elements.add(first).as_ptr();
            let elements = core::slice::from_raw_parts(start, made.count - first);
            let young = small || self.leads_to_young(elements);
            cards.add(card).write(cards::made(young));
        }
    }

    /// Leave to write into the element at `index`, when there is one: the barrier for arrays.
    #[inline]
    pub fn write_element<T: Trace<'gc>>(
        &self,
        to: GcArray<'gc, T>,
        index: usize,
    ) -> Option<&'gc Write<T>> {
        let element = to.as_slice().get(index)?;
        let object = Object::of_value(to.value());
        self.barrier(object);
        self.element_barrier(element);
        if T::NEEDS_TRACE {
            // SAFETY: a live array has a card for each element.
            unsafe {
                let parts = Parts::<T>::of(to.value());
                parts
                    .cards
                    .add(index / elements_per_card::<T>())
                    .write(cards::WRITTEN_TO);
            }
        }
        // SAFETY: the barrier was told of the array.
        Some(unsafe { Write::assume(element) })
    }
}
