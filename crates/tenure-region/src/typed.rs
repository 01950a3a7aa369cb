//! An arena for values of one type, which it drops at its end.
//!
//! **Shape:** vectors of the standard library that are never pushed beyond their capacity, so that
//! no value moves. They drop the values: what the compiler knows about a vector's drop it knows
//! here too, so values without a drop of their own may point at each other.

use alloc::vec::Vec;
use core::cell::UnsafeCell;

use tenure_base::ledger::{Account, Kind};

use crate::accounts;
use crate::refused::{Refused, give_up};

/// The first chunk.
const FIRST_BYTES: usize = 1 << 10;
/// No chunk is made larger.
const LARGEST_BYTES: usize = 1 << 20;

/// An arena for values of one type: it drops them all at its end, can go through them, and they may
/// point at each other.
///
/// # Examples
/// ```
/// use core::cell::Cell;
/// use tenure_region::TypedArena;
/// struct Node<'a> { name: String, next: Cell<Option<&'a Node<'a>>> }
///
/// let arena = TypedArena::new();
/// let node = |name: &str| &*arena.alloc(Node { name: name.into(), next: Cell::new(None) });
/// let (a, b) = (node("a"), node("b"));
/// a.next.set(Some(b));
/// b.next.set(Some(a));
/// assert_eq!(a.next.get().unwrap().next.get().unwrap().name, "a");
/// ```
pub struct TypedArena<T> {
    chunks: UnsafeCell<Chunks<T>>,
}

struct Chunks<T> {
    /// Those before `current`, in the order of making.
    left: Vec<Vec<T>>,
    current: Vec<T>,
    /// Empty ones, the next to take last.
    spare: Vec<Vec<T>>,
    /// A field and not a drop of the arena, whose values may point at each other.
    books: Books,
}

/// What the account of a name was told of one arena.
struct Books {
    name: &'static str,
    account: Option<&'static Account>,
    told_bytes: usize,
}

impl Books {
    /// The arena holds so many bytes now, all of them in use.
    fn tell(&mut self, held_bytes: usize) {
        if self.account.is_none() {
            self.account = accounts::shared(Kind::Arena, self.name);
        }
        let Some(account) = self.account else { return };
        let told = core::mem::replace(&mut self.told_bytes, held_bytes);
        if held_bytes >= told {
            // An account of a name has no limit.
            let _ = account.charge(held_bytes - told);
        } else {
            account.uncharge(told - held_bytes);
        }
        account.move_used(held_bytes.wrapping_sub(told).cast_signed());
    }
}

impl Drop for Books {
    fn drop(&mut self) {
        if self.told_bytes > 0 {
            self.tell(0);
        }
    }
}

impl<T> TypedArena<T> {
    /// An arena without memory.
    ///
    /// # Examples
    /// See [`TypedArena`].
    #[must_use]
    pub const fn new() -> Self {
        Self::named("")
    }

