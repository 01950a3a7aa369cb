//! The pauses of a heap: how long of each kind, and what share of any window they left.

use alloc::collections::VecDeque;

use crate::cycle::Kind;
use crate::histogram::Histogram;

/// Pauses that the curve of utilisation looks at: the last ones.
const KEPT_MAX: usize = 1 << 16;

/// When and how long the program stood still.
#[derive(Clone, Debug, Default)]
pub struct Pauses {
    of_kind: [Histogram; Kind::ALL.len()],
    /// The last pauses, as start and end in nanoseconds, in order and without overlap.
    last: VecDeque<(u64, u64)>,
}

impl Pauses {
    /// Adds a pause from `start_ns` to `end_ns`, no earlier than the one before.
    pub(crate) fn add(&mut self, kind: Kind, start_ns: u64, end_ns: u64) {
        self.of_kind[kind as usize].add(end_ns.saturating_sub(start_ns));
        if self.last.len() == KEPT_MAX {
            self.last.pop_front();
        }
        self.last.push_back((start_ns, end_ns));
    }

    /// How long the pauses of one kind were.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &Histogram {
        &self.of_kind[kind as usize]
    }

    /// All pauses together, in nanoseconds.
    #[must_use]
    pub fn sum_ns(&self) -> u64 {
        let sums = self.of_kind.iter().map(Histogram::sum_ns);
        sums.fold(0, u64::saturating_add)
    }

    /// Minimum mutator utilisation: of all windows of `width_ns` between the first and the last of
    /// the last 65,536 pauses, the share that the program had in the worst one, from 0 to 1. `None`
    /// if no window of that width lies between them. O(pauses kept).
    ///
    /// The time in pauses within a window, as the window moves, is greatest where the window
    /// begins or ends with a pause (Cheng and Blelloch 2001).
    #[must_use]
    pub fn utilisation(&self, width_ns: u64) -> Option<f64> {
        let (first, last) = (self.last.front()?.0, self.last.back()?.1);
        if width_ns == 0 || last - first < width_ns {
            return None;
        }
        let starts = worst(width_ns, self.last.iter().copied());
        // The same, seen from the end of time.
        let mirrored = |(start, end): (u64, u64)| (last - end, last - start);
        let ends = worst(width_ns, self.last.iter().rev().copied().map(mirrored));
        Some(1.0 - starts.max(ends) as f64 / width_ns as f64)
    }
}

/// The most time in pauses within a window of `width` that begins with one of them.
fn worst(width: u64, pauses: impl Iterator<Item = (u64, u64)> + Clone) -> u64 {
    let mut behind = pauses.clone().peekable();
    // `whole` is the time of the pauses from this one on that begin within the window, and
    // `whole_end` where the last of them ends.
    let (mut most, mut whole, mut whole_end) = (0, 0, 0);
    for (start, end) in pauses {
        let stop = start.saturating_add(width);
        while let Some((next_start, next_end)) = behind.next_if(|(from, _)| *from < stop) {
            whole += next_end - next_start;
            whole_end = next_end;
        }
        most = most.max(whole - whole_end.saturating_sub(stop));
        whole -= end - start;
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    #[test]
    fn a_window_that_a_pause_fills_leaves_nothing() {
        let mut pauses = Pauses::default();
        assert_eq!(pauses.utilisation(1), None);
        pauses.add(Kind::Minor, 100, 110);
        pauses.add(Kind::Step, 200, 220);
        assert_eq!(pauses.utilisation(10), Some(0.0));
        assert_eq!(pauses.utilisation(40), Some(0.5));
        assert_eq!(pauses.utilisation(120), Some(0.75));
        assert_eq!(pauses.utilisation(121), None);
        assert_eq!(pauses.of(Kind::Step).max_ns(), 20);
        assert_eq!(pauses.sum_ns(), 30);
    }

    /// The time in pauses of the window at `at`, one nanosecond after the other.
    fn straight(pauses: &[(u64, u64)], at: u64, width: u64) -> u64 {
        let inside = |moment: &u64| pauses.iter().any(|(from, to)| (from..to).contains(&moment));
        (at..at + width).filter(inside).count() as u64
    }

    proptest! {
        #[test]
        fn no_window_is_worse_than_the_minimum(
            steps in prop::collection::vec((1u64..20, 1u64..9), 2..12), width in 1u64..80,
        ) {
            let (mut pauses, mut list, mut now) = (Pauses::default(), Vec::new(), 0);
            for (gap, length) in steps {
                let start = now + gap;
                now = start + length;
                pauses.add(Kind::Minor, start, now);
                list.push((start, now));
            }
            let (first, last) = (list[0].0, now);
            let places = (first + width <= last).then(|| first..=last - width);
            let worst = places.map(|p| p.map(|at| straight(&list, at, width)).max().unwrap());
            let wanted = worst.map(|worst| 1.0 - worst as f64 / width as f64);
            prop_assert_eq!(pauses.utilisation(width), wanted);
        }
    }
}
