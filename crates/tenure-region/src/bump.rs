//! A cursor that hands out memory: what every region of this crate derefs to.
//!
//! **Shape:** `at .. end` is free. What lies in front of `at` was handed out. When a request does
//! not fit, the *source* is asked: an arena's chunks, a reservation of which more is committed, or
//! nobody.
//!
//! **Invariants:** (a) `at <= end <= END_MAX` ([`crate::fit`]); (b) `at` and `end` lie in the chunk
//! at the head of `chunk`, or there is none and they are equal; (c) each chunk of the chains
//! `chunk` and `beside` belongs to this cursor alone; (d) a block of no bytes needs no memory: it
//! never makes the source be asked, and nothing is shared between empty cursors.
//!
//! **Cost:** a value of known type takes 10 instructions and one branch when it fits.
//!
//! **Not here:** values, slices and text are in the folder `bump`; who may go back to an earlier
//! cursor is `tail`, `side` and the arenas.

mod slices;
mod text;
mod values;

use core::alloc::Layout;
use core::cell::Cell;
use core::ptr::{NonNull, copy_nonoverlapping, without_provenance_mut};

#[cfg(feature = "alloc")]
use crate::chunks::{self, Chunk, Supply};
use crate::drops;
#[cfg(feature = "alloc")]
use crate::fit::need;
use crate::fit::{fit, fit_small, is_small};
use crate::refused::Refused;
use crate::reserve::Reserve;

/// Memory for values that all live until their region ends or begins anew.
///
/// Nobody makes a `Bump`: an [`Arena`](crate::Arena), a scope of one, and every other region of
/// this crate derefs to it. A function that fills memory for its caller takes `&Bump` and works
/// with all of them. What it hands out lives as long as that borrow.
///
/// Each method that panics without memory has a `try_` twin that returns [`Refused`].
///
/// # Examples
/// ```
/// use tenure_region::{Arena, Bump};
///
/// fn shout<'a>(region: &'a Bump, words: &[&str]) -> &'a mut [&'a str] {
///     region.slice_plain_with(words.len(), |i| &*region.format(format_args!("{}!", words[i])))
/// }
///
/// let arena = Arena::new();
/// assert_eq!(shout(&arena, &["who", "holds"]), ["who!", "holds!"]);
/// let scope = arena.side();
/// assert_eq!(shout(&scope, &["it"]), ["it!"]);
/// ```
pub struct Bump {
    at: Cell<*mut u8>,
    end: Cell<*mut u8>,
    #[cfg(feature = "alloc")]
    chunk: Cell<chunks::Link>,
    #[cfg(feature = "alloc")]
    beside: Cell<chunks::Link>,
    drops: Cell<drops::Link>,
    source: Source,
}

/// Where a cursor gets more memory from.
pub(crate) enum Source {
    /// The chunks of the arena that the cursor is the own one of.
    #[cfg(feature = "alloc")]
    Own(Supply),
    /// The chunks of the arena that the cursor is a side scope of.
    #[cfg(feature = "alloc")]
    Of(NonNull<Supply>),
    /// Nowhere.
    Fixed,
    /// A reservation that this cursor moves through alone.
    Reserved(Reserve),
    /// A reservation that frames share: the innermost alone may ask.
    Frame(NonNull<crate::scratch::Stack>),
}

/// Where a cursor stood. Without its end, which the chunk tells: with one word more the compiler
/// copied the mark in other pairs than it compares, and the processor waited ten nanoseconds for
/// what was stored so.
pub(crate) struct Mark {
    at: *mut u8,
    #[cfg(feature = "alloc")]
    chunk: chunks::Link,
    #[cfg(feature = "alloc")]
    beside: chunks::Link,
    drops: drops::Link,
}

/// The cursor of a region that has no memory yet.
const NOWHERE: *mut u8 = without_provenance_mut(1);

/// The address of a link; zero for none.
#[cfg(feature = "alloc")]
#[inline(always)]
fn bits<T>(link: Option<NonNull<T>>) -> usize {
    link.map_or(0, |entry| entry.addr().get())
}

impl Bump {
    /// A cursor without memory.
    #[cfg(feature = "alloc")]
    pub(crate) const fn empty(source: Source) -> Self {
        Self::over(NOWHERE, NOWHERE, source)
    }

