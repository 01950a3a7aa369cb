//! [`Mutation`]: what a program does with a heap while nothing moves. Allocation and the barrier.

use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::needs_drop;
use core::ptr::NonNull;

use crate::descriptor::{ALIGN_MAX, Described, Descriptor, SMALL_BYTES_MAX};
use crate::gc::Gc;
use crate::handles::Root;
use crate::large::Large;
use crate::mark::Marker;
use crate::memory::{Phase, State};
use crate::object::{HASHED, LARGE, LOGGED, MARKED, Object, WORD_BYTES, Word};
use crate::options::{Barrier, HeapFull};
use crate::root::Rootable;
use crate::trace::{Edge, Trace, Visitor};
use crate::write::Write;

/// An open mutation of a heap: what [`crate::Heap::mutate`] passes on.
///
/// Nothing is collected while it is open: allocation takes memory beyond Eden instead, as far as
/// [`crate::Options::overdraft_bytes`] goes. A long one asks [`Mutation::should_yield`].
#[repr(transparent)]
pub struct Mutation<'gc> {
    state: State,
    brand: PhantomData<Cell<&'gc ()>>,
}

impl<'gc> Mutation<'gc> {
    /// A mutation of the heap with that state.
    ///
    /// # Safety
    /// * The brand is one that no other heap has, and `'gc` ends before the heap is collected.
    pub(crate) unsafe fn new(state: &'gc State) -> &'gc Self {
        // SAFETY: a mutation is a state, by `repr(transparent)`.
        unsafe { &*core::ptr::from_ref(state).cast::<Self>() }
    }

    /// The heap's state.
    #[inline]
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Puts a value into the heap. A few instructions; no call, no collection.
    ///
    /// # Panics
    /// When there is no room; see [`Mutation::try_alloc`].
    #[inline(always)]
    pub fn alloc<T: Trace<'gc>>(&self, value: T) -> Gc<'gc, T> {
        if const { is_small::<T>() && align_of::<T>() < ALIGN_MAX } {
            let bytes = const { <T as Described<'gc>>::DESCRIPTOR.bytes };
            let at = self.state.cursor.get();
            let end = at.wrapping_add(bytes);
            if end.addr() <= self.state.limit.get().addr() {
                self.state.cursor.set(end);
                // SAFETY: `at` lies in Eden, which is not at 0, and is free to `end`.
                return unsafe { self.fill(Object::at(NonNull::new_unchecked(at)), value) };
            }
        }
        self.alloc_beyond(value)
    }

    /// The rest of [`Mutation::alloc`]: no room in what is open of Eden, or a value for elsewhere.
    #[cold]
    #[inline(never)]
    fn alloc_beyond<T: Trace<'gc>>(&self, value: T) -> Gc<'gc, T> {
        match self.try_alloc(value) {
            Ok(gc) => gc,
            Err(full) => panic!("{full}"),
        }
    }

    /// Puts a value into the heap, if there is room.
    ///
    /// # Errors
    /// [`HeapFull`] when the mutation has used up its overdraft, or the old generation its limit.
    /// The value is dropped then.
    #[inline]
    pub fn try_alloc<T: Trace<'gc>>(&self, value: T) -> Result<Gc<'gc, T>, HeapFull> {
        let place = self.try_place::<T>()?;
        // SAFETY: the place is an object's of this type.
        Ok(unsafe { self.fill(place, value) })
    }

    /// Room for a `T`, without a word yet.
    #[inline(always)]
    fn try_place<T: Trace<'gc>>(&self) -> Result<Object, HeapFull> {
        let bytes = const { <T as Described<'gc>>::DESCRIPTOR.bytes };
        if const { is_small::<T>() } {
            return self.small(bytes, const { align_of::<T>() == ALIGN_MAX });
        }
        self.large(bytes, const { &<T as Described<'gc>>::DESCRIPTOR })
    }

    /// Writes a value into its place.
    ///
    /// # Safety
    /// * The place was made for a `T` by `try_place`, just now.
    #[inline(always)]
    unsafe fn fill<T: Trace<'gc>>(&self, place: Object, value: T) -> Gc<'gc, T> {
        let at = place.value();
        // SAFETY: by contract; and a small object's word is written together with its value, so
        // that whoever walks Eden finds objects.
        unsafe {
            if const { is_small::<T>() } {
                place.set_word(Word::of(const { &<T as Described<'gc>>::DESCRIPTOR }));
            }
            at.cast::<T>().write(value);
            if const { needs_drop::<T>() && is_small::<T>() } {
                self.state.note_drop(at);
            }
            Gc::from_value(at)
        }
    }

    /// Room in Eden.
    #[inline(always)]
    pub(crate) fn small(&self, bytes: usize, align_16: bool) -> Result<Object, HeapFull> {
        let at = self.state.cursor.get();
        let start = if align_16 && at.addr().is_multiple_of(ALIGN_MAX) {
            at.wrapping_add(WORD_BYTES)
        } else {
            at
        };
        let end = start.wrapping_add(bytes);
        if end.addr() > self.state.limit.get().addr() {
            return self.small_beyond(bytes, align_16);
        }
        self.state.cursor.set(end);
        // SAFETY: `at` lies in Eden, which is not at 0; and from there to `end` it is free.
        unsafe {
            if start != at {
                Object::at(NonNull::new_unchecked(at)).make_gap(WORD_BYTES);
            }
            Ok(Object::at(NonNull::new_unchecked(start)))
        }
    }

    #[cold]
    #[inline(never)]
    fn small_beyond(&self, bytes: usize, align_16: bool) -> Result<Object, HeapFull> {
        let room = bytes + WORD_BYTES;
        self.state.overdraw(room).map_err(|_| HeapFull { bytes })?;
        self.small(bytes, align_16)
    }

    /// Room in a mapping of its own. The object has its word; its value is to be written at once.
    #[cold]
    #[inline(never)]
    pub(crate) fn large(
        &self,
        bytes: usize,
        descriptor: &'static Descriptor,
    ) -> Result<Object, HeapFull> {
        // SAFETY: the reference ends with this function, which calls no code of a user.
        let memory = unsafe { self.state.memory() };
        let full = HeapFull { bytes };
        if memory.old_bytes().saturating_add(bytes) > memory.options.old_bytes_max {
            return Err(full);
        }
        let large = Large::alloc(bytes, descriptor.align).map_err(|_| full)?;
        let object = large.object;
        let word = Word::of(descriptor).with(LARGE);
        // SAFETY: the memory is the object's.
        unsafe { object.set_word(word) };
        memory.large.add(large);
        if descriptor.needs_trace {
            // It is old, and may point to what is young.
            memory.note_write(object);
        }
        if memory.phase == Phase::Marking {
            // It has its mark from birth. What it will point to is looked at when the log is, or
            // from here.
            // SAFETY: as above.
            unsafe { object.set_word(object.word().with(MARKED)) };
            memory.marking.again.push((object, 0));
        }
        Ok(object)
    }

    /// Leave to write into an object: the barrier. A comparison for a young object, and a bit more
    /// for an old one that was written to before.
    #[inline(always)]
    pub fn write<T>(&self, to: Gc<'gc, T>) -> &'gc Write<T> {
        self.barrier(Object::of_value(to.value()));
        // SAFETY: the barrier was told.
        unsafe { Write::assume(to.as_ref()) }
    }

    /// Tells the collector that an object is about to be written to.
    #[inline(always)]
    pub(crate) fn barrier(&self, object: Object) {
        if object.addr().wrapping_sub(self.state.young_start) >= self.state.young_bytes {
            // SAFETY: a pointer of an open mutation leads to a live object.
            if !unsafe { object.word() }.has(LOGGED) {
                self.barrier_slow(object);
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn barrier_slow(&self, object: Object) {
        // SAFETY: the reference ends with this function, which calls no code but `Trace`.
        let memory = unsafe { self.state.memory() };
        memory.barrier_slow += 1;
        // SAFETY: the caller's object is live.
        let is_array = unsafe { object.word().descriptor() }.array.is_some();
        let shades = memory.phase == Phase::Marking && memory.options.barrier == Barrier::Snapshot;
        if shades && !is_array {
            Marker::new(memory).shade_children(object);
        }
        memory.note_write(object);
    }

    /// Whether a value points to young objects.
    pub(crate) fn leads_to_young<T: Trace<'gc> + ?Sized>(&self, value: &T) -> bool {
        let mut finder = YoungFinder {
            start: self.state.young_start,
            bytes: self.state.young_bytes,
            found: false,
        };
        value.trace(&mut finder);
        finder.found
    }

    /// Tells the collector that an element of an array is about to be overwritten. A snapshot needs
    /// what is there now: of arrays the element's alone, since all of a long one would take long.
    #[inline(always)]
    pub(crate) fn element_barrier<T: Trace<'gc>>(&self, element: &T) {
        // SAFETY: the reference ends here, and nobody is called.
        if T::NEEDS_TRACE && unsafe { self.state.memory() }.old.marking {
            self.element_barrier_slow(element);
        }
    }

    #[cold]
    #[inline(never)]
    fn element_barrier_slow<T: Trace<'gc>>(&self, element: &T) {
        // SAFETY: the reference ends with this function, which calls no code but `Trace`.
        let memory = unsafe { self.state.memory() };
        if memory.options.barrier == Barrier::Snapshot {
            element.trace(&mut Marker::new(memory));
        }
    }

    /// Lists a young value that needs a drop.
    pub(crate) fn note_drop(&self, value: NonNull<u8>) {
        self.state.note_drop(value);
    }

    /// Whether the mutation should end: Eden is nearly full. One comparison.
    #[inline]
    #[must_use]
    pub fn should_yield(&self) -> bool {
        self.state.cursor.get().addr() >= self.state.yield_at.get().addr()
    }

    /// Says that objects of the heap hold `bytes` more outside of it, or less if below zero: they
    /// count towards the goal of [`crate::Pacing`].
    pub fn external(&self, bytes: isize) {
        // SAFETY: the reference ends with this function, which calls nobody.
        let pacer = unsafe { &mut self.state.memory().pacer };
        pacer.external_bytes = pacer.external_bytes.saturating_add_signed(bytes);
    }

    /// A number that is the object's as long as it lives, wherever it moves: made of its address
    /// and of the collections so far, when this is first asked. Another object may have the same
    /// number later, or (rarely) at the same time: it is a hash, not a key.
    #[must_use]
    pub fn identity<T>(&self, of: Gc<'gc, T>) -> u64 {
        // SAFETY: a pointer of an open mutation leads to a live object.
        unsafe { Object::of_value(of.value()).identity(self.salt_of(of.value())) as u64 }
    }

    /// The identity of an object, if somebody has asked for it before.
    pub(crate) fn known_identity<T>(&self, of: Gc<'gc, T>) -> Option<u64> {
        // SAFETY: a pointer of an open mutation leads to a live object.
        let known = unsafe { Object::of_value(of.value()).word() }.has(HASHED);
        known.then(|| self.identity(of))
    }

    /// What makes the identities of young objects differ that lie where others have lain.
    fn salt_of(&self, value: NonNull<u8>) -> usize {
        if value.addr().get().wrapping_sub(self.state.young_start) < self.state.young_bytes {
            // SAFETY: the reference ends here, and nobody is called.
            unsafe { self.state.memory() }.young.salt
        } else {
            0
        }
    }

    /// Puts a value into the heap and gives a handle that keeps it between mutations.
    pub fn hold<R: Rootable>(&self, value: R::At<'gc>) -> Root<R> {
        let value = self.alloc(value).value();
        Root::new(self.state.handles.clone(), value)
    }

    /// What a handle holds.
    ///
    /// # Panics
    /// When the handle is another heap's.
    #[must_use]
    pub fn held<R: Rootable>(&self, root: &Root<R>) -> &'gc R::At<'gc> {
        let value = root.value_in(&self.state.handles);
        let value = value.expect("the handle is of another heap");
        // SAFETY: the slot keeps an object of this heap whose value was allocated as `R::At`; the
        // brand is this heap's.
        unsafe { Gc::<R::At<'gc>>::from_value(value) }.as_ref()
    }
}

/// Looks for pointers to young objects.
struct YoungFinder {
    start: usize,
    bytes: usize,
    found: bool,
}

impl<'gc> Visitor<'gc> for YoungFinder {
    #[inline]
    fn strong(&mut self, to: Edge<'gc>) {
        self.found |= to.value().addr().get().wrapping_sub(self.start) < self.bytes;
    }
}

/// Whether objects of the type lie among others.
const fn is_small<T>() -> bool {
    crate::descriptor::object_bytes(size_of::<T>()) <= SMALL_BYTES_MAX
        && align_of::<T>() <= ALIGN_MAX
}
