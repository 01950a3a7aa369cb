//! An object in a heap: the word before its value, which says the type and holds a few bits.
//!
//! **Shape:** `[word: 8][value, rounded to 8][identity hash: 8, if the word says so]`, aligned to
//! 8; the value of a type aligned to 16 lies at a multiple of 16. The word is the address of the
//! type's [`Descriptor`], which is a multiple of 256, with eight bits below. A word below zero is
//! no object but a gap of as many bytes as its low half says.
//!
//! **Invariants:** (a) a forwarded word is the new value's address and [`FORWARDED`]; (b) age is
//! kept in young objects only, in old ones the same bits are [`REMEMBERED`], [`LARGE`], [`MARKED`].

use core::ptr::NonNull;

use crate::descriptor::Descriptor;
use crate::trace::Edge;

/// Bytes before the value.
pub(crate) const WORD_BYTES: usize = 8;
/// The object lies elsewhere now; the rest of the word is where its value lies.
pub(crate) const FORWARDED: usize = 1;
/// An old object that was written to since its writes were last looked at.
pub(crate) const LOGGED: usize = 1 << 1;
/// Somebody knows the object by the hash of its identity.
pub(crate) const HASHED: usize = 1 << 2;
/// The hash lies behind the value, since the object has moved.
pub(crate) const HASH_KEPT: usize = 1 << 3;
/// How many collections a young object has survived, as a multiple of [`AGE_ONE`].
pub(crate) const AGE_MASK: usize = 0xf0;
/// One collection survived.
pub(crate) const AGE_ONE: usize = 1 << 4;
/// An old object that is on the list of those that may point to young ones.
pub(crate) const REMEMBERED: usize = 1 << 4;
/// An old object that has a mapping of its own.
pub(crate) const LARGE: usize = 1 << 5;
/// A large object that was reached; other old objects have their mark in a bit map.
pub(crate) const MARKED: usize = 1 << 6;
/// All bits beside the address of the descriptor.
const BITS: usize = 0xff;
/// Tells a gap from an object.
const GAP: usize = 1 << 63;

/// The word before a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(*const Descriptor);

impl Word {
    /// Of a new object.
    pub(crate) const fn of(descriptor: *const Descriptor) -> Self {
        Self(descriptor)
    }

    pub(crate) fn has(self, bits: usize) -> bool {
        self.0.addr() & bits != 0
    }

    pub(crate) fn with(self, bits: usize) -> Self {
        Self(self.0.map_addr(|word| word | bits))
    }

    pub(crate) fn without(self, bits: usize) -> Self {
        Self(self.0.map_addr(|word| word & !bits))
    }

    /// How many collections the young object survived.
    pub(crate) fn age(self) -> usize {
        (self.0.addr() & AGE_MASK) / AGE_ONE
    }

    /// The same word with another age, 15 at most.
    pub(crate) fn aged(self, age: usize) -> Self {
        let age = age.min(AGE_MASK / AGE_ONE);
        self.without(AGE_MASK).with(age * AGE_ONE)
    }

    /// The bytes of a gap, when it is one.
    pub(crate) fn gap(self) -> Option<usize> {
        (self.0.addr() & GAP != 0).then_some(self.0.addr() & !GAP)
    }

    /// Where the value lies now, when it has moved.
    pub(crate) fn forwarded(self) -> Option<NonNull<u8>> {
        if self.has(FORWARDED) {
            NonNull::new(
                self.0
                    .cast_mut()
                    .cast::<u8>()
                    .map_addr(|word| word & !FORWARDED),
            )
        } else {
            None
        }
    }

    /// The type.
    ///
    /// # Safety
    /// * The word is neither forwarded nor a gap.
    pub(crate) unsafe fn descriptor(self) -> &'static Descriptor {
        // SAFETY: such a word was made by `Word::of` from a descriptor that the compiler promoted
        // to a static; only the low bits, which its alignment leaves, were changed since.
        unsafe { &*self.0.map_addr(|word| word & !BITS) }
    }

    /// What the word looks like, for messages.
    pub(crate) fn raw(self) -> usize {
        self.0.addr()
    }
}

/// An object, by the address of its word.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Object(NonNull<u8>);

