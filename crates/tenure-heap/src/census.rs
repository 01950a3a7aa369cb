//! Every heap page, block of its own and free slice, with what of it is resident: a census.
//!
//! **Who may call:** as for [`crate::walk`], whoever has stopped all other threads, or works in a
//! copy of the process. No lock is taken. A thread that could not be stopped makes the figures
//! wrong by the blocks that it had in flight.
//!
//! **Invariant:** the resident bytes of all pieces add up to the bytes that the heap holds.

use crate::arena::Arena;
use crate::arenas;
use crate::page::{Kind, Page};
use crate::slices::{SLICE_BYTES, SLICE_SHIFT};
use crate::walk::{self, Run};

/// What a piece of an arena is.
#[derive(Clone, Copy)]
pub enum Piece {
    /// Blocks of one size class.
    Page(PagePiece),
    /// One block of its own.
    Huge(HugePiece),
    /// A slice that nobody has: so many of its bytes are kept for later, the others cost nothing.
    Free {
        /// Bytes that may hold something.
        resident_bytes: usize,
        /// Bytes of address space that do not: never used, or given back to the kernel.
        empty_bytes: usize,
    },
}

/// A heap page.
#[derive(Clone, Copy)]
pub struct PagePiece {
    page: &'static Page,
    resident_bytes: usize,
}

impl PagePiece {
    /// Its size class.
    #[must_use]
    pub fn class(self) -> usize {
        self.page.class()
    }

    /// Usable bytes of a block.
    #[must_use]
    pub fn block_bytes(self) -> usize {
        self.page.block_bytes().max(1)
    }

    /// Blocks that it has room for.
    #[must_use]
    pub fn slots(self) -> usize {
        self.page.capacity_bytes() / self.block_bytes()
    }

    /// Blocks that have been linked up, and may have been in use.
    #[must_use]
    pub fn carved(self) -> usize {
        self.page.carved_bytes() / self.block_bytes()
    }

    /// Blocks in use, by the owner's count: those included that another thread has freed and the
    /// owner has not taken back.
    #[must_use]
    pub fn used(self) -> usize {
        (self.page.live() as usize).min(self.carved())
    }

    /// Bytes of it that may hold something.
    #[must_use]
    pub fn resident_bytes(self) -> usize {
        self.resident_bytes
    }

    /// Whether the block `index`, below [`PagePiece::carved`], is in use.
    #[inline]
    #[must_use]
    pub fn is_live(self, index: usize) -> bool {
        self.page.is_live(index * self.page.block_bytes())
    }

    /// The page as a run of blocks, for what is kept beside them.
    #[must_use]
    pub fn run(self) -> Run {
        Run::of(self.page)
    }

    /// Bytes that have been written beside its blocks: how much of each was not asked for, and
    /// where `has_tags`, a recorder's tags. In whole OS pages.
    #[must_use]
    pub fn beside_bytes(self, has_tags: bool) -> usize {
        let os_page = arenas::page_bytes();
        let slack = (self.carved() * 2).next_multiple_of(os_page);
        let tags = self.carved() * size_of::<crate::watch::Tag>();
        slack
            + if has_tags {
                tags.next_multiple_of(os_page)
            } else {
                0
            }
    }
}

/// A block of its own.
#[derive(Clone, Copy)]
pub struct HugePiece {
    page: &'static Page,
    resident_bytes: usize,
}

impl HugePiece {
    /// Usable bytes.
    #[must_use]
    pub fn usable_bytes(self) -> usize {
        self.page.huge_sizes().0
    }

    /// Bytes that may hold something, room behind the block included.
    #[must_use]
    pub fn resident_bytes(self) -> usize {
        self.resident_bytes
    }

    /// The block as a run, for what is kept of it.
    #[must_use]
    pub fn run(self) -> Run {
        Run::of(self.page)
    }
}

/// Visits every piece in the order of addresses. O(slices ever used).
///
/// # Safety
/// * No other thread runs that works with the heap (see the module).
pub unsafe fn for_each_piece(mut visit: impl FnMut(Piece)) {
    let os_page = arenas::page_bytes();
    for arena in walk::in_order() {
        let known = arena.known_bytes() >> SLICE_SHIFT;
        let mut slice = 0;
        while slice < known {
            let page = arena.header(slice);
            let (piece, slices) = piece_at(arena, page, slice, known, os_page);
            visit(piece);
            slice += slices;
        }
    }
}

/// What begins at `slice`, and how many slices it has.
fn piece_at(
    arena: &Arena,
    page: &'static Page,
    slice: usize,
    known: usize,
    os_page: usize,
) -> (Piece, usize) {
    let slices = match page.kind() {
        Kind::Blocks | Kind::Huge => page.slice_count().clamp(1, known - slice),
        Kind::None | Kind::Released => 1,
    };
    let resident_bytes = arena.touched_in(slice..slice + slices) * os_page;
    let piece = match page.kind() {
        Kind::Blocks => Piece::Page(PagePiece {
            page,
            resident_bytes: resident_bytes.saturating_sub(page.hole_pages() * os_page),
        }),
        Kind::Huge => Piece::Huge(HugePiece {
            page,
            resident_bytes,
        }),
        Kind::None | Kind::Released => Piece::Free {
            resident_bytes,
            empty_bytes: SLICE_BYTES.saturating_sub(resident_bytes),
        },
    };
    (piece, slices)
}

/// Bytes that the heap holds by its own count, and bytes of its headers of slices.
#[must_use]
pub fn held_and_header_bytes() -> (usize, usize) {
    let headers = walk::in_order()
        .map(|arena| (arena.known_bytes() >> SLICE_SHIFT) * size_of::<Page>())
        .sum();
    (arenas::held_bytes(), headers)
}