    /// A cursor over `at .. end`, which is free memory of one object, ends at most at `END_MAX`,
    /// and is left to the cursor.
    pub(crate) const fn over(at: *mut u8, end: *mut u8, source: Source) -> Self {
        Self {
            at: Cell::new(at),
            end: Cell::new(end),
            #[cfg(feature = "alloc")]
            chunk: Cell::new(None),
            #[cfg(feature = "alloc")]
            beside: Cell::new(None),
            drops: Cell::new(None),
            source,
        }
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    #[cfg(feature = "alloc")]
    pub(crate) fn source_mut(&mut self) -> &mut Source {
        &mut self.source
    }

    pub(crate) fn at(&self) -> *mut u8 {
        self.at.get()
    }

    /// Lets the memory end at `end`, which is not in front of the cursor.
    pub(crate) fn set_end(&self, end: *mut u8) {
        debug_assert!(self.at.get().addr() <= end.addr());
        self.end.set(end);
    }

    /// Begins anew with `at .. end`, as in [`Bump::over`].
    pub(crate) fn begin(&self, at: *mut u8, end: *mut u8) {
        debug_assert!(at.addr() <= end.addr());
        self.at.set(at);
        self.end.set(end);
    }

    /// Bytes between the cursor and the end of what it moves through. The region may get more.
    #[must_use]
    pub fn rest_bytes(&self) -> usize {
        self.end.get().addr() - self.at.get().addr()
    }

    /// Memory of this shape; its contents are whatever they are. Requests of no bytes cost none.
    ///
    /// # Errors
    /// [`Refused`], and nothing has changed.
    ///
    /// # Examples
    /// ```
    /// use core::alloc::Layout;
    /// let arena = tenure_region::Arena::new();
    /// let line = arena.allocate(Layout::from_size_align(64, 64).unwrap()).unwrap();
    /// assert_eq!(line.addr().get() % 64, 0);
    /// let hostile = Layout::from_size_align(isize::MAX as usize - 63, 64).unwrap();
    /// assert!(arena.allocate(hostile).is_err());
    /// ```
    #[inline(always)]
    pub fn allocate(&self, layout: Layout) -> Result<NonNull<u8>, Refused> {
        let at = self.at.get();
        match fit(at.addr(), self.end.get().addr(), layout) {
            Some((pad, all)) => {
                self.at.set(at.wrapping_add(all));
                // SAFETY: not null: `at` is not, and `fit` stays below `end` without wrapping.
                Ok(unsafe { NonNull::new_unchecked(at.wrapping_add(pad)) })
            }
            None => self.refill(layout),
        }
    }

    /// Memory for a `T`.
    #[inline(always)]
    pub(crate) fn place<T>(&self) -> Result<NonNull<T>, Refused> {
        let layout = Layout::new::<T>();
        if size_of::<T>() == 0 {
            return Ok(NonNull::dangling());
        }
        if !const { is_small(Layout::new::<T>()) } {
            return self.allocate(layout).map(NonNull::cast);
        }
        let at = self.at.get();
        match fit_small(at.addr(), self.end.get().addr(), layout) {
            Some((start, after)) => {
                self.at.set(at.with_addr(after));
                // SAFETY: `start` is not before `at`, which is not zero.
                Ok(unsafe { NonNull::new_unchecked(at.with_addr(start).cast()) })
            }
            None => self.refill(layout).map(NonNull::cast),
        }
    }

    /// Memory for `len` values of `T`.
    #[inline]
    pub(crate) fn place_slice<T>(&self, len: usize) -> Result<NonNull<T>, Refused> {
        let layout = Layout::array::<T>(len).map_err(|_| Refused::TooLarge)?;
        if layout.size() == 0 {
            return Ok(NonNull::dangling());
        }
        self.allocate(layout).map(NonNull::cast)
    }

    /// The request does not fit: more memory is asked for.
    #[inline(always)]
    fn refill(&self, layout: Layout) -> Result<NonNull<u8>, Refused> {
        Refused::decode(self.refill_far(layout))
    }

    /// As [`Bump::refill`]. The result fits one register: as a `Result` it would be returned
    /// through memory, which costs the callers' fast path three instructions.
    #[cold]
    #[inline(never)]
    fn refill_far(&self, layout: Layout) -> *mut u8 {
        #[cfg(feature = "alloc")]
        if let Source::Of(supply) = &self.source
            && (1..=chunks::BESIDE_BYTES).contains(&layout.size())
            && layout.align() <= chunks::CHUNK_ALIGN
            // SAFETY: a side scope borrows the arena whose chunks these are.
            && let Some(chunk) = unsafe { supply.as_ref() }.take_head(layout.size())
        {
            return self.open_side(chunk, layout.size());
        }
        self.refill_slow(layout)
    }

    /// The first request of most side scopes: a spare chunk, and the block at its front.
    #[cfg(feature = "alloc")]
    #[inline(always)]
    fn open_side(&self, chunk: NonNull<Chunk>, size: usize) -> *mut u8 {
        // SAFETY: taken from the supply just now: alive, and this cursor's alone.
        unsafe { chunk.as_ref() }.next.set(self.chunk.get());
        self.chunk.set(Some(chunk));
        let start = Chunk::start(chunk);
        self.at.set(start.wrapping_add(size));
        self.end.set(Chunk::end(chunk));
        start
    }

    #[inline(never)]
    fn refill_slow(&self, layout: Layout) -> *mut u8 {
        Refused::encode(self.ask_source(layout))
    }

    #[inline]
    fn ask_source(&self, layout: Layout) -> Result<NonNull<u8>, Refused> {
        if layout.size() == 0 {
            let aligned = without_provenance_mut(layout.align());
            // SAFETY: an alignment is not zero.
            return Ok(unsafe { NonNull::new_unchecked(aligned) });
        }
        match &self.source {
            #[cfg(feature = "alloc")]
            Source::Own(supply) => self.refill_from(supply, layout),
            #[cfg(feature = "alloc")]
            // SAFETY: a side scope borrows the arena whose chunks these are.
            Source::Of(supply) => self.refill_from(unsafe { supply.as_ref() }, layout),
            Source::Fixed => Err(Refused::Full),
            Source::Reserved(reserve) => {
                self.end.set(reserve.room_for(self.at.get(), layout)?);
                self.allocate(layout)
            }
            Source::Frame(stack) => {
                // SAFETY: the stack of this thread outlives its frames.
                let end = unsafe { stack.as_ref() }.room_for(self, self.at.get(), layout)?;
                self.end.set(end);
                self.allocate(layout)
            }
        }
    }

    #[cfg(feature = "alloc")]
    fn refill_from(&self, supply: &Supply, layout: Layout) -> Result<NonNull<u8>, Refused> {
        let need = need(layout, chunks::CHUNK_ALIGN).ok_or(Refused::TooLarge)?;
        let is_beside = need > chunks::BESIDE_BYTES;
        let (chunk, chain) = if is_beside {
            (supply.take_beside(need)?, &self.beside)
        } else {
            (supply.take(need)?, &self.chunk)
        };
        // SAFETY: taken from the supply just now: alive, and this cursor's alone.
        unsafe { chunk.as_ref() }.next.set(chain.get());
        chain.set(Some(chunk));
        let start = Chunk::start(chunk);
        if is_beside {
            let pad = start.addr().wrapping_neg() & (layout.align() - 1);
            // SAFETY: `need` has room for the pad and the block behind the header.
            return Ok(unsafe { NonNull::new_unchecked(start.add(pad)) });
        }
        self.at.set(start);
        self.end.set(Chunk::end(chunk));
        self.allocate(layout)
    }

    /// Takes a block back. Only the newest block's memory can be used again before the region ends.
    ///
    /// # Safety
    /// * `block` came from this cursor with this layout, and the scope that it came from is the
    ///   innermost one.
    /// * Nobody uses the block any more.
    ///
    /// # Examples
    /// ```
    /// use core::alloc::Layout;
    /// let arena = tenure_region::Arena::new();
    /// let layout = Layout::new::<[u8; 100]>();
    /// let block = arena.allocate(layout).unwrap();
    /// // SAFETY: the block came from the arena just now, with this layout, and is not used.
    /// unsafe { arena.deallocate(block, layout) };
    /// assert_eq!(arena.allocate(layout).unwrap(), block);
    /// ```
    #[inline(always)]
    pub unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        let at = self.at.get();
        if block.addr().get() + layout.size() == at.addr() {
            self.at.set(at.wrapping_sub(layout.size()));
        }
    }

