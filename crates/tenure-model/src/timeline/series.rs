//! A long row of points, kept short for drawing and for slopes.

use super::Kind;

/// Two neighbouring points put together so that what matters of both is kept.
pub trait Merge: Copy {
    /// One point for both; `self` is the earlier.
    fn merge(self, later: Self) -> Self;
}

/// A row of points that holds at most `room` of them: when it is full, neighbours are merged in
/// pairs, and from then on twice as many arriving points make one.
#[derive(Clone, Debug)]
pub struct Series<P> {
    points: Vec<P>,
    room: usize,
    stride: u64,
    gathered: Option<(P, u64)>,
}

impl<P: Merge> Series<P> {
    /// An empty row of at most `room` points, at least 2.
    pub fn new(room: usize) -> Self {
        Self {
            points: Vec::new(),
            room: room.max(2),
            stride: 1,
            gathered: None,
        }
    }

    /// Adds a point at the end.
    pub fn add(&mut self, point: P) {
        let (point, count) = match self.gathered.take() {
            Some((earlier, count)) => (earlier.merge(point), count + 1),
            None => (point, 1),
        };
        if count < self.stride {
            self.gathered = Some((point, count));
            return;
        }
        if self.points.len() >= self.room {
            let pairs = self.points.chunks(2);
            let merge = |pair: &[P]| match *pair {
                [first, second] => first.merge(second),
                _ => pair[0],
            };
            self.points = pairs.map(merge).collect();
            self.stride *= 2;
        }
        self.points.push(point);
    }

    /// The points, with the one that is still being gathered.
    pub fn points(&self) -> Vec<P> {
        let last = self.gathered.map(|(point, _)| point);
        self.points.iter().copied().chain(last).collect()
    }
}

/// One pause for drawing; of two, the longer is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PausePoint {
    /// Start on the axis of the whole log, in nanoseconds.
    pub at_ns: u64,
    /// Duration, in nanoseconds.
    pub duration_ns: u64,
    /// What was done.
    pub kind: Kind,
}

impl Merge for PausePoint {
    fn merge(self, later: Self) -> Self {
        if later.duration_ns > self.duration_ns {
            later
        } else {
            self
        }
    }
}

/// The heap around one collection; of two, the highest before and the lowest after are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeapPoint {
    /// Time on the axis of the whole log, in nanoseconds.
    pub at_ns: u64,
    /// Run to which it belongs, from 0.
    pub run: u32,
    /// Used bytes before.
    pub before: u64,
    /// Used bytes after.
    pub after: u64,
    /// Capacity in bytes; 0 where unknown.
    pub capacity: u64,
}

impl Merge for HeapPoint {
    fn merge(self, later: Self) -> Self {
        Self {
            at_ns: later.at_ns,
            run: later.run,
            before: self.before.max(later.before),
            after: self.after.min(later.after),
            capacity: self.capacity.max(later.capacity),
        }
    }
}

/// Bytes allocated between two collections, the time between them, and what the second took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Interval {
    /// Wall time between them, in nanoseconds.
    pub duration_ns: u64,
    /// Bytes allocated.
    pub bytes: u64,
    /// From the end of the first to the end of the second, in nanoseconds.
    pub period_ns: u64,
    /// Wall time of the second, in nanoseconds.
    pub cost_ns: u64,
    /// Processor time of the second, in nanoseconds; 0 where the log does not tell it.
    pub cpu_ns: u64,
}

impl Merge for Interval {
    fn merge(self, later: Self) -> Self {
        if later.duration_ns > self.duration_ns {
            later
        } else {
            self
        }
    }
}
