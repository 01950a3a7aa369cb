//! [`WeakMap`]: values for objects, for as long as these live.
//!
//! **Shape:** the object of a map is a [`Table`]: entries side by side in memory of its own, with a
//! list of free ones, and an [`Index`] over them by the identity of keys, which does not change
//! when they move. `fresh` lists entries that may have to do with young objects: a minor collection
//! goes over these alone.
//!
//! **Invariants:** (a) an entry that leads to a young object is fresh; (b) an old table with fresh
//! entries is logged or remembered; (c) `index` holds the numbers of used entries and no others.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::marker::PhantomData;
use core::mem::needs_drop;
use core::ptr::NonNull;

use crate::descriptor::{Descriptor, object_bytes};
use crate::evacuate::Evacuator;
use crate::gc::Gc;
use crate::mark::Marker;
use crate::memory::Memory;
use crate::mutation::Mutation;
use crate::object::Object;
use crate::references::ephemerons::{DropOne, EntryAt, Keys, TableOps};
use crate::references::index::Index;
use crate::references::lives;
use crate::trace::{Edge, Relocator, Trace, Visitor};

/// A map from objects to values that keeps neither the objects nor, without them, the values.
///
/// An entry is an ephemeron: its value is reached when both the map and the key are, even where the
/// value leads back to the key. When nothing else leads to the key the entry is removed, after
/// finalisers have had their chance to find it. Keys are told apart by identity, which stays as
/// objects move. The pointer to a map is `Copy`, as [`Gc`] is; a clone is the same map.
///
/// Each of its functions takes O(1) on average. A minor collection goes over the entries that are
/// new or lead to young objects, a mark over all, in time linear in entries and objects.
///
/// # Examples
/// What is known of objects whose type has no place for it:
/// ```
/// use tenure_gc::{Gc, Heap, Kind, Root, WeakMap};
/// type All<'gc> = (WeakMap<'gc, String, usize>, Vec<Gc<'gc, String>>);
/// let mut heap = Heap::<Root!['gc => All<'gc>]>::new(|mc| (WeakMap::new(mc), vec![]));
/// heap.mutate_root(|mc, (visits, names)| {
///     for name in ["Ada", "Grace"] {
///         let name = mc.alloc(name.to_owned());
///         visits.insert(mc, name, name.len());
///         names.push(name);
///     }
/// });
/// heap.mutate_root(|_, (_, names)| names.truncate(1));
/// heap.collect(Kind::Full)?;
/// heap.mutate(|mc, (visits, names)| {
///     assert_eq!(visits.len(), 1);
///     assert_eq!(visits.get(mc, names[0]), Some(3));
/// });
/// # Ok::<(), tenure_gc::HeapFull>(())
/// ```
#[repr(transparent)]
pub struct WeakMap<'gc, K, V> {
    table: Gc<'gc, Table<V>>,
    keys: PhantomData<Gc<'gc, K>>,
}

impl<K, V> Clone for WeakMap<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for WeakMap<'_, K, V> {}

