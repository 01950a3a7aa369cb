//! The memory of an arena: chunks from the global allocator, those in use and those to spare.
//!
//! **Shape:** a chunk is one block of the allocator with a [`Chunk`] at its front. A cursor chains
//! the chunks that it uses by `next`; so do the two lists of spare chunks, one of chunks that a
//! cursor moves through and one of chunks made for a single large block (*beside*).
//!
//! **Invariants:** (a) each chunk is on the list of all, in the order of making, newest first;
//! (b) a spare chunk is on the spare list of its kind; (c) `held` is the sum of all, `spare` that
//! of the spare lists.
//!
//! **Cost:** chunks double from [`FIRST_BYTES`] to [`LARGEST_BYTES`], so n bytes need O(log n)
//! chunks. The first spare chunk that fits is taken, and one that comes back goes to the front;
//! after [`Supply::gather`] the spare chunks are in the order of making. So a program that does the
//! same again finds the same chunks, and asks the allocator for none.
//!
//! The account of the arena's name, if it has one, is told when chunks are made or freed and when
//! all of them come back at once, not when scopes lend them.

use alloc::alloc::{alloc, dealloc};
use core::alloc::Layout;
use core::cell::Cell;
use core::ptr::NonNull;

use tenure_base::ledger::{Account, Kind};

use crate::accounts;
use crate::budget::Budget;
use crate::fit::END_MAX;
use crate::refused::Refused;

/// The first chunk of an arena.
pub(crate) const FIRST_BYTES: usize = 4 << 10;
/// No chunk that a cursor moves through is made larger.
pub(crate) const LARGEST_BYTES: usize = 1 << 20;
/// What needs more than this gets a chunk of its own, beside the cursor's.
pub(crate) const BESIDE_BYTES: usize = LARGEST_BYTES / 4;
/// A spare chunk made for one block serves another only if that is at least so large a part of it.
const BESIDE_SLACK: usize = 4;

/// What a chunk starts with.
pub(crate) struct Chunk {
    /// Behind it in the chain of its cursor, or in its spare list.
    pub(crate) next: Cell<Link>,
    older: Cell<Link>,
    /// With this header.
    bytes: usize,
    is_beside: bool,
    is_doomed: Cell<bool>,
}

/// A chunk, or the end of a list. The pointer may reach the whole block.
pub(crate) type Link = Option<NonNull<Chunk>>;

/// Bytes in front of a chunk's first block.
pub(crate) const HEADER_BYTES: usize = size_of::<Chunk>();
/// What every chunk starts at a multiple of, and its first block too.
pub(crate) const CHUNK_ALIGN: usize = align_of::<Chunk>();

impl Chunk {
    /// First byte that can be handed out.
    pub(crate) fn start(chunk: NonNull<Self>) -> *mut u8 {
        // SAFETY: every chunk is larger than its header (see `Supply::make`).
        unsafe { chunk.as_ptr().cast::<u8>().add(HEADER_BYTES) }
    }

    /// The address behind the last byte.
    pub(crate) fn end(chunk: NonNull<Self>) -> *mut u8 {
        // SAFETY: the header says how long the block is.
        unsafe { chunk.as_ptr().cast::<u8>().add(chunk.as_ref().bytes) }
    }
}

/// What an arena holds, in bytes.
///
/// # Examples
/// ```
/// let arena = tenure_region::Arena::named("requests");
/// arena.slice_fill(10_000, 0u8);
/// let usage = arena.usage();
/// assert!(usage.used_bytes >= 10_000 && usage.used_bytes <= usage.held_bytes);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// In all chunks, with those to spare.
    pub held_bytes: usize,
    /// In chunks that are in use, up to the arena's own cursor. What a side scope has counts whole
    /// chunks.
    pub used_bytes: usize,
    /// The most that was ever in chunks in use at one time.
    pub peak_bytes: usize,
}

