//! What the heap holds and why, written into the pages file: its pages by size class, and the free
//! slots on them by the call stacks whose blocks pin them.
//!
//! **Shape:** one pass over the pieces of the heap sums up a row for each class and, where each
//! block has a tag, a row for each pair of class and site in a table of open places. A page's free
//! slots are charged to the sites of its blocks in use by their number; the shares are cut so that
//! they add up to the byte.
//!
//! **Cost:** O(pages) where blocks carry nothing (samples); else a look at each block's mark and
//! at what is kept beside it: 15 to 20 ns for a block. 96 bytes of memory for each place of the
//! table, of which a quarter stays open.

use super::index::{Array, Plain};
use crate::birth::Birth;
use core::ffi::CStr;
use tenure_heap::census::{self, HugePiece, PagePiece, Piece};
use tenure_heap::size_class::CLASSES;
use tenure_os::files::FileError;
use tenure_os::{clock, process};
use tenure_trace::pages::{
    CLASS_ROW_BYTES, ClassRow, FLAG_COMPLETE, FLAG_REQUESTED, FLAG_SITES, FLAG_SITES_FULL, HUGE,
    PagesHeader, SITE_ROW_BYTES, SiteRow,
};
use tenure_vm::WrittenFile;

/// How far ahead the memory is told of blocks to come.
const AHEAD: usize = 12;
/// Places of the table at first.
const PLACES_MIN: usize = 1 << 12;
/// Pairs that are told apart at most.
const PAIRS_MAX: usize = 1 << 25;
/// Sites that a page's blocks can have: as many as there can be blocks on one.
const SITES_OF_PAGE: usize = 1 << 12;
/// Rows that are written at once.
const ROWS_AT_ONCE: usize = 56;

/// What is known of each block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing: pages are counted as a whole.
    Nothing,
    /// How much was asked for.
    Requested,
    /// That, and which site it is of.
    Sites,
}

/// Why there is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Memory,
    File(FileError),
}

/// A row of the table, and how many blocks of its site were met on the page at hand.
#[derive(Clone, Copy)]
struct Pair {
    row: SiteRow,
    on_page: u64,
    is_used: bool,
}

// SAFETY: numbers and a flag, of which zero bytes are a value.
unsafe impl Plain for Pair {}

/// A place of the table.
#[derive(Clone, Copy)]
struct Place(u32);

// SAFETY: a number.
unsafe impl Plain for Place {}

/// What is known of a class so far.
#[derive(Clone, Copy)]
struct Row(ClassRow);

// SAFETY: numbers.
unsafe impl Plain for Row {}

/// Sites by class.
struct Pairs {
    places: Array<Pair>,
    used: usize,
    is_full: bool,
}

impl Pairs {
    fn new() -> Option<Self> {
        Some(Self {
            places: Array::new(PLACES_MIN)?,
            used: 0,
            is_full: false,
        })
    }

    /// Makes room for `more` pairs; where there is no memory for them, the table is full.
    fn make_room(&mut self, more: usize) {
        let len = self.places.all().len();
        let wanted = self.used + more;
        if wanted <= len / 4 * 3 {
            return;
        }
        let larger = (2 * len).max((wanted * 2).next_power_of_two());
        match Array::new(larger) {
            Some(places) if wanted <= PAIRS_MAX => self.move_to(places),
            _ => self.is_full = true,
        }
    }

    fn move_to(&mut self, mut places: Array<Pair>) {
        for pair in self.places.all().iter().filter(|pair| pair.is_used) {
            let at = place_of(places.all(), pair.row.class, pair.row.site);
            if let Some(place) = places.all_mut().get_mut(at) {
                *place = *pair;
            }
        }
        self.places = places;
    }

