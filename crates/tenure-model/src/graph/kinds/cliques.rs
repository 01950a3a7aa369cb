//! Which lost blocks are to blame, and for which others.
//!
//! Lost blocks are taken in the order of their ids. One that no walk has met so far becomes a
//! *leader*, and a walk from it claims whatever it meets and nobody has claimed yet. When it meets
//! a former leader, that one is claimed with all that it had claimed. What is a leader at the end
//! is definitely lost, the rest indirectly. So does memcheck.
//!
//! One case is then decided by the order of ids: a walk that comes to a cycle whose leader came
//! before, but not at the leader itself, meets a block that is claimed already, and does not see
//! that its leader hangs on it as well. With `components`, meeting any block of a leader's own
//! cycle is meeting the leader.

use super::{Kind, Leader};
use crate::graph::{Graph, NONE};

/// The lost blocks, numbered from 0 in the order of their ids, and who claimed them.
pub(super) struct Lost {
    /// Number to node.
    nodes: Vec<u32>,
    /// Node to number, `NONE` for others; empty if nothing is lost.
    numbers: Vec<u32>,
    /// By number: who claimed it, itself for leaders, `NONE` before a walk met it.
    claimed_by: Vec<u32>,
}

impl Lost {
    /// Those that are marked as definitely lost so far.
    pub(super) fn new(graph: &Graph, kinds: &[Kind]) -> Self {
        let is_lost = |&node: &u32| kinds[node as usize] == Kind::DefinitelyLost;
        let count = kinds
            .iter()
            .filter(|&&kind| kind == Kind::DefinitelyLost)
            .count();
        let mut nodes = Vec::with_capacity(count);
        nodes.extend((0..graph.nodes()).filter(is_lost));
        let mut numbers = Vec::new();
        if count > 0 {
            numbers.resize(kinds.len(), NONE);
        }
        for (number, &node) in nodes.iter().enumerate() {
            numbers[node as usize] = number as u32;
        }
        Self {
            nodes,
            numbers,
            claimed_by: vec![NONE; count],
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// The places of the edges of a lost block.
    pub(super) fn row(&self, graph: &Graph, number: u32) -> std::ops::Range<usize> {
        graph.row(self.nodes[number as usize])
    }

    /// The number of the lost block at the other end of an edge. Strong edges of lost blocks lead
    /// to lost blocks, or to others that do not matter here.
    pub(super) fn target(&self, graph: &Graph, edge: usize) -> Option<u32> {
        let number = self.numbers[graph.targets[edge] as usize];
        (number != NONE && graph.label(edge).is_strong()).then_some(number)
    }

    /// Lets every block be claimed. `components` has the number of each block's cycle.
    pub(super) fn walk(&mut self, graph: &Graph, components: Option<&[u32]>) {
        let mut leader_of = vec![NONE; components.map_or(0, <[u32]>::len)];
        let mut to_do = Vec::new();
        for leader in 0..self.len() {
            if self.claimed_by[leader as usize] != NONE {
                continue;
            }
            self.claimed_by[leader as usize] = leader;
            if let Some(components) = components {
                leader_of[components[leader as usize] as usize] = leader;
            }
            to_do.push(leader);
            while let Some(number) = to_do.pop() {
                for edge in self.row(graph, number) {
                    let Some(met) = self.target(graph, edge) else {
                        continue;
                    };
                    let owner = self.claimed_by[met as usize];
                    if owner == NONE {
                        self.claimed_by[met as usize] = leader;
                        to_do.push(met);
                        continue;
                    }
                    let former = match components {
                        Some(components) => leader_of[components[met as usize] as usize],
                        None => met,
                    };
                    if former != NONE && former != leader && self.is_leader(former) {
                        self.claimed_by[former as usize] = leader;
                    }
                }
            }
        }
    }

    fn is_leader(&self, number: u32) -> bool {
        self.claimed_by[number as usize] == number
    }

    /// Writes the kinds of lost blocks, and gives the leader of each node and the sums of leaders.
    pub(super) fn settle(mut self, graph: &Graph, kinds: &mut [Kind]) -> (Vec<u32>, Vec<Leader>) {
        for number in 0..self.len() {
            self.find(number);
        }
        let mut leaders = Vec::new();
        let mut place = vec![NONE; self.nodes.len()];
        for number in 0..self.len() {
            if self.is_leader(number) {
                place[number as usize] = leaders.len() as u32;
                leaders.push(Leader {
                    node: self.nodes[number as usize],
                    indirect_bytes: 0,
                    indirect_blocks: 0,
                });
            }
        }
        let mut leader = self.numbers;
        for (number, &node) in self.nodes.iter().enumerate() {
            let owner = self.claimed_by[number] as usize;
            leader[node as usize] = self.nodes[owner];
            if owner != number {
                kinds[node as usize] = Kind::IndirectlyLost;
                let sums = &mut leaders[place[owner] as usize];
                sums.indirect_bytes = sums.indirect_bytes.saturating_add(graph.size(node));
                sums.indirect_blocks += 1;
            }
        }
        (leader, leaders)
    }

    /// Follows the claims up to the leader, and lets all on the way point to it.
    fn find(&mut self, number: u32) {
        let mut leader = number;
        while !self.is_leader(leader) {
            leader = self.claimed_by[leader as usize];
        }
        let mut on_the_way = number;
        while on_the_way != leader {
            let next = self.claimed_by[on_the_way as usize];
            self.claimed_by[on_the_way as usize] = leader;
            on_the_way = next;
        }
    }
}
