//! Cycles among lost blocks: strongly connected components, by Tarjan's algorithm, without
//! recursion.

use super::cliques::Lost;
use crate::graph::{Graph, NONE};

/// For each lost block the number of its component; blocks that lead to each other share one.
///
/// O(lost blocks and their edges); 20 bytes for each lost block.
pub(super) fn of(graph: &Graph, lost: &Lost) -> Vec<u32> {
    let count = lost.len() as usize;
    let mut search = Search {
        order: vec![NONE; count],
        low: vec![NONE; count],
        met: 0,
        open: Vec::new(),
        components: 0,
    };
    let mut path: Vec<(u32, usize)> = Vec::new();
    for first in 0..lost.len() {
        if search.order[first as usize] != NONE {
            continue;
        }
        path.push((search.enter(first), lost.row(graph, first).start));
        while let Some((number, cursor)) = path.last_mut() {
            let number = *number;
            let next = (*cursor..lost.row(graph, number).end).find_map(|edge| {
                *cursor = edge + 1;
                lost.target(graph, edge)
                    .filter(|&target| search.look(number, target))
            });
            match next {
                Some(target) => {
                    let start = lost.row(graph, target).start;
                    path.push((search.enter(target), start));
                }
                None => {
                    path.pop();
                    search.leave(number, path.last().map(|&(parent, _)| parent));
                }
            }
        }
    }
    search.low
}

/// # Invariants
///
/// 1. `open` has the blocks that were met and whose component is not closed, in the order in which
///    they were met; 2. `low` of an open block is the earliest known that it leads back to; of a
///    closed one, the number of its component.
struct Search {
    /// When each was met; `NONE` before, `CLOSED` after its component was.
    order: Vec<u32>,
    low: Vec<u32>,
    met: u32,
    open: Vec<u32>,
    components: u32,
}

const CLOSED: u32 = NONE - 1;

impl Search {
    fn enter(&mut self, number: u32) -> u32 {
        self.order[number as usize] = self.met;
        self.low[number as usize] = self.met;
        self.met += 1;
        self.open.push(number);
        number
    }

    /// Takes an edge into account; true if its target is to be entered.
    fn look(&mut self, number: u32, target: u32) -> bool {
        match self.order[target as usize] {
            NONE => true,
            CLOSED => false,
            order => {
                let low = &mut self.low[number as usize];
                *low = order.min(*low);
                false
            }
        }
    }

    fn leave(&mut self, number: u32, parent: Option<u32>) {
        let low = self.low[number as usize];
        if low == self.order[number as usize] {
            while let Some(member) = self.open.pop() {
                self.order[member as usize] = CLOSED;
                self.low[member as usize] = self.components;
                if member == number {
                    break;
                }
            }
            self.components += 1;
        } else if let Some(parent) = parent {
            let own = &mut self.low[parent as usize];
            *own = low.min(*own);
        }
    }
}