    /// Where the pair stands; of sites that have no room in a full table, where those of no known
    /// site do.
    fn find(&mut self, class: u32, site: u32) -> usize {
        let at = place_of(self.places.all(), class, site);
        let is_new = self.places.all().get(at).is_some_and(|pair| !pair.is_used);
        // One place stays open, so that a search ends; pairs of no site have room always.
        let has_room = !self.is_full || site == 0 && self.used + 1 < self.places.all().len();
        if is_new && !has_room {
            return self.find(class, 0);
        }
        if let (true, Some(pair)) = (is_new, self.places.all_mut().get_mut(at)) {
            pair.is_used = true;
            (pair.row.class, pair.row.site) = (class, site);
            self.used += 1;
        }
        at
    }

    #[inline]
    fn at(&mut self, place: usize) -> Option<&mut Pair> {
        self.places.all_mut().get_mut(place)
    }
}

/// The place that has the pair, or else the open one where it belongs.
#[inline]
fn place_of(places: &[Pair], class: u32, site: u32) -> usize {
    let mask = places.len() - 1;
    let key = u64::from(class) << 32 | u64::from(site);
    let mut at = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
    while let Some(pair) = places.get(at) {
        if !pair.is_used || (pair.row.class, pair.row.site) == (class, site) {
            break;
        }
        at = (at + 1) & mask;
    }
    at
}

/// The census in the making.
struct Census {
    known: Known,
    header: PagesHeader,
    /// A row for each class, and one for blocks of their own.
    classes: Array<Row>,
    pairs: Pairs,
    /// The places of the sites of the page at hand, and how many there are.
    on_page: Array<Place>,
    on_page_count: usize,
}

/// Counts, and writes the file at `path`; `header` has what is known already.
///
/// # Errors
/// No memory for the tables, or the file cannot be written.
///
/// # Safety
/// * No other thread runs that works with the heap.
pub(crate) unsafe fn write(path: &CStr, header: PagesHeader, known: Known) -> Result<(), Failure> {
    let start_ns = clock::monotonic_ns();
    let mut census = Census {
        known,
        header,
        classes: Array::new(CLASSES + 1).ok_or(Failure::Memory)?,
        pairs: Pairs::new().ok_or(Failure::Memory)?,
        on_page: Array::new(SITES_OF_PAGE).ok_or(Failure::Memory)?,
        on_page_count: 0,
    };
    // SAFETY: as the caller has promised.
    unsafe { census::for_each_piece(|piece| census.add(piece)) };
    let (held, headers) = census::held_and_header_bytes();
    census.header.held_bytes = held as u64;
    census.header.table_bytes += headers as u64;
    census.header.took_ns = clock::monotonic_ns() - start_ns;
    census.finish(path).map_err(Failure::File)
}

impl Census {
    fn add(&mut self, piece: Piece) {
        match piece {
            Piece::Free {
                resident_bytes,
                empty_bytes,
            } => {
                self.header.free_slice_bytes += resident_bytes as u64;
                self.header.empty_slice_bytes += empty_bytes as u64;
            }
            Piece::Huge(huge) => self.add_huge(huge),
            Piece::Page(page) => self.add_page(page),
        }
    }

    fn add_huge(&mut self, huge: HugePiece) {
        let (usable, resident) = (huge.usable_bytes(), huge.resident_bytes());
        let (requested, tag) = huge.run().kept(0);
        let live = requested.min(usable).min(resident);
        let waste = (usable - live).min(resident - live);
        if let Some(Row(row)) = self.classes.all_mut().get_mut(CLASSES) {
            row.class = HUGE;
            row.pages += 1;
            row.slots += 1;
            row.carved += 1;
            row.live_blocks += 1;
            row.live_bytes += live as u64;
            row.waste_bytes += waste as u64;
            row.uncarved_bytes += (resident - live - waste) as u64;
            row.purged_bytes += (usable - live - waste) as u64;
        }
        if self.known == Known::Sites {
            self.pairs.make_room(1);
            let place = self.pairs.find(HUGE, Birth::site_of(tag));
            if let Some(pair) = self.pairs.at(place) {
                pair.row.live_blocks += 1;
                pair.row.live_bytes += live as u64;
                pair.row.waste_bytes += waste as u64;
            }
        }
    }