impl<'gc, K, V: Trace<'gc>> WeakMap<'gc, K, V> {
    /// An empty map.
    ///
    /// # Panics
    /// When there is no room for its object; see [`Mutation::try_alloc`].
    #[must_use]
    pub fn new(mc: &Mutation<'gc>) -> Self {
        let table = Table::<V> {
            ops: const { &<V as Value<'gc>>::OPS },
            seen: Cell::new(false),
            entries: RefCell::new(Entries::new()),
        };
        // SAFETY: the descriptor is that of tables with such values, which are small.
        let at = unsafe { mc.place(table, const { &<V as Value<'gc>>::DESCRIPTOR }) };
        // SAFETY: the reference ends here, and nobody is called.
        let memory = unsafe { mc.state().memory() };
        memory.references.tables.add(at);
        Self {
            // SAFETY: it was placed just now.
            table: unsafe { Gc::from_value(at) },
            keys: PhantomData,
        }
    }

    /// Sets the value for a key, and gives the one that it had.
    ///
    /// # Panics
    /// Within [`WeakMap::with`] of the same map; and with 2³² − 1 entries.
    pub fn insert(self, mc: &Mutation<'gc>, key: Gc<'gc, K>, value: V) -> Option<V> {
        mc.barrier(Object::of_value(self.table.value()));
        let hash = mc.identity(key);
        let mut entries = self.table.entries.borrow_mut();
        let before = entries.insert(key.value(), hash, value);
        drop(entries);
        before.inspect(|value| mc.keep_all(value))
    }

    /// A copy of the value for a key.
    ///
    /// # Panics
    /// When the value's `Clone` does.
    #[must_use]
    pub fn get(self, mc: &Mutation<'gc>, key: Gc<'gc, K>) -> Option<V>
    where
        V: Clone,
    {
        self.with(mc, key, V::clone)
    }

    /// What `look` makes of the value for a key.
    ///
    /// # Panics
    /// When `look` does. Within it, the map cannot be written to.
    pub fn with<X>(
        self,
        mc: &Mutation<'gc>,
        key: Gc<'gc, K>,
        look: impl FnOnce(&V) -> X,
    ) -> Option<X> {
        let hash = mc.known_identity(key)?;
        let entries = self.table.entries.borrow();
        let (_, value) = entries.find(key.value(), hash)?;
        mc.keep_all(value);
        Some(look(value))
    }

    /// Whether there is a value for a key.
    #[must_use]
    pub fn contains_key(self, mc: &Mutation<'gc>, key: Gc<'gc, K>) -> bool {
        self.with(mc, key, |_| ()).is_some()
    }

    /// Takes a key's entry out, and gives its value.
    ///
    /// # Panics
    /// Within [`WeakMap::with`] of the same map.
    pub fn remove(self, mc: &Mutation<'gc>, key: Gc<'gc, K>) -> Option<V> {
        let hash = mc.known_identity(key)?;
        let mut entries = self.table.entries.borrow_mut();
        let (entry, _) = entries.find(key.value(), hash)?;
        let value = entries.remove(entry);
        drop(entries);
        value.inspect(|value| mc.keep_all(value))
    }

    /// How many entries there are; those of dead keys count until a collection has found them.
    #[must_use]
    pub fn len(self) -> usize {
        self.table.entries.borrow().len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

// SAFETY: the one pointer, to the table, is presented; the table's own are the collector's.
unsafe impl<'gc, K, V> Trace<'gc> for WeakMap<'gc, K, V> {
    fn trace<W: Visitor<'gc>>(&self, visitor: &mut W) {
        self.table.trace(visitor);
    }

    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        self.table.relocate(relocator);
    }
}

impl<'gc> Mutation<'gc> {
    /// What a value of an entry leads to is in use again: see [`Mutation::keep`].
    fn keep_all<V: Trace<'gc>>(&self, value: &V) {
        if V::NEEDS_TRACE {
            // SAFETY: the reference ends with this function; a marker calls `Trace` only.
            let memory = unsafe { self.state().memory() };
            if memory.old.marking {
                value.trace(&mut Marker::new(memory));
            }
        }
    }
}

/// The object of a map.
#[repr(C)]
pub(crate) struct Table<V> {
    /// First: see `ephemerons::ops`.
    ops: &'static TableOps,
    /// The mark that is under way has looked at it.
    seen: Cell<bool>,
    entries: RefCell<Entries<V>>,
}

/// One entry of a table.
enum Entry<V> {
    Free {
        next: Option<u32>,
        /// It is still on the list of fresh ones.
        listed: bool,
    },
    Used {
        /// Where the key's value lies.
        key: NonNull<u8>,
        hash: u64,
        value: V,
        fresh: bool,
    },
}

/// What a table holds.
struct Entries<V> {
    entries: Vec<Entry<V>>,
    free: Option<u32>,
    len: usize,
    index: Index,
    fresh: Vec<u32>,
}

/// The hash of a used entry.
fn hash_in<V>(entries: &[Entry<V>]) -> impl Fn(u32) -> u64 + '_ {
    |entry| match &entries[entry as usize] {
        Entry::Used { hash, .. } => *hash,
        Entry::Free { .. } => 0,
    }
}

