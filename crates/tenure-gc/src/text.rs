//! [`GcString`]: text in the heap, which nobody changes.
//!
//! **Invariant:** the bytes are UTF-8. They come from a `str`, and no barrier gives leave to write
//! them.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

use crate::array::GcArray;
use crate::mutation::Mutation;
use crate::options::HeapFull;
use crate::trace::{Relocator, Trace, Visitor};

/// Text in a collected heap: a pointer to it, `Copy` as [`crate::Gc`] is.
///
/// It derefs to `str`. Order, equality and hash are those of the text, so they stay what they are
/// when it moves. Equal texts may be one object or two: [`GcString::ptr_eq`].
///
/// # Examples
/// ```
/// use tenure_gc::{GcString, Heap, Root};
/// let mut heap = Heap::<Root![GcString<'_>]>::new(|mc| mc.text("déjà vu"));
/// heap.poll();
/// heap.mutate(|mc, text| {
///     assert!(text.starts_with("déjà"));
///     assert_eq!(*text, mc.text("déjà vu"));
/// });
/// ```
#[derive(Clone, Copy)]
pub struct GcString<'gc> {
    bytes: GcArray<'gc, u8>,
}

impl<'gc> GcString<'gc> {
    /// The text, for as long as the mutation lasts.
    #[inline]
    #[must_use]
    pub fn as_str(self) -> &'gc str {
        // SAFETY: the bytes were copied from a `str` and are never written to.
        unsafe { core::str::from_utf8_unchecked(self.bytes.as_slice()) }
    }

    /// Whether both are one object.
    #[must_use]
    pub fn ptr_eq(self, other: Self) -> bool {
        self.bytes.ptr_eq(other.bytes)
    }
}

impl Deref for GcString<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for GcString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for GcString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl PartialEq for GcString<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for GcString<'_> {}

impl PartialOrd for GcString<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for GcString<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for GcString<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

// SAFETY: the one pointer is presented, by the array that holds it.
unsafe impl<'gc> Trace<'gc> for GcString<'gc> {
    #[inline]
    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        self.bytes.trace(visitor);
    }

    #[inline]
    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        self.bytes.relocate(relocator);
    }
}

impl<'gc> Mutation<'gc> {
    /// A copy of a text in the heap, in time and bytes of its length.
    ///
    /// # Panics
    /// When there is no room; see [`Mutation::try_text`].
    pub fn text(&self, text: &str) -> GcString<'gc> {
        match self.try_text(text) {
            Ok(copy) => copy,
            Err(full) => panic!("{full}"),
        }
    }

    /// A copy of a text in the heap, if there is room.
    ///
    /// # Errors
    /// [`HeapFull`] as for [`Mutation::try_alloc`].
    pub fn try_text(&self, text: &str) -> Result<GcString<'gc>, HeapFull> {
        let from = text.as_bytes();
        let bytes = self.try_array(from.len(), |index| from[index])?;
        Ok(GcString { bytes })
    }
}
