//! The course of the live and the held bytes: one point for each interval, however long it takes.
//!
//! The intervals are short at first; when the points are used up, neighbours are merged and the
//! intervals are twice as long. One thread at a time writes; one that finds another writing lets
//! its point go, since the next comes soon: each tells both numbers.

use crate::array_file::ArrayHead;
use core::ptr::with_exposed_provenance;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use tenure_trace::profile::timeline::{MAX_HELD_BYTES_OFFSET, POINT_BYTES, POINTS_MAX};

/// The first intervals: 2^19 ns, half a millisecond.
const FIRST_WIDTH_NS: u64 = 1 << 19;

/// A point of the file.
#[repr(C)]
struct Point {
    live: Extent,
    held: Extent,
}

/// A number over an interval.
#[repr(C)]
struct Extent {
    highest_bytes: AtomicU64,
    last_bytes: AtomicU64,
}

const _: () = assert!(size_of::<Point>() == POINT_BYTES);
const _: () = assert!(core::mem::offset_of!(Point, held) == MAX_HELD_BYTES_OFFSET);

impl Point {
    fn is_told(&self) -> bool {
        self.live.is_told() || self.held.is_told()
    }
}

impl Extent {
    fn is_told(&self) -> bool {
        (self.highest_bytes.load(Relaxed) | self.last_bytes.load(Relaxed)) != 0
    }

    fn add(&self, bytes: u64) {
        let highest = self.highest_bytes.load(Relaxed);
        self.highest_bytes.store(highest.max(bytes), Relaxed);
        self.last_bytes.store(bytes, Relaxed);
    }

    /// What two neighbours are together; it may be the first of them.
    fn become_both(&self, early: &Self, late: &Self, told_late: bool) {
        let highest = early.highest_bytes.load(Relaxed);
        let highest = highest.max(late.highest_bytes.load(Relaxed));
        let last = if told_late { late } else { early }
            .last_bytes
            .load(Relaxed);
        self.highest_bytes.store(highest, Relaxed);
        self.last_bytes.store(last, Relaxed);
    }

    fn clear(&self) {
        self.highest_bytes.store(0, Relaxed);
        self.last_bytes.store(0, Relaxed);
    }
}

/// Where the course is written. Before [`Timeline::begin`], nowhere.
pub(crate) struct Timeline {
    head: AtomicUsize,
    points: AtomicUsize,
    busy: AtomicBool,
}

impl Timeline {
    pub(crate) const fn new() -> Self {
        Self {
            head: AtomicUsize::new(0),
            points: AtomicUsize::new(0),
            busy: AtomicBool::new(false),
        }
    }

    /// Writes into the array of [`POINTS_MAX`] zeroed points at `points` from now on; the process
    /// began at `start_ns`.
    pub(crate) fn begin(&self, head: &'static ArrayHead, points: usize, start_ns: u64) {
        head.own[0].store(FIRST_WIDTH_NS, Relaxed);
        head.own[1].store(start_ns, Relaxed);
        self.points.store(points, Relaxed);
        self.busy.store(false, Relaxed);
        self.head.store(core::ptr::from_ref(head).addr(), Release);
    }

    /// The process has `live_bytes` and holds `held_bytes` at `at_ns` after its start. Atomics
    /// only: it is told under the heap's locks.
    pub(crate) fn tell(&self, at_ns: u64, live_bytes: u64, held_bytes: u64) {
        let head = self.head.load(Acquire);
        if head == 0 || self.busy.swap(true, Acquire) {
            return;
        }
        // SAFETY: `begin` was given a reference that lives as long as the process.
        let head = unsafe { &*with_exposed_provenance::<ArrayHead>(head) };
        self.write(head, at_ns, live_bytes, held_bytes);
        self.busy.store(false, Release);
    }

    fn write(&self, head: &ArrayHead, at_ns: u64, live_bytes: u64, held_bytes: u64) {
        let mut width = head.own[0].load(Relaxed).max(1);
        while at_ns / width >= POINTS_MAX as u64 {
            self.merge(head);
            width *= 2;
            head.own[0].store(width, Relaxed);
        }
        let at = at_ns / width;
        let point = self.point(at as usize);
        point.live.add(live_bytes);
        point.held.add(held_bytes);
        if at >= head.count.load(Relaxed) {
            head.count.store(at + 1, Relaxed);
        }
    }

    fn point(&self, at: usize) -> &'static Point {
        let points = self.points.load(Relaxed);
        let address = points + at.min(POINTS_MAX - 1) * size_of::<Point>();
        // SAFETY: `begin` was given so many points, mapped for good, of atomics.
        unsafe { &*with_exposed_provenance::<Point>(address) }
    }

    fn merge(&self, head: &ArrayHead) {
        for at in 0..POINTS_MAX / 2 {
            let (left, right) = (self.point(2 * at), self.point(2 * at + 1));
            let told_late = right.is_told();
            let point = self.point(at);
            point.live.become_both(&left.live, &right.live, told_late);
            point.held.become_both(&left.held, &right.held, told_late);
        }
        for at in POINTS_MAX / 2..POINTS_MAX {
            self.point(at).live.clear();
            self.point(at).held.clear();
        }
        let count = head.count.load(Relaxed);
        head.count.store(count.div_ceil(2), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::boxed::Box;
    use std::vec;

    fn timeline() -> (Timeline, &'static ArrayHead) {
        let points = vec![0u64; POINT_BYTES / 8 * POINTS_MAX].leak();
        // SAFETY: all fields are atomics, for which zero is a valid value.
        let head: Box<ArrayHead> = unsafe { Box::<ArrayHead>::new_zeroed().assume_init() };
        let head: &'static ArrayHead = Box::leak(head);
        let _ = core::ptr::from_ref(head).expose_provenance();
        let line = Timeline::new();
        line.begin(head, points.as_mut_ptr().expose_provenance(), 77);
        (line, head)
    }

    #[test]
    fn a_long_life_keeps_its_highest_point() {
        let (line, head) = timeline();
        let step = FIRST_WIDTH_NS;
        for at in 0..3 * POINTS_MAX as u64 {
            let live = if at == 1000 { 9_999 } else { at % 50 + 1 };
            // Held is told in every tenth interval and falls.
            let held = 1_000_000 - at;
            if at % 10 == 0 || at == 1000 || at == 3 * POINTS_MAX as u64 - 1 {
                line.tell(at * step, live, held);
            }
        }
        assert_eq!(head.own[0].load(Relaxed), 4 * FIRST_WIDTH_NS);
        assert_eq!(head.count.load(Relaxed), 3 * POINTS_MAX as u64 / 4);
        assert_eq!(line.point(250).live.highest_bytes.load(Relaxed), 9_999);
        assert_eq!(line.point(250).held.last_bytes.load(Relaxed), 999_000);
        let last = (3 * POINTS_MAX as u64 - 1) % 50 + 1;
        let end = line.point(3 * POINTS_MAX / 4 - 1);
        assert_eq!(end.live.last_bytes.load(Relaxed), last);
        let held = 1_000_000 - (3 * POINTS_MAX as u64 - 1);
        assert_eq!(end.held.last_bytes.load(Relaxed), held);
        assert!(!line.point(POINTS_MAX - 1).is_told());
    }
}
