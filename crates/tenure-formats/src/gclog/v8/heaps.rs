//! The isolates of a log, numbered in order of appearance.

/// Isolates told apart; further ones share the last number.
const HEAPS_MAX: usize = 64;

/// Numbers of isolates, with the time each was last heard of.
#[derive(Debug, Default)]
pub(super) struct Heaps {
    known: Vec<Known>,
    last: usize,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    heap: (u64, u64),
    last_ns: Option<u64>,
}

impl Heaps {
    /// The number of an isolate; a line that tells none is of the one that spoke last.
    pub(super) fn number(&mut self, heap: Option<(u64, u64)>) -> u32 {
        if let Some(heap) = heap {
            let is_last = self
                .known
                .get(self.last)
                .is_some_and(|known| known.heap == heap);
            if !is_last {
                self.last = self.find(heap);
            }
        }
        self.last as u32
    }

    /// The time at which the isolate that spoke last was heard of before, which `now_ns` becomes.
    pub(super) fn tick(&mut self, now_ns: u64) -> Option<u64> {
        if self.known.is_empty() {
            self.find((0, 0));
        }
        let known = self.known.get_mut(self.last)?;
        known.last_ns.replace(now_ns)
    }

    /// The time at which the isolate that spoke last was last heard of.
    pub(super) fn last_ns(&self) -> Option<u64> {
        self.known.get(self.last)?.last_ns
    }

    fn find(&mut self, heap: (u64, u64)) -> usize {
        if let Some(index) = self.known.iter().position(|known| known.heap == heap) {
            return index;
        }
        if self.known.len() < HEAPS_MAX {
            self.known.push(Known {
                heap,
                last_ns: None,
            });
        }
        self.known.len() - 1
    }
}