    /// An arena without memory that has a name in reports; as
    /// [`Arena::named`](crate::Arena::named).
    ///
    /// # Examples
    /// ```
    /// let nodes = tenure_region::TypedArena::<String>::named("nodes");
    /// assert!(nodes.is_empty());
    /// ```
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self {
            chunks: UnsafeCell::new(Chunks {
                left: Vec::new(),
                current: Vec::new(),
                spare: Vec::new(),
                books: Books {
                    name,
                    account: None,
                    told_bytes: 0,
                },
            }),
        }
    }

    /// Moves a value into the arena.
    ///
    /// # Panics
    /// Without memory.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::TypedArena::new();
    /// let names: Vec<&mut String> = (0..3).map(|n| arena.alloc(format!("n{n}"))).collect();
    /// assert_eq!(names[2], "n2");
    /// ```
    #[inline]
    pub fn alloc(&self, value: T) -> &mut T {
        match self.try_alloc(value) {
            Ok(value) => value,
            Err(why) => give_up(why),
        }
    }

    /// As [`TypedArena::alloc`].
    ///
    /// # Errors
    /// [`Refused`]; the value is dropped.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::TypedArena::new();
    /// *arena.try_alloc(1)? += 1;
    /// # Ok::<(), tenure_region::Refused>(())
    /// ```
    #[inline]
    #[expect(
        clippy::mut_from_ref,
        reason = "each call hands out memory that nobody else has"
    )]
    pub fn try_alloc(&self, value: T) -> Result<&mut T, Refused> {
        // SAFETY: the type is not `Sync`, and nothing in this function comes back to the arena: the
        // reference is the only one. It reaches the vectors, not the values behind their pointers.
        let chunks = unsafe { &mut *self.chunks.get() };
        let len = chunks.current.len();
        if len == chunks.current.capacity() {
            return chunks.open(value);
        }
        // SAFETY: there is room for one more; it is the caller's alone, as the arena gives no
        // access to its values except exclusively.
        unsafe {
            let place = chunks.current.as_mut_ptr().add(len);
            place.write(value);
            chunks.current.set_len(len + 1);
            Ok(&mut *place)
        }
    }

    /// Values in the arena.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::TypedArena::new();
    /// arena.alloc(());
    /// assert_eq!(arena.len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        // SAFETY: as in `try_alloc`; the reference ends here.
        let chunks = unsafe { &*self.chunks.get() };
        chunks.left.iter().map(Vec::len).sum::<usize>() + chunks.current.len()
    }

    /// Whether there is none.
    ///
    /// # Examples
    /// ```
    /// assert!(tenure_region::TypedArena::<u8>::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of all chunks.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::TypedArena::new();
    /// arena.alloc(0u64);
    /// assert_eq!(arena.held_bytes(), 1024);
    /// ```
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        // SAFETY: as in `try_alloc`; the reference ends here.
        unsafe { &*self.chunks.get() }.held_bytes()
    }

    /// The values, in the order in which they came.
    ///
    /// # Examples
    /// ```
    /// let mut arena = tenure_region::TypedArena::new();
    /// arena.alloc(1);
    /// arena.alloc(2);
    /// arena.iter_mut().for_each(|value| *value *= 10);
    /// assert!(arena.iter_mut().map(|value| *value).eq([10, 20]));
    /// ```
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        let chunks = self.chunks.get_mut();
        chunks
            .left
            .iter_mut()
            .chain([&mut chunks.current])
            .flatten()
    }

    /// The values themselves, in the order in which they came.
    ///
    /// # Examples
    /// ```
    /// let arena = tenure_region::TypedArena::new();
    /// arena.alloc("a".to_owned());
    /// let values: Vec<String> = arena.into_values().collect();
    /// assert_eq!(values, ["a"]);
    /// ```
    pub fn into_values(self) -> impl DoubleEndedIterator<Item = T> {
        let chunks = self.chunks.into_inner();
        chunks.left.into_iter().chain([chunks.current]).flatten()
    }

    /// Drops all values, and keeps the memory.
    ///
    /// # Panics
    /// When the drop of a value does; the others are dropped, and some memory goes with them.
    ///
    /// # Examples
    /// ```
    /// let mut arena = tenure_region::TypedArena::new();
    /// arena.alloc("a".to_owned());
    /// let held = arena.held_bytes();
    /// arena.reset();
    /// assert_eq!((arena.len(), arena.held_bytes()), (0, held));
    /// ```
    pub fn reset(&mut self) {
        let chunks = self.chunks.get_mut();
        let mut used = core::mem::take(&mut chunks.left);
        used.push(core::mem::take(&mut chunks.current));
        // Should a drop panic, what is left of `used` goes with its values, once each.
        used.iter_mut().for_each(Vec::clear);
        used.retain(|chunk| chunk.capacity() > 0);
        chunks.spare.extend(used.into_iter().rev());
    }
}

impl<T> Chunks<T> {
    fn held_bytes(&self) -> usize {
        let others = self.left.iter().chain(&self.spare);
        let values: usize = others.map(Vec::capacity).sum();
        size_of::<T>().saturating_mul(values.saturating_add(self.current.capacity()))
    }

    /// The current chunk is full: the value goes to the next one.
    #[cold]
    #[inline(never)]
    fn open(&mut self, value: T) -> Result<&mut T, Refused> {
        // First what can fail, so that nothing has changed then.
        self.left.try_reserve(1).map_err(|_| Refused::NoMemory)?;
        let next = match self.spare.pop() {
            Some(next) => next,
            None => {
                let bytes = (self.current.capacity().saturating_mul(2))
                    .saturating_mul(size_of::<T>())
                    .clamp(FIRST_BYTES, LARGEST_BYTES);
                let mut next = Vec::new();
                next.try_reserve_exact((bytes / size_of::<T>().max(1)).max(1))
                    .map_err(|_| Refused::NoMemory)?;
                next
            }
        };
        let full = core::mem::replace(&mut self.current, next);
        if full.capacity() > 0 {
            self.left.push(full);
        }
        if !self.books.name.is_empty() {
            let held_bytes = self.held_bytes();
            self.books.tell(held_bytes);
        }
        self.current.push(value);
        self.current.last_mut().ok_or(Refused::NoMemory)
    }
}

impl<T> Default for TypedArena<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> core::fmt::Debug for TypedArena<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TypedArena")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