impl<V> Entries<V> {
    const fn new() -> Self {
        Self {
            entries: Vec::new(),
            free: None,
            len: 0,
            index: Index::new(),
            fresh: Vec::new(),
        }
    }

    fn number_of(&self, key: NonNull<u8>, hash: u64) -> Option<u32> {
        let is = |entry: u32| match &self.entries[entry as usize] {
            Entry::Used { key: there, .. } => *there == key,
            Entry::Free { .. } => false,
        };
        self.index.find(hash, is)
    }

    fn find(&self, key: NonNull<u8>, hash: u64) -> Option<(u32, &V)> {
        let entry = self.number_of(key, hash)?;
        match &self.entries[entry as usize] {
            Entry::Used { value, .. } => Some((entry, value)),
            Entry::Free { .. } => None,
        }
    }

    fn insert(&mut self, key: NonNull<u8>, hash: u64, value: V) -> Option<V> {
        if let Some(number) = self.number_of(key, hash)
            && let Entry::Used {
                value: there,
                fresh,
                ..
            } = &mut self.entries[number as usize]
        {
            if !core::mem::replace(fresh, true) {
                self.fresh.push(number);
            }
            return Some(core::mem::replace(there, value));
        }
        let used = Entry::Used {
            key,
            hash,
            value,
            fresh: true,
        };
        let (number, listed) = match self.free {
            Some(number) => {
                let before = core::mem::replace(&mut self.entries[number as usize], used);
                let Entry::Free { next, listed } = before else {
                    unreachable!("the list of free entries leads to free ones");
                };
                self.free = next;
                (number, listed)
            }
            None => {
                let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
                assert!(number < u32::MAX, "a weak map holds 2^32 - 1 entries");
                self.entries.push(used);
                (number, false)
            }
        };
        self.index.insert(number, hash_in(&self.entries));
        if !listed {
            self.fresh.push(number);
        }
        self.len += 1;
        None
    }

    /// Takes a used entry out. If it is on the list of fresh ones it stays there.
    fn remove(&mut self, number: u32) -> Option<V> {
        self.index.remove(number, hash_in(&self.entries));
        let entry = &mut self.entries[number as usize];
        let listed = matches!(entry, Entry::Used { fresh: true, .. });
        let next = self.free.replace(number);
        self.len -= 1;
        match core::mem::replace(entry, Entry::Free { next, listed }) {
            Entry::Used { value, .. } => Some(value),
            Entry::Free { .. } => None,
        }
    }

    /// Removes an entry in a pause: its value is dropped later.
    fn bury(&mut self, number: u32, dying: &mut Vec<V>) {
        if let Some(value) = self.remove(number)
            && needs_drop::<V>()
        {
            dying.push(value);
        }
    }

    /// Most entries are free: closes ranks, and gives memory back.
    fn shrink(&mut self) {
        if self.entries.len() < 64 || 4 * self.len > self.entries.len() {
            return;
        }
        let mut entries = Vec::with_capacity(self.len);
        let old = core::mem::take(&mut self.entries);
        entries.extend(
            old.into_iter()
                .filter(|entry| matches!(entry, Entry::Used { .. })),
        );
        self.free = None;
        self.index.clear();
        self.fresh.clear();
        for (number, entry) in (0u32..).zip(&entries) {
            self.index.insert(number, hash_in(&entries));
            if matches!(entry, Entry::Used { fresh: true, .. }) {
                self.fresh.push(number);
            }
        }
        self.entries = entries;
    }
}

/// A type that tables can have values of.
trait Value<'gc>: Sized {
    const DESCRIPTOR: Descriptor;
    const OPS: TableOps;
}

