//! Every block in use, and which block an address lies in, while the program stands still.
//!
//! **Who may call:** whoever has stopped all other threads, or works in a copy of the process. No
//! lock is taken: a stopped thread may hold any. It may also have stopped in the middle of handing
//! a block out or taking it back; that block counts as in use or not, and nothing worse.

use crate::arena::Arena;
use crate::arenas;
use crate::heap::Heap;
use crate::lot;
use crate::page::{Kind, Page, flag};
use crate::slices::{SLICE_BYTES, SLICE_SHIFT};
use crate::watch::{Notebook, Tag};
use core::ptr::{null_mut, with_exposed_provenance};

/// Blocks begin at multiples of this.
pub const BLOCK_ALIGN_BYTES: usize = crate::block::BLOCK_BYTES_MIN;
/// A run begins at a multiple of this, and no two runs share a piece of so many bytes.
pub const RUN_ALIGN_BYTES: usize = SLICE_BYTES;

/// Blocks of one size, side by side; or one block of its own. Of some of them nobody has ever had
/// anything.
#[derive(Clone, Copy)]
pub struct Run(&'static Page);

impl Run {
    /// The run that `page` describes.
    pub(crate) fn of(page: &'static Page) -> Self {
        Self(page)
    }

    /// Where the first block starts.
    #[must_use]
    pub fn start(self) -> usize {
        self.0.start()
    }

    /// Bytes that belong to the run, whether they hold blocks or not.
    #[must_use]
    pub fn len_bytes(self) -> usize {
        self.0.slice_count() << SLICE_SHIFT
    }

    /// Usable bytes of a block.
    #[must_use]
    pub fn block_bytes(self) -> usize {
        match self.0.kind() {
            Kind::Huge => self.0.huge_sizes().0,
            _ => self.0.block_bytes(),
        }
    }

    /// Blocks that have been handed out at least once.
    #[must_use]
    pub fn blocks(self) -> usize {
        match self.0.kind() {
            Kind::Huge => 1,
            _ => self.0.carved_bytes() / self.0.block_bytes().max(1),
        }
    }

    /// What [`Run::index_of`] multiplies by: 0 for a block of its own.
    #[must_use]
    pub fn divisor(self) -> u64 {
        match self.0.kind() {
            Kind::Huge => 0,
            _ => self.0.divisor(),
        }
    }

    /// The number of the block that the byte `offset` bytes behind the start lies in, given the
    /// run's divisor; it may be none of the run's. `offset` is below 4 GiB, or the divisor 0.
    #[inline(always)]
    #[must_use]
    pub fn index_of(offset: usize, divisor: u64) -> usize {
        ((offset as u128 * u128::from(divisor)) >> 64) as usize
    }

    /// Whether the block is in use. `index` is below [`Run::blocks`].
    #[inline]
    #[must_use]
    pub fn is_in_use(self, index: usize) -> bool {
        if self.0.kind() == Kind::Huge {
            return index == 0;
        }
        self.0.is_live(index * self.0.block_bytes())
    }

    /// Tells the memory that the block will be read soon; without effect where there is none.
    #[inline(always)]
    pub fn prefetch(self, index: usize) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a hint: whatever the address, nothing is read that a program could see.
        unsafe {
            let place = self.start() + index * self.0.block_bytes();
            core::arch::x86_64::_mm_prefetch(
                with_exposed_provenance::<i8>(place),
                core::arch::x86_64::_MM_HINT_T0,
            );
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = index;
    }

    /// Bytes asked for, and what the recorder keeps of a block in use. Where blocks are not
    /// counted, all of a block counts as asked for.
    #[must_use]
    pub fn kept(self, index: usize) -> (usize, Tag) {
        if self.0.kind() == Kind::Huge {
            let (usable, requested) = self.0.huge_sizes();
            let requested = if requested == 0 { usable } else { requested };
            return (requested.min(usable), self.0.tag(self.start()));
        }
        let address = self.start() + index * self.0.block_bytes();
        let (slack, tag) = self.0.kept(address);
        (self.0.block_bytes().saturating_sub(slack as usize), tag)
    }

    /// As the first of [`Run::kept`], of the block in use that starts at `address`.
    #[must_use]
    pub fn requested_at(self, address: usize) -> usize {
        self.kept(Self::index_of(address - self.start(), self.divisor()))
            .0
    }

    /// The notebook of the heap that the run belongs to; null where it belongs to none.
    #[must_use]
    pub fn notebook(self) -> Notebook {
        let owner = match self.0.owner() & !flag::ALL {
            owner if owner == lot::owner() => self.0.parked_by(),
            owner => owner,
        };
        if owner == 0 || self.0.kind() == Kind::Huge {
            return null_mut();
        }
        // SAFETY: the owner of a page and who parked it are heaps; heaps are never unmapped, and
        // nobody works with this one now.
        unsafe {
            (*with_exposed_provenance::<Heap>(owner))
                .counting
                .notebook()
        }
    }
}

/// Visits every run in the order of addresses.
///
/// # Safety
/// * No other thread runs that works with the heap (see the module).
pub unsafe fn for_each_run(mut visit: impl FnMut(Run)) {
    for arena in in_order() {
        let known = arena.known_bytes() >> SLICE_SHIFT;
        let mut slice = 0;
        while slice < known {
            let page = arena.header(slice);
            match page.kind() {
                Kind::Blocks | Kind::Huge => {
                    visit(Run(page));
                    slice += page.slice_count().max(1);
                }
                Kind::None | Kind::Released => slice += 1,
            }
        }
    }
}

/// The run of a block in use, by the address at which the block starts.
#[must_use]
pub fn run_of(address: usize) -> Option<Run> {
    arenas::covering(address).map(Run)
}

/// Calls `visit` with the first address of each piece of memory that may hold blocks, and the
/// address behind its last, in the order of addresses.
pub fn for_each_zone(mut visit: impl FnMut(usize, usize)) {
    for arena in in_order() {
        visit(arena.start(), arena.start() + arena.known_bytes());
    }
}

/// The arenas in the order of addresses.
pub(crate) fn in_order() -> impl Iterator<Item = &'static Arena> {
    let next = |after: usize| {
        arenas::all()
            .filter(|arena| arena.start() > after)
            .min_by_key(|arena| arena.start())
    };
    core::iter::successors(next(0), move |arena| next(arena.start()))
}
