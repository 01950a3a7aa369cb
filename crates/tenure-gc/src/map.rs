//! [`GcMap`]: what the heap knows of its objects, by who they are.
//!
//! **Shape:** an object with the number of entries and an array of places, a power of two of them.
//! An entry lies at the place that its key's hash says, or at one of those behind it without a
//! vacant one in between (linear probing; Knuth, TAOCP 3, 6.4, algorithms L and R).
//!
//! **Invariant:** at most three of four places are taken, so every search ends.

use core::fmt;

use crate::array::GcArray;
use crate::gc::Gc;
use crate::lock::Lock;
use crate::mutation::Mutation;
use crate::options::HeapFull;
use crate::trace::{Relocator, Trace, Visitor};

/// Places of the first array.
const PLACES_MIN: usize = 8;

type Entry<'gc, K, V> = (Gc<'gc, K>, V);
type Places<'gc, K, V> = GcArray<'gc, Lock<Option<Entry<'gc, K, V>>>>;

/// What the pointer leads to.
struct Body<'gc, K, V> {
    len: Lock<usize>,
    places: Lock<Places<'gc, K, V>>,
}

// SAFETY: the one pointer is presented, and the length holds none.
unsafe impl<'gc, K, V> Trace<'gc> for Body<'gc, K, V> {
    fn trace<W: Visitor<'gc>>(&self, visitor: &mut W) {
        self.places.trace(visitor);
    }

    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        self.places.relocate(relocator);
    }
}

/// A map whose keys are objects of the heap, each told from the others by being itself. This is a
/// pointer to it, `Copy` as [`Gc`] is.
///
/// Keys and values are kept; [`crate::WeakMap`] keeps no keys. The values are `Copy`, pointers or
/// plain. Hashes stay what they are when objects move ([`Mutation::identity`]).
///
/// # Examples
/// ```
/// use tenure_gc::{Gc, GcMap, Heap, Root};
/// type Names<'gc> = (GcMap<'gc, u64, &'static str>, Option<Gc<'gc, u64>>);
/// let mut heap = Heap::<Root!['gc => Names<'gc>]>::new(|mc| (mc.map(), None));
/// heap.mutate_root(|mc, (names, one)| {
///     let (first, second) = (mc.alloc(1), mc.alloc(1));
///     names.insert(mc, first, "first");
///     names.insert(mc, second, "second"); // equal, but not the same
///     *one = Some(first);
/// });
/// heap.poll();
/// let name = heap.mutate(|mc, (names, one)| one.and_then(|one| names.get(mc, one)));
/// assert_eq!(name, Some("first"));
/// ```
pub struct GcMap<'gc, K, V>(Gc<'gc, Body<'gc, K, V>>);

impl<K, V> Clone for GcMap<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for GcMap<'_, K, V> {}

// SAFETY: the one pointer is presented.
unsafe impl<'gc, K, V> Trace<'gc> for GcMap<'gc, K, V> {
    fn trace<W: Visitor<'gc>>(&self, visitor: &mut W) {
        self.0.trace(visitor);
    }

    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        self.0.relocate(relocator);
    }
}

/// Where the search for a key ended.
enum Found {
    At(usize),
    Vacant(usize),
}

/// The first place of a key among `count`, a power of two: the upper bits of a product, since the
/// lower ones of an identity are those of an address.
fn home(identity: u64, count: usize) -> usize {
    // 2^64 divided by the golden ratio (Knuth, TAOCP 3, 6.4).
    let spread = identity.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (spread >> 32) as usize & (count - 1)
}

impl<'gc, K: Trace<'gc> + 'gc, V: Trace<'gc> + Copy + 'gc> GcMap<'gc, K, V> {
    /// How many entries there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.len.get()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value of a key.
    #[must_use]
    pub fn get(self, mc: &Mutation<'gc>, key: Gc<'gc, K>) -> Option<V> {
        let places = self.0.places.get();
        match Self::find(mc, places, key)? {
            Found::At(at) => places.get(at)?.get().map(|(_, value)| value),
            Found::Vacant(_) => None,
        }
    }

    /// Whether the key has a value.
    #[must_use]
    pub fn contains_key(self, mc: &Mutation<'gc>, key: Gc<'gc, K>) -> bool {
        self.get(mc, key).is_some()
    }