/// The entries of a table, for the collector.
///
/// # Safety
/// * A table with such values lies there, and nobody else uses it for as long as the reference is.
unsafe fn entries_mut<'a, V>(table: NonNull<u8>) -> &'a mut Entries<V> {
    // SAFETY: by contract; no borrow outlives a mutation.
    unsafe { table.cast::<Table<V>>().as_mut() }
        .entries
        .get_mut()
}

impl<'gc, V: Trace<'gc>> Value<'gc> for V {
    const DESCRIPTOR: Descriptor = Descriptor {
        bytes: object_bytes(size_of::<Table<V>>()),
        align: align_of::<Table<V>>(),
        needs_trace: true,
        needs_drop: true,
        evacuate: |table, evacuator| evacuator.memory().ephemerons.found.push(table),
        mark: |table, marker| {
            let ephemerons = &mut marker.memory().ephemerons;
            if ephemerons.closing {
                ephemerons.found.push(table);
            }
        },
        show: |table, visitor| {
            // SAFETY: the descriptor is the table's; no borrow to write is open when it is shown.
            let entries = unsafe { &*table.cast::<Table<V>>().as_ref().entries.as_ptr() };
            for (index, entry) in entries.entries.iter().enumerate() {
                if let Entry::Used { key, value, .. } = entry {
                    visitor.element(index);
                    visitor.weak(Edge::new(*key));
                    value.trace(&mut crate::descriptor::Anybody(visitor));
                }
            }
        },
        fix: |table, fixer| {
            // SAFETY: the descriptor is the table's, and the collector has it alone.
            for entry in &mut unsafe { entries_mut::<V>(table) }.entries {
                if let Entry::Used { key, value, .. } = entry {
                    let mut edge = Edge::new(*key);
                    fixer.strong(&mut edge);
                    *key = edge.value();
                    value.relocate(&mut crate::descriptor::Anybody(&mut *fixer));
                }
            }
        },
        // SAFETY: the descriptor is the table's; who drops forgets the object.
        drop: |table| unsafe { table.cast::<Table<V>>().drop_in_place() },
        name: core::any::type_name::<Table<V>>,
        array: None,
    };

    const OPS: TableOps = TableOps {
        // SAFETY: the operations of a table are called on it, which a pause uses alone.
        visit_young: |table, evacuator, keys| unsafe { visit_young::<V>(table, evacuator, keys) },
        // SAFETY: as above.
        move_value: |table, entry, evacuator| unsafe { move_value::<V>(table, entry, evacuator) },
        // SAFETY: as above.
        finish_young: |table, evacuator| unsafe { finish_young::<V>(table, evacuator) },
        // SAFETY: as above.
        visit_old: |table, marker| unsafe { visit_old::<V>(table, marker) },
        mark_value: |table, entry, marker| {
            // SAFETY: as above.
            let entries = unsafe { entries_mut::<V>(table) };
            if let Entry::Used { value, .. } = &entries.entries[entry as usize] {
                value.trace(marker);
            }
        },
        // SAFETY: as above.
        finish_old: |table, memory| unsafe { finish_old::<V>(table, memory) },
        // SAFETY: as above.
        give_up: |table| unsafe { table.cast::<Table<V>>().as_ref() }.seen.set(false),
    };
}

/// See [`TableOps::visit_young`].
///
/// # Safety
/// * As of [`entries_mut`].
unsafe fn visit_young<'gc, V: Trace<'gc>>(
    table: NonNull<u8>,
    evacuator: &mut Evacuator<'_>,
    keys: Keys,
) {
    // SAFETY: by contract.
    let Entries { entries, fresh, .. } = unsafe { entries_mut::<V>(table) };
    for &number in fresh.iter() {
        let Entry::Used { key, value, .. } = &mut entries[number as usize] else {
            continue;
        };
        if keys == Keys::Kept {
            let mut edge = Edge::new(*key);
            evacuator.strong(&mut edge);
        }
        if let Some(moved) = evacuator.moved(*key) {
            *key = moved;
            value.relocate(evacuator);
        } else if V::NEEDS_TRACE {
            let entry = number;
            let waiting = EntryAt { table, entry };
            evacuator.memory().ephemerons.guard(*key, waiting);
        }
    }
}