    fn add_page(&mut self, page: PagePiece) {
        let (live, requested) = match self.known {
            Known::Nothing => (page.used(), page.used() * page.block_bytes()),
            Known::Requested | Known::Sites => self.read_blocks(page),
        };
        let parts = Parts::of(page, live, requested);
        let class = page.class().min(CLASSES - 1);
        if let Some(Row(row)) = self.classes.all_mut().get_mut(class) {
            row.class = class as u32;
            row.block_bytes = page.block_bytes() as u64;
            parts.add_to(row, page);
        }
        if self.known != Known::Nothing {
            let beside = page.beside_bytes(self.known == Known::Sites);
            self.header.table_bytes += beside as u64;
        }
        self.charge(&parts, page);
    }

    /// Reads the page's blocks: how many are in use, and bytes asked for of these. Where they have
    /// sites, each is counted with its own.
    fn read_blocks(&mut self, page: PagePiece) -> (usize, usize) {
        let (run, carved) = (page.run(), page.carved());
        let block_bytes = page.block_bytes();
        let class = page.class().min(CLASSES - 1) as u32;
        let has_sites = self.known == Known::Sites;
        if has_sites {
            self.pairs.make_room(carved.min(SITES_OF_PAGE));
        }
        let (mut live, mut requested) = (0, 0);
        let mut last = None;
        for index in 0..carved {
            run.prefetch(index + AHEAD);
            if !page.is_live(index) {
                continue;
            }
            let (bytes, tag) = run.kept(index);
            live += 1;
            requested += bytes;
            if has_sites {
                let site = Birth::site_of(tag);
                let place = match last {
                    Some((before, place)) if before == site => place,
                    _ => self.meet(class, site),
                };
                last = Some((site, place));
                if let Some(pair) = self.pairs.at(place) {
                    pair.on_page += 1;
                    pair.row.live_blocks += 1;
                    pair.row.live_bytes += bytes as u64;
                    pair.row.waste_bytes += (block_bytes - bytes.min(block_bytes)) as u64;
                }
            }
        }
        (live, requested)
    }

    /// The place of a site that has a block on the page at hand.
    fn meet(&mut self, class: u32, site: u32) -> usize {
        let place = self.pairs.find(class, site);
        let is_first = self.pairs.at(place).is_some_and(|pair| pair.on_page == 0);
        let next = self.on_page.all_mut().get_mut(self.on_page_count);
        if let (true, Some(next)) = (is_first, next) {
            *next = Place(place as u32);
            self.on_page_count += 1;
        }
        place
    }

    /// Charges the page's free slots to the sites that were met on it, and forgets these.
    fn charge(&mut self, parts: &Parts, page: PagePiece) {
        let count = core::mem::take(&mut self.on_page_count);
        let free = parts.free as u64;
        let mut before = 0;
        for &Place(place) in &self.on_page.all()[..count] {
            let Some(pair) = self.pairs.at(place as usize) else {
                continue;
            };
            let own = core::mem::take(&mut pair.on_page);
            if !parts.is_partly_used() {
                continue;
            }
            let live = parts.live_blocks as u64;
            let share = free * (before + own) / live - free * before / live;
            before += own;
            pair.row.pages += 1;
            pair.row.pinned_free_bytes += share;
            if count == 1 {
                pair.row.alone_pages += 1;
                pair.row.alone_blocks += own;
                pair.row.alone_bytes += page.resident_bytes() as u64;
            }
        }
    }

