//! The tables of ZGC: what was alive, allocated, promoted, and how large the heap was.
//!
//! # Shape
//!
//! ```text
//! GC(0) y:                Mark Start   Mark End   Relocate Start   Relocate End   High   Low
//! GC(0) y:  Capacity:     256M (100%)  256M (100%)    …
//! GC(0) y:      Live:         -         26M (10%)     26M (10%)      26M (10%)
//! GC(0) y: Allocated:         -         86M (34%)     88M (34%)      95M (37%)
//! GC(0) y:  Promoted:         -            -           0M (0%)        0M (0%)
//! ```
//!
//! The prefix is `y:` in a minor collection, `Y:` and `O:` in a major one, none with one
//! generation.

use tenure_model::timeline::{Event, Kind, Space};

use crate::gclog::cursor::Cursor;

/// A row that is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    name: Name,
    /// The first size of the row.
    first: Option<u64>,
    /// That of the fourth column, or the last before it.
    last: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Capacity,
    Used,
    Live,
    Allocated,
    Promoted,
}

/// What the tables tell beyond one cycle.
///
/// The program allocates while a cycle runs: the heap before and after says less than the rows.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// Bytes allocated since the cycle that ended last.
    pub(super) allocated: Option<u64>,
    /// Bytes used when the last table ended.
    left: Option<u64>,
    /// Bytes used at the start and the end of the present table.
    used: Option<(u64, u64)>,
    /// True from the row of the heap's capacity to that of the heap's use.
    is_of_heap: bool,
}

impl Row {
    /// Reads a row; `None` if it is none that is used.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let text = text.trim_ascii_start();
        let mut cursor = Cursor::new(text);
        let name = match text.first()? {
            b'C' if cursor.eat(b"Capacity:") => Name::Capacity,
            b'U' if cursor.eat(b"Used:") => Name::Used,
            b'L' if cursor.eat(b"Live:") => Name::Live,
            b'A' if cursor.eat(b"Allocated:") => Name::Allocated,
            b'P' if cursor.eat(b"Promoted:") => Name::Promoted,
            _ => return None,
        };
        let (first, last) = cells(cursor);
        Some(Self { name, first, last })
    }
}

impl Tables {
    /// Puts a row of the collection `id` into its cycle, if that is the one under way.
    pub(super) fn row(&mut self, cycle: &mut Event, id: Option<u64>, prefix: u8, row: Row) {
        let is_its = cycle.id == id;
        match row.name {
            Name::Capacity => {
                self.is_of_heap = true;
                self.used = None;
                if is_its {
                    let heap = cycle.sizes.at(Space::Heap);
                    heap.capacity = heap.capacity.or(row.last);
                }
            }
            Name::Used => {
                if std::mem::take(&mut self.is_of_heap) {
                    self.used = row.first.zip(row.last);
                }
            }
            // What a minor collection finds alive is of the young generation alone.
            Name::Live if is_its && prefix != b'y' => add(&mut cycle.live, row.first),
            // Objects of the old generation were allocated in the young one.
            Name::Allocated if prefix != b'O' => self.allocate(row.last),
            Name::Promoted if is_its => add(&mut cycle.promoted, row.last),
            Name::Live | Name::Allocated | Name::Promoted => {}
        }
    }

    fn allocate(&mut self, meanwhile: Option<u64>) {
        let (Some(meanwhile), Some((first, last))) = (meanwhile, self.used) else {
            return;
        };
        let between = self.left.map_or(0, |left| first.saturating_sub(left));
        add(&mut self.allocated, Some(meanwhile.saturating_add(between)));
        self.left = Some(last);
    }
}

/// The kind of a pause of one generation, by the prefix of its line.
pub(super) fn pause_kind(prefix: u8, kind: Kind) -> Kind {
    match (prefix, kind) {
        (b'y', Kind::MarkStart) => Kind::YoungMarkStart,
        (b'Y', Kind::MarkStart) => Kind::YoungOldMarkStart,
        (b'y' | b'Y', Kind::MarkEnd) => Kind::YoungMarkEnd,
        (b'y' | b'Y', Kind::RelocateStart) => Kind::YoungRelocateStart,
        (b'O', Kind::MarkEnd) => Kind::OldMarkEnd,
        (b'O', Kind::RelocateStart) => Kind::OldRelocateStart,
        _ => kind,
    }
}

/// The first size of a row, and that of the fourth column (or the last before it).
fn cells(mut cursor: Cursor<'_>) -> (Option<u64>, Option<u64>) {
    let (mut first, mut last) = (None, None);
    for _ in 0..4 {
        cursor.skip_blanks();
        if cursor.eat(b"-") {
            continue;
        }
        let Some(size) = cursor.size() else {
            break;
        };
        first = first.or(Some(size));
        last = Some(size);
        cursor.skip_blanks();
        if cursor.eat(b"(") {
            cursor.until(b')');
        }
    }
    (first, last)
}

fn add(sum: &mut Option<u64>, value: Option<u64>) {
    if let Some(value) = value {
        *sum = Some(sum.unwrap_or(0).saturating_add(value));
    }
}