/// Chunks of one arena.
pub(crate) struct Supply {
    pub(crate) name: &'static str,
    spare: Cell<Link>,
    spare_beside: Cell<Link>,
    all: Cell<Link>,
    next_bytes: Cell<usize>,
    held_bytes: Cell<usize>,
    spare_bytes: Cell<usize>,
    peak_bytes: Cell<usize>,
    pub(crate) limit_bytes: usize,
    /// Charged before a chunk is made, and given back when it is freed.
    budget: Option<&'static Budget>,
    /// Of all arenas with this name; `None` before the first chunk, and without a name.
    account: Cell<Option<&'static Account>>,
    /// What the account was told of this arena: held, and in use.
    told_bytes: Cell<(usize, usize)>,
}

impl Supply {
    pub(crate) const fn new(name: &'static str, budget: Option<&'static Budget>) -> Self {
        Self {
            name,
            spare: Cell::new(None),
            spare_beside: Cell::new(None),
            all: Cell::new(None),
            next_bytes: Cell::new(FIRST_BYTES),
            held_bytes: Cell::new(0),
            spare_bytes: Cell::new(0),
            peak_bytes: Cell::new(0),
            limit_bytes: usize::MAX,
            budget,
            account: Cell::new(None),
            told_bytes: Cell::new((0, 0)),
        }
    }

    /// A chunk with room for `need` bytes, at most [`BESIDE_BYTES`], for a cursor to move through.
    #[inline]
    pub(crate) fn take(&self, need: usize) -> Result<NonNull<Chunk>, Refused> {
        if let Some(head) = self.take_head(need) {
            return Ok(head);
        }
        let whole = need + HEADER_BYTES;
        if let Some(found) = Self::take_from(&self.spare, whole, usize::MAX) {
            // SAFETY: a chunk of ours.
            self.lend(unsafe { found.as_ref() }.bytes);
            return Ok(found);
        }
        let bytes = self.next_bytes.get().max(whole.next_power_of_two());
        let chunk = self.make(bytes, false)?;
        let doubled = (self.next_bytes.get() * 2).min(LARGEST_BYTES);
        self.next_bytes.set(doubled);
        Ok(chunk)
    }

    /// The first spare chunk, if it has room for `need` bytes.
    #[inline(always)]
    pub(crate) fn take_head(&self, need: usize) -> Link {
        let head = self.spare.get()?;
        // SAFETY: chunks on a list are alive.
        let head_ref = unsafe { head.as_ref() };
        if head_ref.bytes < need + HEADER_BYTES {
            return None;
        }
        self.spare.set(head_ref.next.get());
        self.lend(head_ref.bytes);
        Some(head)
    }

    /// A chunk for one block that needs `need` bytes.
    pub(crate) fn take_beside(&self, need: usize) -> Result<NonNull<Chunk>, Refused> {
        let whole = need.checked_add(HEADER_BYTES).ok_or(Refused::TooLarge)?;
        let most = whole.saturating_mul(BESIDE_SLACK);
        if let Some(found) = Self::take_from(&self.spare_beside, whole, most) {
            // SAFETY: a chunk of ours.
            self.lend(unsafe { found.as_ref() }.bytes);
            return Ok(found);
        }
        self.make(whole, true)
    }

    /// The first chunk of the list whose size is in the range, off the list.
    fn take_from(list: &Cell<Link>, least: usize, most: usize) -> Link {
        let mut place = list;
        while let Some(chunk) = place.get() {
            // SAFETY: chunks on a list are alive, and only freed with exclusive access to the
            // arena, so the borrow of the link in them holds.
            let chunk_ref: &Chunk = unsafe { &*chunk.as_ptr() };
            if (least..=most).contains(&chunk_ref.bytes) {
                place.set(chunk_ref.next.get());
                return Some(chunk);
            }
            place = &chunk_ref.next;
        }
        None
    }

    /// Takes a chunk back that no cursor uses any more.
    #[inline]
    pub(crate) fn put(&self, chunk: NonNull<Chunk>) {
        // SAFETY: a chunk of ours, alive.
        let chunk_ref = unsafe { chunk.as_ref() };
        let list = self.spare_list(chunk_ref);
        chunk_ref.next.set(list.get());
        list.set(Some(chunk));
        self.spare_bytes
            .set(self.spare_bytes.get() + chunk_ref.bytes);
    }