    /// Keys and values, in no order.
    pub fn iter(self) -> impl Iterator<Item = (Gc<'gc, K>, V)> + use<'gc, K, V> {
        self.0.places.get().as_slice().iter().filter_map(Lock::get)
    }

    /// Gives a key a value, and returns the one that it had.
    ///
    /// # Panics
    /// When there is no room; see [`GcMap::try_insert`].
    pub fn insert(self, mc: &Mutation<'gc>, key: Gc<'gc, K>, value: V) -> Option<V> {
        match self.try_insert(mc, key, value) {
            Ok(old) => old,
            Err(full) => panic!("{full}"),
        }
    }

    /// Gives a key a value, if there is room, and returns the one that it had. Now and then all
    /// entries find new places, on average less than twice each.
    ///
    /// # Errors
    /// [`HeapFull`] as for [`Mutation::try_alloc`]; the map is as it was.
    pub fn try_insert(
        self,
        mc: &Mutation<'gc>,
        key: Gc<'gc, K>,
        value: V,
    ) -> Result<Option<V>, HeapFull> {
        let len = self.len();
        let mut places = self.0.places.get();
        if let Some(Found::At(at)) = Self::find(mc, places, key) {
            let place = mc.write_element(places, at);
            let old = place.and_then(|place| place.replace(Some((key, value))));
            return Ok(old.map(|(_, value)| value));
        }
        if len >= places.len() / 4 * 3 {
            places = self.widen(mc, places)?;
        }
        if let Some(Found::Vacant(at)) = Self::find(mc, places, key)
            && let Some(place) = mc.write_element(places, at)
        {
            place.set(Some((key, value)));
            self.set_len(mc, len + 1);
        }
        Ok(None)
    }

    /// Takes a key out, and gives its value.
    pub fn remove(self, mc: &Mutation<'gc>, key: Gc<'gc, K>) -> Option<V> {
        let places = self.0.places.get();
        let Found::At(mut gap) = Self::find(mc, places, key)? else {
            return None;
        };
        let (_, value) = mc.write_element(places, gap)?.replace(None)?;
        self.set_len(mc, self.len() - 1);
        // What stood behind it only because the place was taken moves up (algorithm R).
        let mask = places.len() - 1;
        let mut at = gap;
        loop {
            at = (at + 1) & mask;
            let Some(entry) = places.get(at).and_then(Lock::get) else {
                return Some(value);
            };
            let home = home(mc.identity(entry.0), places.len());
            let from_home = at.wrapping_sub(home) & mask;
            if from_home >= at.wrapping_sub(gap) & mask {
                mc.write_element(places, gap)?.set(Some(entry));
                mc.write_element(places, at)?.set(None);
                gap = at;
            }
        }
    }

    /// Takes all entries out; the places stay.
    pub fn clear(self, mc: &Mutation<'gc>) {
        let places = self.0.places.get();
        for at in 0..places.len() {
            if let Some(place) = mc.write_element(places, at) {
                place.set(None);
            }
        }
        self.set_len(mc, 0);
    }

    /// `None` where there are no places.
    fn find(mc: &Mutation<'gc>, places: Places<'gc, K, V>, key: Gc<'gc, K>) -> Option<Found> {
        if places.is_empty() {
            return None;
        }
        let mut at = home(mc.identity(key), places.len());
        loop {
            match places.get(at)?.get() {
                Some((its, _)) if Gc::ptr_eq(its, key) => return Some(Found::At(at)),
                Some(_) => at = (at + 1) & (places.len() - 1),
                None => return Some(Found::Vacant(at)),
            }
        }
    }

    /// Twice as many places, with all entries.
    fn widen(
        self,
        mc: &Mutation<'gc>,
        old: Places<'gc, K, V>,
    ) -> Result<Places<'gc, K, V>, HeapFull> {
        let count = old.len().saturating_mul(2).max(PLACES_MIN);
        let wide = mc.try_array(count, |_| Lock::new(None))?;
        for entry in old.as_slice().iter().filter_map(Lock::get) {
            if let Some(Found::Vacant(at)) = Self::find(mc, wide, entry.0)
                && let Some(place) = mc.write_element(wide, at)
            {
                place.set(Some(entry));
            }
        }
        crate::field!(mc.write(self.0), Body, places).set(wide);
        Ok(wide)
    }

    fn set_len(self, mc: &Mutation<'gc>, len: usize) {
        crate::field!(mc.write(self.0), Body, len).set(len);
    }
}

impl<'gc, K, V> fmt::Debug for GcMap<'gc, K, V>
where
    K: Trace<'gc> + fmt::Debug + 'gc,
    V: Trace<'gc> + Copy + fmt::Debug + 'gc,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (key, value) in self.iter() {
            map.entry(&*key, &value);
        }
        map.finish()
    }
}

impl<'gc> Mutation<'gc> {
    /// An empty map.
    ///
    /// # Panics
    /// When there is no room for its two small objects.
    pub fn map<K: Trace<'gc> + 'gc, V: Trace<'gc> + Copy + 'gc>(&self) -> GcMap<'gc, K, V> {
        let places = Lock::new(self.array(0, |_| Lock::new(None)));
        let len = Lock::new(0);
        GcMap(self.alloc(Body { len, places }))
    }
}
