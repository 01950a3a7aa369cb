//! Two graphs side by side, group by group.

use super::{Census, GroupFigures, Kind};
use std::cmp::Reverse;

/// A group in two graphs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// The key that the groups of both have in common.
    pub key: u32,
    /// In the first; zeros where it is not there.
    pub before: GroupFigures,
    /// In the second; zeros where it is not there.
    pub after: GroupFigures,
}

impl GroupChange {
    /// How many blocks more the second has.
    pub fn blocks(&self) -> i128 {
        difference(self.before.blocks, self.after.blocks)
    }

    /// How many bytes more.
    pub fn bytes(&self) -> i128 {
        difference(self.before.bytes, self.after.bytes)
    }

    /// How many bytes more are retained.
    pub fn retained_bytes(&self) -> i128 {
        difference(self.before.retained_bytes, self.after.retained_bytes)
    }

    /// How many blocks and bytes more of one kind.
    pub fn kind(&self, kind: Kind) -> (i128, i128) {
        let (before, after) = (self.before.kind(kind), self.after.kind(kind));
        let blocks = difference(before.blocks, after.blocks);
        (blocks, difference(before.bytes, after.bytes))
    }
}

/// Two graphs side by side.
///
/// Groups have other numbers in each graph; the caller, who knows what they are called, gives both
/// the same keys when it makes the [`Census`] of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The groups of both, ascending by key.
    pub groups: Vec<GroupChange>,
}

impl Comparison {
    /// Compares two sums by key.
    pub fn between(before: &Census, after: &Census) -> Self {
        let keys = 0..before.keys().max(after.keys());
        let changes = keys.map(|key| GroupChange {
            key,
            before: before.get(key),
            after: after.get(key),
        });
        let is_there = |change: &GroupChange| change.before.blocks > 0 || change.after.blocks > 0;
        Self {
            groups: changes.filter(is_there).collect(),
        }
    }

    /// The groups for which `by` gives something else than 0, the largest first, up or down.
    pub fn ordered_by(&self, by: impl Fn(&GroupChange) -> i128) -> Vec<&GroupChange> {
        let mut ordered: Vec<_> = self.groups.iter().filter(|group| by(group) != 0).collect();
        ordered.sort_by_key(|group| Reverse(by(group).unsigned_abs()));
        ordered
    }
}

fn difference(before: u64, after: u64) -> i128 {
    i128::from(after) - i128::from(before)
}