    fn spare_list(&self, chunk: &Chunk) -> &Cell<Link> {
        if chunk.is_beside {
            &self.spare_beside
        } else {
            &self.spare
        }
    }

    /// A spare chunk of so many bytes is in use again.
    fn lend(&self, bytes: usize) {
        self.spare_bytes.set(self.spare_bytes.get() - bytes);
        self.note_peak();
    }

    fn note_peak(&self) {
        let in_use = self.held_bytes.get() - self.spare_bytes.get();
        if in_use > self.peak_bytes.get() {
            self.peak_bytes.set(in_use);
        }
    }

    /// A new chunk, in use.
    #[cold]
    fn make(&self, bytes: usize, is_beside: bool) -> Result<NonNull<Chunk>, Refused> {
        let layout = Layout::from_size_align(bytes, CHUNK_ALIGN).map_err(|_| Refused::TooLarge)?;
        let held = self.held_bytes.get().checked_add(bytes);
        if held.is_none_or(|held| held > self.limit_bytes) {
            return Err(Refused::Limit);
        }
        let chunk = match self.budget {
            None => Self::ask(layout)?,
            Some(budget) => {
                budget.hold(bytes).map_err(|_| Refused::Budget)?;
                Self::ask(layout).inspect_err(|_| budget.release(bytes))?
            }
        };
        let header = Chunk {
            next: Cell::new(None),
            older: Cell::new(self.all.get()),
            bytes,
            is_beside,
            is_doomed: Cell::new(false),
        };
        // SAFETY: the block is aligned for a header and has room for it.
        unsafe { chunk.write(header) };
        if self.all.replace(Some(chunk)).is_none() && self.account.get().is_none() {
            self.account.set(accounts::shared(Kind::Arena, self.name));
        }
        self.held_bytes.set(self.held_bytes.get() + bytes);
        self.note_peak();
        self.tell();
        Ok(chunk)
    }

    /// A block of the global allocator, for a chunk.
    fn ask(layout: Layout) -> Result<NonNull<Chunk>, Refused> {
        // SAFETY: the layout has at least the header's bytes.
        let block = unsafe { alloc(layout) };
        let chunk = NonNull::new(block.cast::<Chunk>()).ok_or(Refused::NoMemory)?;
        if block.addr() > END_MAX - layout.size() {
            // SAFETY: allocated just now with this layout.
            unsafe { dealloc(block, layout) };
            return Err(Refused::NoMemory);
        }
        Ok(chunk)
    }

    /// Tells the account what has changed since it was last told.
    fn tell(&self) {
        let Some(account) = self.account.get() else {
            return;
        };
        let held = self.held_bytes.get();
        let in_use = held - self.spare_bytes.get();
        let (told_held, told_in_use) = self.told_bytes.replace((held, in_use));
        if held > told_held {
            // An account of a name has no limit.
            let _ = account.charge(held - told_held);
        } else {
            account.uncharge(told_held - held);
        }
        account.move_used(in_use.wrapping_sub(told_in_use).cast_signed());
    }

    /// All chunks become spare ones, in the order of making: also those that a forgotten scope
    /// still has.
    pub(crate) fn gather(&mut self) {
        self.spare.set(None);
        self.spare_beside.set(None);
        self.spare_bytes.set(0);
        let mut at = self.all.get();
        while let Some(chunk) = at {
            self.put(chunk);
            // SAFETY: chunks on the list of all are alive.
            at = unsafe { chunk.as_ref() }.older.get();
        }
        self.tell();
    }