    /// A block with the bytes of `block` that has room for `new`: the same one if it was the newest
    /// and there is room behind it, else another.
    ///
    /// # Errors
    /// [`Refused`]; the block is as it was.
    ///
    /// # Safety
    /// * `block` came from this cursor with the layout `old`, and the scope that it came from is
    ///   the innermost one.
    /// * `new` is not smaller than `old`.
    /// * Nobody uses the block by its old address once this has succeeded.
    ///
    /// # Examples
    /// ```
    /// use core::alloc::Layout;
    /// let arena = tenure_region::Arena::new();
    /// let (old, new) = (Layout::new::<[u8; 8]>(), Layout::new::<[u8; 16]>());
    /// let block = arena.allocate(old).unwrap();
    /// // SAFETY: the block came from the arena just now with the layout `old`; `new` is larger.
    /// let grown = unsafe { arena.grow(block, old, new) }.unwrap();
    /// assert_eq!(grown, block);
    /// ```
    #[inline(always)]
    pub unsafe fn grow(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<u8>, Refused> {
        debug_assert!(new.size() >= old.size());
        let at = self.at.get();
        let start = block.addr().get();
        // Zero if the block is the newest and aligned: one branch for both.
        let misfit = ((start + old.size()) ^ at.addr()) | (start & (new.align() - 1));
        if misfit == 0 && new.size() <= self.end.get().addr() - start {
            // By the cursor's pointer: the caller's may reach the old block only.
            let base = at.wrapping_sub(old.size());
            self.at.set(base.wrapping_add(new.size()));
            // SAFETY: the address of `block`, which is not null.
            return Ok(unsafe { NonNull::new_unchecked(base) });
        }
        // SAFETY: as this function's contract.
        Refused::decode(unsafe { self.grow_far(block, old, new) })
    }

    /// As [`Bump::grow_elsewhere`], with a result of one register.
    #[cold]
    #[inline(never)]
    unsafe fn grow_far(&self, block: NonNull<u8>, old: Layout, new: Layout) -> *mut u8 {
        // SAFETY: as this function's contract.
        Refused::encode(unsafe { self.grow_elsewhere(block, old, new) })
    }

    unsafe fn grow_elsewhere(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<u8>, Refused> {
        if let Some(base) = self.extend_newest(block, old, new) {
            return Ok(base);
        }
        let target = self.allocate(new)?;
        // SAFETY: the old block has `old.size()` bytes, the new one at least as many; it was free,
        // so it does not overlap one that was handed out.
        unsafe { copy_nonoverlapping(block.as_ptr(), target.as_ptr(), old.size()) };
        Ok(target)
    }

    /// Where memory goes on behind the cursor's end: the newest block, grown in place.
    fn extend_newest(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
        let start = block.addr().get();
        let base = self.at.get().wrapping_sub(old.size());
        if base.addr() != start || start & (new.align() - 1) != 0 || old.size() == 0 {
            return None;
        }
        let end = match &self.source {
            Source::Reserved(reserve) => reserve.room_for(base, new),
            // SAFETY: the stack of this thread outlives its frames.
            Source::Frame(stack) => unsafe { stack.as_ref() }.room_for(self, base, new),
            _ => return None,
        };
        self.end.set(end.ok()?);
        self.at.set(base.wrapping_add(new.size()));
        NonNull::new(base)
    }

    /// A block with the first bytes of `block` for the layout `new`: the same one, unless `new` is
    /// stricter in its alignment. What is cut off the newest block is free again.
    ///
    /// # Errors
    /// [`Refused`] where the block had to move; it is as it was.
    ///
    /// # Safety
    /// * `block` came from this cursor with the layout `old`, and the scope that it came from is
    ///   the innermost one.
    /// * `new` is not larger than `old`.
    /// * Nobody uses the block by its old address, or what was cut off, once this has succeeded.
    ///
    /// # Examples
    /// ```
    /// use core::alloc::Layout;
    /// let arena = tenure_region::Arena::new();
    /// let (old, new) = (Layout::new::<[u8; 16]>(), Layout::new::<[u8; 8]>());
    /// let block = arena.allocate(old).unwrap();
    /// // SAFETY: the block came from the arena just now with the layout `old`; `new` is smaller.
    /// assert_eq!(unsafe { arena.shrink(block, old, new) }, Ok(block));
    /// ```
    #[inline(always)]
    pub unsafe fn shrink(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<u8>, Refused> {
        debug_assert!(new.size() <= old.size());
        let at = self.at.get();
        let start = block.addr().get();
        if start & (new.align() - 1) != 0 {
            let target = self.allocate(new)?;
            // SAFETY: both have `new.size()` bytes; the target was free, so they do not overlap.
            unsafe { copy_nonoverlapping(block.as_ptr(), target.as_ptr(), new.size()) };
            return Ok(target);
        }
        if start + old.size() == at.addr() {
            self.at.set(at.wrapping_sub(old.size() - new.size()));
        }
        Ok(block)
    }

    /// Puts a value on the list of what is dropped when the scope of this cursor ends.
    pub(crate) fn adopt_value<T: Send + 'static>(&self, value: T) -> Result<NonNull<T>, Refused> {
        let place = self.place::<drops::Entry<T>>()?;
        // SAFETY: free memory for an entry, until this cursor goes back past it, which runs the
        // list first. `T` is `'static` and `Send`: it holds nothing that ends before, and whoever
        // ends the scope may be another thread.
        Ok(unsafe { drops::push(&self.drops, place, value) })
    }

    #[inline(always)]
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            at: self.at.get(),
            #[cfg(feature = "alloc")]
            chunk: self.chunk.get(),
            #[cfg(feature = "alloc")]
            beside: self.beside.get(),
            drops: self.drops.get(),
        }
    }

