//! How a word points into a block: to its start, or inside it in a manner that certain programs
//! are known to hold blocks by.
//!
//! The first four manners are those that valgrind's memcheck knows (its manual, "leak check
//! heuristics"): a reference-counted `std::string`, a length before the rest, a count of elements
//! before an array of objects, a base that does not lie first. The others are those of Rust: low
//! bits of a pointer that carry a mark, and the control bytes of a hash table, which follow its
//! entries.

use super::index::Hit;
use super::segments::Segments;
use core::ptr::with_exposed_provenance;
use tenure_heap::walk;
use tenure_trace::graph::Way;

const WORD_BYTES: usize = 8;
/// Pointers at the start of a table of functions that may be null.
const TABLE_WORDS_MAX: usize = 20;
/// Control bytes that hashbrown looks at together, and repeats behind the last.
const GROUP_BYTES: usize = 16;
const HASH_TABLE_MASK: u8 = 0x80;
const EMPTY: u8 = 0xff;
const DELETED: u8 = 0x80;

/// What is needed to tell.
pub(crate) struct Ways<'a> {
    segments: &'a Segments,
}

/// A word of a block.
///
/// # Safety
/// * `address` is a multiple of 8 in a block in use, eight bytes or more before its end.
unsafe fn word(address: usize) -> usize {
    // SAFETY: by contract; blocks in use are committed.
    unsafe { with_exposed_provenance::<usize>(address).read_volatile() }
}

impl<'a> Ways<'a> {
    pub(crate) fn new(segments: &'a Segments) -> Self {
        Self { segments }
    }

    /// How the word points there; `None` where it points behind what was asked for.
    #[inline]
    pub(crate) fn of(&self, hit: &Hit) -> Option<Way> {
        if hit.offset == 0 {
            return Some(Way::Start);
        }
        self.inside(hit)
    }

    fn inside(&self, hit: &Hit) -> Option<Way> {
        let bytes = walk::run_of(hit.start)?.requested_at(hit.start);
        if hit.offset >= bytes {
            return None;
        }
        if hit.offset < WORD_BYTES {
            return Some(Way::Tagged);
        }
        if hit.offset.is_multiple_of(WORD_BYTES) && bytes >= 2 * WORD_BYTES {
            // SAFETY: the block has the bytes that the conditions name.
            unsafe {
                if self.is_string(hit, bytes) {
                    return Some(Way::StdString);
                }
                if hit.offset == WORD_BYTES {
                    let count = word(hit.start);
                    let rest = bytes - WORD_BYTES;
                    if count == rest {
                        return Some(Way::Length64);
                    }
                    if count > 0 && rest.is_multiple_of(count) {
                        return Some(Way::NewArray);
                    }
                }
                if hit.offset + WORD_BYTES <= bytes && self.is_base(hit) {
                    return Some(Way::MultipleInheritance);
                }
                if is_hash_table(hit, bytes) {
                    return Some(Way::HashTable);
                }
            }
        }
        Some(Way::Interior)
    }

    /// Length, capacity and count of references, then the characters and a NUL.
    ///
    /// # Safety
    /// * The block has `bytes` bytes.
    unsafe fn is_string(&self, hit: &Hit, bytes: usize) -> bool {
        const HEAD_BYTES: usize = 3 * WORD_BYTES;
        if hit.offset != HEAD_BYTES || bytes <= HEAD_BYTES {
            return false;
        }
        // SAFETY: the block has three words at least.
        let (length, capacity) = unsafe { (word(hit.start), word(hit.start + WORD_BYTES)) };
        length <= capacity && capacity == bytes - HEAD_BYTES - 1
    }

    /// Both the block and the place begin with the address of a table of functions.
    ///
    /// # Safety
    /// * The block has a word at its start and at the offset.
    unsafe fn is_base(&self, hit: &Hit) -> bool {
        // SAFETY: by contract.
        let tables = unsafe { [word(hit.start + hit.offset), word(hit.start)] };
        tables
            .into_iter()
            .all(|table| self.is_function_table(table))
    }

    /// Whether constant data of an image lies there that begins with a pointer to code, but for
    /// some nulls before.
    fn is_function_table(&self, address: usize) -> bool {
        if !address.is_multiple_of(WORD_BYTES) {
            return false;
        }
        let Some(number) = self.segments.number_of(address) else {
            return false;
        };
        let segment = &self.segments.all()[number];
        if !segment.is_file() || segment.is_shared || segment.is_executable || !segment.is_readable
        {
            return false;
        }
        let end = segment.end.min(address + TABLE_WORDS_MAX * WORD_BYTES);
        for at in (address..end).step_by(WORD_BYTES) {
            // SAFETY: in a readable mapping of an image's file that nobody unmaps now; its pages
            // come from the file, which the program is running from.
            let pointer = unsafe { word(at) };
            if pointer != 0 {
                return self
                    .segments
                    .number_of(pointer)
                    .is_some_and(|number| self.segments.all()[number].is_executable);
            }
        }
        false
    }
}

/// Entries, then a control byte for each place (a power of two of them), then the first sixteen
/// control bytes once more.
///
/// # Safety
/// * The block has `bytes` bytes.
unsafe fn is_hash_table(hit: &Hit, bytes: usize) -> bool {
    let behind = bytes - hit.offset;
    let Some(places) = behind.checked_sub(GROUP_BYTES) else {
        return false;
    };
    let is_shape =
        places >= 4 && places.is_power_of_two() && hit.offset.is_multiple_of(GROUP_BYTES);
    if !is_shape {
        return false;
    }
    let control = |at: usize| {
        let place = with_exposed_provenance::<u8>(hit.start + hit.offset + at);
        // SAFETY: callers stay below `behind`, the block's end.
        unsafe { place.read_volatile() }
    };
    let is_control = |byte: u8| byte & HASH_TABLE_MASK == 0 || byte == EMPTY || byte == DELETED;
    // A table of fewer places than a group is filled up with empty ones before the repetition.
    let repeated = places.max(GROUP_BYTES);
    (0..places).all(|at| is_control(control(at)))
        && (places..repeated).all(|at| control(at) == EMPTY)
        && (0..places.min(GROUP_BYTES)).all(|at| control(at) == control(repeated + at))
}