impl Object {
    /// The object whose word lies at `at`.
    pub(crate) fn at(at: NonNull<u8>) -> Self {
        Self(at)
    }

    /// The object that an edge leads to.
    #[inline]
    pub(crate) fn of(edge: Edge<'_>) -> Self {
        Self::of_value(edge.value())
    }

    /// The object with that value.
    #[inline]
    pub(crate) fn of_value(value: NonNull<u8>) -> Self {
        // SAFETY: a word lies before each value, in the same mapping.
        Self(unsafe { value.sub(WORD_BYTES) })
    }

    pub(crate) fn addr(self) -> usize {
        self.0.addr().get()
    }

    /// Where the value lies.
    #[inline]
    pub(crate) fn value(self) -> NonNull<u8> {
        // SAFETY: no object is smaller than two words.
        unsafe { self.0.add(WORD_BYTES) }
    }

    /// An edge to it.
    pub(crate) fn edge<'gc>(self) -> Edge<'gc> {
        Edge::new(self.value())
    }

    /// Reads the word.
    ///
    /// # Safety
    /// * The memory is an object, a gap, or an object that has moved.
    #[inline]
    pub(crate) unsafe fn word(self) -> Word {
        // SAFETY: words lie at multiples of 8 and are initialised before the object is known.
        unsafe { self.0.cast::<Word>().read() }
    }

    /// Writes the word.
    ///
    /// # Safety
    /// * The memory is the heap's, and the word fits what lies behind it.
    #[inline]
    pub(crate) unsafe fn set_word(self, word: Word) {
        // SAFETY: as in `word`.
        unsafe { self.0.cast::<Word>().write(word) };
    }

    /// Notes where it lies now.
    ///
    /// # Safety
    /// * Its value has been copied to `value`, and nobody reads it here any more.
    #[inline]
    pub(crate) unsafe fn forward_to(self, value: NonNull<u8>) {
        let word = Word(value.as_ptr().cast::<Descriptor>().cast_const()).with(FORWARDED);
        // SAFETY: the memory is an object's, dead by contract but for its word.
        unsafe { self.set_word(word) };
    }

    /// Writes the hash of an object's identity behind its `bytes` bytes: what [`Object::identity`]
    /// has said so far.
    ///
    /// # Safety
    /// * There is room for a word there.
    pub(crate) unsafe fn keep_hash(self, bytes: usize, hash: usize) {
        // SAFETY: by contract.
        unsafe {
            self.0.add(bytes).cast::<usize>().write(hash);
            self.set_word(self.word().with(HASH_KEPT));
        }
    }

    /// The hash of the object's identity: the address that it has when this is first asked, plus
    /// `salt`, which is the same until the object moves.
    ///
    /// # Safety
    /// * It is a live object.
    pub(crate) unsafe fn identity(self, salt: usize) -> usize {
        // SAFETY: by contract; a kept hash lies behind the value.
        unsafe {
            let word = self.word();
            if word.has(HASH_KEPT) {
                let bytes = word.descriptor().bytes_of(self.value());
                return self.0.add(bytes).cast::<usize>().read();
            }
            self.set_word(word.with(HASHED));
            self.addr().wrapping_add(salt)
        }
    }

    /// Makes `bytes` bytes from here on a gap.
    ///
    /// # Safety
    /// * They are the heap's, at least a word, and hold nothing.
    pub(crate) unsafe fn make_gap(self, bytes: usize) {
        let word = Word(core::ptr::without_provenance(GAP | bytes));
        // SAFETY: by contract.
        unsafe { self.set_word(word) };
    }

    /// All bytes it takes, its word included.
    ///
    /// # Safety
    /// * It is an object that has not moved.
    #[inline]
    pub(crate) unsafe fn bytes(self) -> usize {
        // SAFETY: by contract.
        unsafe {
            let word = self.word();
            word.descriptor().bytes_of(self.value()) + hash_bytes(word)
        }
    }
}

/// What the hash behind the value takes.
#[inline]
pub(crate) fn hash_bytes(word: Word) -> usize {
    if word.has(HASH_KEPT) { WORD_BYTES } else { 0 }
}