    /// Gives spare chunks back to the allocator until the arena holds at most `keep_bytes`, or none
    /// is spare. The first ones made are kept.
    pub(crate) fn trim(&mut self, keep_bytes: usize) {
        let mut kept = self.held_bytes.get() - self.spare_bytes.get();
        for list in [&self.spare, &self.spare_beside] {
            let mut place = list;
            while let Some(chunk) = place.get() {
                // SAFETY: on a list, so alive until the walk below.
                let chunk_ref: &Chunk = unsafe { &*chunk.as_ptr() };
                if kept.saturating_add(chunk_ref.bytes) <= keep_bytes {
                    kept += chunk_ref.bytes;
                    place = &chunk_ref.next;
                } else {
                    chunk_ref.is_doomed.set(true);
                    place.set(chunk_ref.next.get());
                    self.spare_bytes
                        .set(self.spare_bytes.get() - chunk_ref.bytes);
                }
            }
        }
        self.free_where(|chunk| chunk.is_doomed.get());
        self.tell();
        if self.all.get().is_none() {
            self.next_bytes.set(FIRST_BYTES);
        }
    }

    /// Frees those of all chunks. They are on no other list, and nobody uses their memory.
    fn free_where(&mut self, is_chosen: impl Fn(&Chunk) -> bool) {
        let mut kept: Link = None;
        let mut at = self.all.get();
        while let Some(chunk) = at {
            let (older, bytes, chosen) = {
                // SAFETY: on the list of all, so alive; the reference ends before it is freed.
                let chunk_ref = unsafe { chunk.as_ref() };
                (chunk_ref.older.get(), chunk_ref.bytes, is_chosen(chunk_ref))
            };
            at = older;
            if !chosen {
                kept = Some(chunk);
                continue;
            }
            match kept {
                // SAFETY: a chunk that was passed and kept.
                Some(newer) => unsafe { newer.as_ref() }.older.set(older),
                None => self.all.set(older),
            }
            self.held_bytes.set(self.held_bytes.get() - bytes);
            // SAFETY: `make` allocated it with this layout, and it is on no list any more.
            unsafe {
                let layout = Layout::from_size_align_unchecked(bytes, CHUNK_ALIGN);
                dealloc(chunk.as_ptr().cast(), layout);
            }
            if let Some(budget) = self.budget {
                budget.release(bytes);
            }
        }
    }

    /// What the chunks are; `rest_bytes` are free behind the cursor of the arena.
    pub(crate) fn usage(&self, rest_bytes: usize) -> Usage {
        let held_bytes = self.held_bytes.get();
        Usage {
            held_bytes,
            used_bytes: held_bytes - self.spare_bytes.get() - rest_bytes,
            peak_bytes: self.peak_bytes.get(),
        }
    }

    /// Walks the invariants of this file, in their order.
    #[cfg(test)]
    pub(crate) fn check(&self) {
        let walk = |list: &Cell<Link>, next: fn(&Chunk) -> Link| {
            let mut found = alloc::vec::Vec::new();
            let mut at = list.get();
            while let Some(chunk) = at {
                assert!(!found.contains(&chunk), "a chunk is twice on a list");
                found.push(chunk);
                // SAFETY: chunks on lists are alive.
                at = next(unsafe { chunk.as_ref() });
            }
            found
        };
        let bytes = |chunks: &[NonNull<Chunk>]| -> usize {
            // SAFETY: as above.
            let each = chunks.iter().map(|chunk| unsafe { chunk.as_ref() }.bytes);
            each.sum()
        };
        let all = walk(&self.all, |chunk| chunk.older.get());
        let mut spare = walk(&self.spare, |chunk| chunk.next.get());
        spare.extend(walk(&self.spare_beside, |chunk| chunk.next.get()));
        for (list, is_beside) in [(&self.spare, false), (&self.spare_beside, true)] {
            for chunk in walk(list, |chunk| chunk.next.get()) {
                assert!(
                    all.contains(&chunk),
                    "a spare chunk is not on the list of all"
                );
                // SAFETY: as above.
                assert_eq!(unsafe { chunk.as_ref() }.is_beside, is_beside);
            }
        }
        assert_eq!(self.held_bytes.get(), bytes(&all));
        assert_eq!(self.spare_bytes.get(), bytes(&spare));
    }
}

impl Drop for Supply {
    fn drop(&mut self) {
        // What was spare goes too.
        self.spare_bytes.set(0);
        self.free_where(|_| true);
        self.tell();
    }
}