/// See [`TableOps::move_value`].
///
/// # Safety
/// * As of [`entries_mut`].
unsafe fn move_value<'gc, V: Trace<'gc>>(
    table: NonNull<u8>,
    entry: u32,
    evacuator: &mut Evacuator<'_>,
) {
    // SAFETY: by contract.
    let entries = unsafe { entries_mut::<V>(table) };
    if let Entry::Used { value, .. } = &mut entries.entries[entry as usize] {
        value.relocate(evacuator);
    }
}

/// See [`TableOps::finish_young`].
///
/// # Safety
/// * As of [`entries_mut`].
unsafe fn finish_young<'gc, V: Trace<'gc>>(
    table: NonNull<u8>,
    evacuator: &mut Evacuator<'_>,
) -> bool {
    // SAFETY: by contract.
    let entries = unsafe { entries_mut::<V>(table) };
    let (mut dying, mut removed) = (Vec::new(), 0);
    let mut fresh = core::mem::take(&mut entries.fresh);
    fresh.retain(|&number| match &mut entries.entries[number as usize] {
        Entry::Free { listed, .. } => {
            *listed = false;
            false
        }
        Entry::Used {
            key, value, fresh, ..
        } => {
            let Some(moved) = evacuator.moved(*key) else {
                *fresh = false;
                entries.bury(number, &mut dying);
                removed += 1;
                return false;
            };
            *key = moved;
            let young = evacuator.leads_to_young(value);
            *fresh = young || evacuator.is_young(moved.addr().get());
            *fresh
        }
    });
    let young = !fresh.is_empty();
    entries.fresh = fresh;
    let memory = evacuator.memory();
    memory.references.cleared.entries += removed;
    drop_later(memory, dying);
    young
}

/// See [`TableOps::visit_old`].
///
/// # Safety
/// * As of [`entries_mut`].
unsafe fn visit_old<'gc, V: Trace<'gc>>(table: NonNull<u8>, marker: &mut Marker<'_>) -> bool {
    // SAFETY: by contract.
    if unsafe { table.cast::<Table<V>>().as_ref() }
        .seen
        .replace(true)
    {
        return false;
    }
    if !V::NEEDS_TRACE {
        return true;
    }
    // SAFETY: by contract.
    let entries = unsafe { entries_mut::<V>(table) };
    for (number, entry) in (0u32..).zip(&entries.entries) {
        if let Entry::Used { key, value, .. } = entry {
            if lives(marker.memory(), *key) {
                value.trace(marker);
            } else {
                let waiting = EntryAt {
                    table,
                    entry: number,
                };
                marker.memory().ephemerons.guard(*key, waiting);
            }
        }
    }
    true
}

/// See [`TableOps::finish_old`].
///
/// # Safety
/// * As of [`entries_mut`].
unsafe fn finish_old<V>(table: NonNull<u8>, memory: &mut Memory) {
    // SAFETY: by contract.
    unsafe { table.cast::<Table<V>>().as_ref() }.seen.set(false);
    // SAFETY: by contract.
    let entries = unsafe { entries_mut::<V>(table) };
    let mut dying = Vec::new();
    for number in (0u32..).take(entries.entries.len()) {
        if let Entry::Used { key, .. } = &entries.entries[number as usize]
            && !lives(memory, *key)
        {
            entries.bury(number, &mut dying);
            memory.references.cleared.entries += 1;
        }
    }
    entries.shrink();
    drop_later(memory, dying);
}

/// Has values dropped when the pause is over.
fn drop_later<V>(memory: &mut Memory, dying: Vec<V>) {
    if dying.is_empty() {
        return;
    }
    let dying: Box<dyn DropOne + '_> = Box::new(dying);
    // SAFETY: the types differ in a lifetime, the brand of the pointers that the values hold. These
    // are followed by nobody: not by the drop of a value, by the contract of `Trace`.
    let dying: Box<dyn DropOne> = unsafe { core::mem::transmute(dying) };
    memory.ephemerons.drop_later(dying);
}
