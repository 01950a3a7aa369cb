//! The spaces whose sizes a log tells, and their sizes around one event.

use super::Change;

/// A part of the memory that a collector manages. Sizes are in bytes throughout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Space {
    /// All that is collected: the sum of the generations.
    Heap,
    /// The young generation: eden and the survivors.
    Young,
    /// Where new objects are put.
    Eden,
    /// Where the young that lived through a collection wait.
    Survivor,
    /// The old generation.
    Old,
    /// Objects too large for a region (G1), or kept apart for their size (V8, OpenJ9).
    Humongous,
    /// Class data: metaspace, or the permanent generation of JDK 7 and before.
    Metaspace,
    /// What is collected along with the heap and is not part of it: stacks and globals of Go.
    NonHeap,
}

impl Space {
    /// Each space, in the order of reports.
    pub const ALL: [Space; 8] = [
        Space::Heap,
        Space::Young,
        Space::Eden,
        Space::Survivor,
        Space::Old,
        Space::Humongous,
        Space::Metaspace,
        Space::NonHeap,
    ];

    /// The name in reports and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Space::Heap => "heap",
            Space::Young => "young",
            Space::Eden => "eden",
            Space::Survivor => "survivor",
            Space::Old => "old",
            Space::Humongous => "humongous",
            Space::Metaspace => "metaspace",
            Space::NonHeap => "non-heap",
        }
    }
}

/// The sizes of each space around one event; a space that the log does not name is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sizes([Change; Space::ALL.len()]);

impl Sizes {
    /// What is known of `space`.
    pub fn get(&self, space: Space) -> Change {
        self.0.get(space as usize).copied().unwrap_or_default()
    }

    /// The place for what is known of `space`.
    pub fn at(&mut self, space: Space) -> &mut Change {
        &mut self.0[space as usize]
    }

    /// Puts what is known of `space`.
    pub fn set(&mut self, space: Space, change: Change) {
        *self.at(space) = change;
    }
}
