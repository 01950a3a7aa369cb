//! Which memory of the process is ours and not the program's: what `memory` has mapped.
//!
//! **Shape:** a table of ranges, a slot for each mapping. **Invariant:** a slot is changed by the
//! thread that maps or unmaps its range, and by nobody else: ranges of different callers are apart.
//! **Cost:** a few stores for a mapping, a search through the slots in use for an unmapping.
//!
//! **Limit:** of more than [`RANGES_MAX`] mappings at a time the last are not noted.

use core::ops::Range;
use core::sync::atomic::AtomicUsize;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// Mappings that are noted at a time.
pub const RANGES_MAX: usize = 4096;

const FREE: usize = 0;
const CLAIMED: usize = 1;

/// A range; its start is [`FREE`] or [`CLAIMED`] where there is none.
struct Slot {
    start: AtomicUsize,
    end: AtomicUsize,
}

static SLOTS: [Slot; RANGES_MAX] = [const {
    Slot {
        start: AtomicUsize::new(FREE),
        end: AtomicUsize::new(0),
    }
}; RANGES_MAX];

/// Slots from here on have never been used.
static USED: AtomicUsize = AtomicUsize::new(0);

fn used() -> &'static [Slot] {
    &SLOTS[..USED.load(Acquire).min(RANGES_MAX)]
}

/// Notes that `start..start + len` is ours.
pub(crate) fn note(start: usize, len: usize) {
    let fresh = || SLOTS.get(USED.fetch_add(1, Release));
    let claimed = |slot: &&Slot| {
        slot.start
            .compare_exchange(FREE, CLAIMED, Acquire, Relaxed)
            .is_ok()
    };
    let Some(slot) = used().iter().find(claimed).or_else(fresh) else {
        USED.store(RANGES_MAX, Relaxed);
        return;
    };
    slot.end.store(start + len, Relaxed);
    // Pairs with the load in `ranges`: who sees the start sees the end.
    slot.start.store(start, Release);
}

/// Notes that `from..from + len`, a part or all of what was noted at a time, is gone.
pub(crate) fn forget(from: usize, len: usize) {
    let to = from + len;
    for slot in used() {
        let (start, end) = (slot.start.load(Relaxed), slot.end.load(Relaxed));
        if start <= CLAIMED || start >= to || end <= from {
            continue;
        }
        match (start < from, to < end) {
            (false, false) => slot.start.store(FREE, Release),
            (false, true) => slot.start.store(to, Release),
            (true, false) => slot.end.store(from, Relaxed),
            (true, true) => {
                slot.end.store(from, Relaxed);
                note(to, end - to);
            }
        }
    }
}

/// The ranges, in no order. Exact while nobody maps or unmaps.
pub fn ranges() -> impl Iterator<Item = Range<usize>> {
    used().iter().filter_map(|slot| {
        let start = slot.start.load(Acquire);
        (start > CLAIMED).then(|| start..slot.end.load(Relaxed))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `address` is noted.
    fn is_ours(address: usize) -> bool {
        ranges().any(|range| range.contains(&address))
    }

    #[test]
    fn what_is_unmapped_in_part_stays_ours_in_part() {
        // No mapping: other tests of this process map at other places.
        let at = 0x10_0000;
        note(at, 0x9000);
        assert!(is_ours(at) && is_ours(at + 0x8fff) && !is_ours(at + 0x9000));
        forget(at, 0x1000);
        forget(at + 0x8000, 0x1000);
        assert!(!is_ours(at) && !is_ours(at + 0x8000) && is_ours(at + 0x1000));
        forget(at + 0x3000, 0x1000);
        assert!(!is_ours(at + 0x3800) && is_ours(at + 0x2fff) && is_ours(at + 0x4000));
        forget(at, 0x9000);
        assert!(!(at..at + 0x9000).step_by(0x1000).any(is_ours));
    }

    #[test]
    #[cfg(not(any(miri, tenure_replaced_os)))]
    fn mappings_are_noted_and_forgotten() {
        let start = crate::memory::map(0x5000).unwrap();
        assert!(is_ours(start + 0x4fff));
        // SAFETY: mapped above, for this test alone.
        unsafe { crate::memory::unmap(start, 0x5000) };
        assert!(!is_ours(start));
    }
}
