//! The sizes of all nodes, in four bytes each: the few that need more stand in a list.

/// Stands in `short` for a size that stands in `long`.
const LONG: u32 = u32::MAX;

/// Sizes in bytes, by node.
///
/// # Invariants
///
/// 1. `long` has the nodes whose `short` is `LONG`, in ascending order, and no others.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sizes {
    short: Vec<u32>,
    long: Vec<(u32, u64)>,
}

impl Sizes {
    pub(super) fn len(&self) -> usize {
        self.short.len()
    }

    pub(super) fn try_reserve(&mut self, nodes: usize) -> bool {
        self.short.try_reserve_exact(nodes).is_ok()
    }

    pub(super) fn push(&mut self, bytes: u64) {
        match u32::try_from(bytes) {
            Ok(short) if short != LONG => self.short.push(short),
            _ => {
                self.long.push((self.short.len() as u32, bytes));
                self.short.push(LONG);
            }
        }
    }

    pub(super) fn get(&self, node: u32) -> u64 {
        let short = self.short[node as usize];
        if short == LONG {
            self.find_long(node)
        } else {
            u64::from(short)
        }
    }

    #[cold]
    fn find_long(&self, node: u32) -> u64 {
        let found = self.long.binary_search_by_key(&node, |&(node, _)| node);
        found.map_or(0, |place| self.long[place].1)
    }

    pub(super) fn shrink(&mut self) {
        self.short.shrink_to_fit();
        self.long.shrink_to_fit();
    }

    pub(super) fn resident_bytes(&self) -> usize {
        4 * self.short.len() + 16 * self.long.len()
    }

    pub(super) fn check(&self) {
        let long = (0..self.short.len()).filter(|&node| self.short[node] == LONG);
        let listed = self.long.iter().map(|&(node, _)| node as usize);
        assert!(long.eq(listed), "1: the long sizes are those listed");
    }
}