    /// Drops what was adopted since `mark`, and goes back there (also if a drop panics).
    ///
    /// # Safety
    /// * `mark` was made of this cursor, which did not go back to an earlier one since.
    /// * Nobody uses what was handed out since.
    #[inline(always)]
    pub(crate) unsafe fn rewind(&self, mark: &Mark) {
        if self.is_simple_since(mark) {
            // The end is where it was, or further: more was committed.
            self.at.set(mark.at);
        } else {
            // SAFETY: as this function's contract.
            unsafe { self.rewind_far(mark) };
        }
    }

    #[cfg(feature = "alloc")]
    #[inline(always)]
    fn is_simple_since(&self, mark: &Mark) -> bool {
        // Together, so that there is one branch.
        let changes = (bits(self.drops.get()) ^ bits(mark.drops))
            | (bits(self.chunk.get()) ^ bits(mark.chunk))
            | (bits(self.beside.get()) ^ bits(mark.beside));
        changes == 0
    }

    #[cfg(not(feature = "alloc"))]
    #[inline(always)]
    fn is_simple_since(&self, mark: &Mark) -> bool {
        self.drops.get() == mark.drops
    }

    #[cold]
    #[inline(never)]
    unsafe fn rewind_far(&self, mark: &Mark) {
        struct Back<'a>(&'a Bump, &'a Mark);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                self.0.give_back_to(self.1);
            }
        }
        let _back = Back(self, mark);
        // SAFETY: the memory is still there, and nobody uses the values by contract.
        unsafe { drops::run(&self.drops, mark.drops) };
    }

    /// The chunks that were taken since go back to the supply, and the cursor to its place.
    fn give_back_to(&self, mark: &Mark) {
        #[cfg(feature = "alloc")]
        if let Some(supply) = self.supply() {
            for (chain, until) in [(&self.chunk, mark.chunk), (&self.beside, mark.beside)] {
                while chain.get() != until {
                    let Some(chunk) = chain.get() else { break };
                    // SAFETY: of this cursor's chain, so alive.
                    chain.set(unsafe { chunk.as_ref() }.next.get());
                    supply.put(chunk);
                }
            }
        }
        if mark.at == NOWHERE {
            self.end.set(NOWHERE);
        }
        #[cfg(feature = "alloc")]
        if let Some(chunk) = mark.chunk {
            self.end.set(Chunk::end(chunk));
        }
        self.at.set(mark.at);
    }

    /// Drops all that was adopted, gives all chunks back, and has no memory any more.
    ///
    /// # Safety
    /// * Nobody uses what was handed out.
    #[inline(always)]
    pub(crate) unsafe fn finish(&self) {
        #[cfg(feature = "alloc")]
        if self.give_single_chunk() {
            return;
        }
        let start = Mark {
            at: NOWHERE,
            #[cfg(feature = "alloc")]
            chunk: None,
            #[cfg(feature = "alloc")]
            beside: None,
            drops: None,
        };
        if !self.is_simple_since(&start) {
            // SAFETY: every cursor began without chunks and adopted values; nobody uses what was
            // handed out.
            unsafe { self.rewind_far(&start) };
        }
    }

    /// What [`Bump::finish`] does for a cursor that has one chunk and nothing else; else false.
    #[cfg(feature = "alloc")]
    #[inline(always)]
    fn give_single_chunk(&self) -> bool {
        if bits(self.drops.get()) | bits(self.beside.get()) != 0 {
            return false;
        }
        let (Some(chunk), Some(supply)) = (self.chunk.get(), self.supply()) else {
            return false;
        };
        // SAFETY: of this cursor's chain, so alive.
        if unsafe { chunk.as_ref() }.next.get().is_some() {
            return false;
        }
        self.chunk.set(None);
        self.begin(NOWHERE, NOWHERE);
        supply.put(chunk);
        true
    }

    /// The chunks that this cursor takes its memory from, if it is one with chunks.
    #[cfg(feature = "alloc")]
    pub(crate) fn supply(&self) -> Option<&Supply> {
        match &self.source {
            Source::Own(supply) => Some(supply),
            // SAFETY: a side scope borrows the arena whose chunks these are.
            Source::Of(supply) => Some(unsafe { supply.as_ref() }),
            _ => None,
        }
    }
}

impl core::fmt::Debug for Bump {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Bump")
            .field("rest_bytes", &self.rest_bytes())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests;
