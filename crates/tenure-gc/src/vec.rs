//! [`GcVec`]: values in the heap in a row that grows.
//!
//! **Shape:** an object with the length and the array of places. A full array gives way to one of
//! twice the size.
//!
//! **Invariant:** the places before the length are `Some`, the others `None`: they keep nothing.

use core::fmt;

use crate::array::GcArray;
use crate::gc::Gc;
use crate::lock::Lock;
use crate::mutation::Mutation;
use crate::options::HeapFull;
use crate::trace::{Relocator, Trace, Visitor};

/// Places of the first array.
const PLACES_MIN: usize = 4;

type Places<'gc, T> = GcArray<'gc, Lock<Option<T>>>;

/// What the pointer leads to.
struct Body<'gc, T> {
    len: Lock<usize>,
    places: Lock<Places<'gc, T>>,
}

// SAFETY: the one pointer is presented, and the length holds none.
unsafe impl<'gc, T> Trace<'gc> for Body<'gc, T> {
    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        self.places.trace(visitor);
    }

    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        self.places.relocate(relocator);
    }
}

/// A vector in a collected heap: a pointer to it, `Copy` as [`crate::Gc`] is; who has a copy sees
/// what is pushed.
///
/// The values are `Copy`, pointers or plain. Each write takes the mutation and passes its barrier.
///
/// # Examples
/// ```
/// use tenure_gc::{Gc, GcVec, Heap, Root};
/// let mut heap = Heap::<Root![GcVec<'_, Gc<'_, u64>>]>::new(|mc| mc.vec());
/// heap.mutate(|mc, squares| (0..10).for_each(|n| squares.push(mc, mc.alloc(n * n))));
/// heap.poll();
/// assert_eq!(heap.mutate(|_, squares| squares.iter().map(|square| *square).sum::<u64>()), 285);
/// ```
pub struct GcVec<'gc, T>(Gc<'gc, Body<'gc, T>>);

impl<T> Clone for GcVec<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for GcVec<'_, T> {}

// SAFETY: the one pointer is presented.
unsafe impl<'gc, T> Trace<'gc> for GcVec<'gc, T> {
    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        self.0.trace(visitor);
    }

    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        self.0.relocate(relocator);
    }
}

impl<'gc, T: Trace<'gc> + Copy + 'gc> GcVec<'gc, T> {
    /// How many values there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.len.get()
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value at `index`, when there is one.
    #[must_use]
    pub fn get(self, index: usize) -> Option<T> {
        self.0.places.get().get(index)?.get()
    }

    /// The values from the first to the last of now. One that is set meanwhile is seen as it is
    /// then, and a truncation ends the walk.
    pub fn iter(self) -> impl Iterator<Item = T> + use<'gc, T> {
        (0..self.len()).map_while(move |index| self.get(index))
    }

    /// Sets the value at `index` and gives the old one; nothing is set when there is none.
    pub fn set(self, mc: &Mutation<'gc>, index: usize, value: T) -> Option<T> {
        self.get(index)?;
        let place = mc.write_element(self.0.places.get(), index)?;
        place.replace(Some(value))
    }

    /// Adds a value at the end.
    ///
    /// # Panics
    /// When there is no room; see [`GcVec::try_push`].
    pub fn push(self, mc: &Mutation<'gc>, value: T) {
        if let Err(full) = self.try_push(mc, value) {
            panic!("{full}");
        }
    }

    /// Adds a value at the end, if there is room. Now and then all values are copied, on average
    /// less than twice each.
    ///
    /// # Errors
    /// [`HeapFull`] as for [`Mutation::try_alloc`]; the vector is as it was.
    #[expect(clippy::missing_panics_doc, reason = "there is a place by then")]
    pub fn try_push(self, mc: &Mutation<'gc>, value: T) -> Result<(), HeapFull> {
        let (len, old) = (self.len(), self.0.places.get());
        if len == old.len() {
            let count = len.saturating_mul(2).max(PLACES_MIN);
            let wide =
                mc.try_array(count, |index| Lock::new(old.get(index).and_then(Lock::get)))?;
            crate::field!(mc.write(self.0), Body, places).set(wide);
        }
        let place = mc.write_element(self.0.places.get(), len);
        place.expect("it was just made").set(Some(value));
        self.set_len(mc, len + 1);
        Ok(())
    }

    /// Takes the last value away.
    pub fn pop(self, mc: &Mutation<'gc>) -> Option<T> {
        let last = self.len().checked_sub(1)?;
        let value = mc.write_element(self.0.places.get(), last)?.replace(None);
        self.set_len(mc, last);
        value
    }

    /// Keeps the first `len` values. The places stay for others; time of the values that go.
    pub fn truncate(self, mc: &Mutation<'gc>, len: usize) {
        while self.len() > len {
            self.pop(mc);
        }
    }

    /// Takes all values away.
    pub fn clear(self, mc: &Mutation<'gc>) {
        self.truncate(mc, 0);
    }

    fn set_len(self, mc: &Mutation<'gc>, len: usize) {
        crate::field!(mc.write(self.0), Body, len).set(len);
    }
}

impl<'gc, T: Trace<'gc> + Copy + fmt::Debug + 'gc> fmt::Debug for GcVec<'gc, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'gc> Mutation<'gc> {
    /// An empty vector.
    ///
    /// # Panics
    /// When there is no room for its two small objects.
    pub fn vec<T: Trace<'gc> + Copy + 'gc>(&self) -> GcVec<'gc, T> {
        let places = Lock::new(self.array(0, |_| Lock::new(None)));
        let len = Lock::new(0);
        GcVec(self.alloc(Body { len, places }))
    }
}
