//! The tables of ZGC: what was alive, promoted, and how large the heap was.
//!
//! # Shape
//!
//! ```text
//! GC(0) y:                Mark Start   Mark End   Relocate Start   Relocate End   High   Low
//! GC(0) y:  Capacity:     256M (100%)  256M (100%)    …
//! GC(0) y:      Live:         -         26M (10%)     26M (10%)      26M (10%)
//! GC(0) y:  Promoted:         -            -           0M (0%)        0M (0%)
//! ```
//!
//! The prefix is `y:` in a minor collection, `Y:` and `O:` in a major one, none with one
//! generation.

use tenure_model::timeline::{Event, Kind, Space};

use crate::gclog::cursor::Cursor;

/// Reads a row into the cycle of the collection `id`; false if it is no row that is used.
pub(super) fn row(cycle: &mut Event, id: Option<u64>, text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let mut cursor = Cursor::new(text);
    let is_capacity = match text.first() {
        Some(b'C') if cursor.eat(b"Capacity:") => true,
        Some(b'L') if cursor.eat(b"Live:") => false,
        Some(b'P') if cursor.eat(b"Promoted:") => false,
        _ => return false,
    };
    let is_promoted = text.first() == Some(&b'P');
    let (first, last) = cells(cursor);
    if cycle.id != id {
        return true;
    }
    if is_capacity {
        let heap = cycle.sizes.at(Space::Heap);
        heap.capacity = heap.capacity.or(last);
    } else if is_promoted {
        add(&mut cycle.promoted, last);
    } else {
        add(&mut cycle.live, first);
    }
    true
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