    fn finish(mut self, path: &CStr) -> Result<(), FileError> {
        let header = &mut self.header;
        let classes = self.classes.all().iter().filter(|Row(row)| row.pages > 0);
        let pairs = self.pairs.places.all().iter().filter(|pair| pair.is_used);
        header.class_rows = classes.clone().count() as u32;
        header.site_rows = pairs.clone().count() as u64;
        header.os_page_bytes = process::page_bytes() as u32;
        header.flags |= match self.known {
            Known::Nothing => 0,
            Known::Requested => FLAG_REQUESTED,
            Known::Sites => FLAG_REQUESTED | FLAG_SITES,
        };
        if self.pairs.is_full {
            header.flags |= FLAG_SITES_FULL;
        }
        let mut file = WrittenFile::create(path)?;
        file.append(&header.encode())?;
        let rows = classes.map(|Row(row)| row.encode());
        append_all::<CLASS_ROW_BYTES>(&mut file, rows)?;
        append_all::<SITE_ROW_BYTES>(&mut file, pairs.map(|pair| pair.row.encode()))?;
        header.flags |= FLAG_COMPLETE;
        file.finish(&header.encode())
    }
}

/// Writes rows, some at once.
fn append_all<const BYTES: usize>(
    file: &mut WrittenFile,
    rows: impl Iterator<Item = [u8; BYTES]>,
) -> Result<(), FileError> {
    let mut buffer = [[0; BYTES]; ROWS_AT_ONCE];
    let mut count = 0;
    for row in rows {
        buffer[count] = row;
        count += 1;
        if count == ROWS_AT_ONCE {
            file.append(buffer.as_flattened())?;
            count = 0;
        }
    }
    file.append(buffer[..count].as_flattened())
}

/// What a page's resident bytes are; they are the sum of all but the last.
struct Parts {
    live_blocks: usize,
    free_blocks: usize,
    live: usize,
    waste: usize,
    /// In free slots, where a block is in use beside them.
    free: usize,
    /// All of a page without a block in use.
    empty: usize,
    uncarved: usize,
    /// In free slots, not resident.
    purged: usize,
}

impl Parts {
    fn of(page: PagePiece, live_blocks: usize, requested: usize) -> Self {
        let block_bytes = page.block_bytes();
        let resident = page.resident_bytes();
        let free_blocks = page.carved() - live_blocks;
        let slots_free = free_blocks * block_bytes;
        // Each part takes what it can of what is resident, so that the sum is right even where a
        // thread that could not be stopped has changed the page meanwhile.
        let mut left = resident;
        let mut take = |wanted: usize| {
            let taken = wanted.min(left);
            left -= taken;
            taken
        };
        let live = take(requested);
        let waste = take((live_blocks * block_bytes).saturating_sub(requested));
        let free = take(slots_free);
        let (uncarved, purged) = (left, slots_free - free);
        let is_empty = live_blocks == 0;
        Self {
            live_blocks,
            free_blocks,
            live,
            waste,
            free: if is_empty { 0 } else { free },
            empty: if is_empty { resident } else { 0 },
            uncarved: if is_empty { 0 } else { uncarved },
            purged,
        }
    }

    fn is_partly_used(&self) -> bool {
        self.live_blocks > 0 && self.free_blocks > 0
    }

    fn add_to(&self, row: &mut ClassRow, page: PagePiece) {
        let is_partly_used = self.is_partly_used();
        row.pages += 1;
        row.partly_pages += u64::from(is_partly_used);
        row.empty_pages += u64::from(self.live_blocks == 0);
        row.slots += page.slots() as u64;
        row.carved += page.carved() as u64;
        row.live_blocks += self.live_blocks as u64;
        row.live_bytes += self.live as u64;
        row.waste_bytes += self.waste as u64;
        row.free_slots += if is_partly_used {
            self.free_blocks as u64
        } else {
            0
        };
        row.pinned_free_bytes += self.free as u64;
        row.empty_bytes += self.empty as u64;
        row.uncarved_bytes += self.uncarved as u64;
        row.purged_bytes += self.purged as u64;
    }
}
