//! Which blocks are reachable and which are lost, in four kinds.
//!
//! The kinds are those of valgrind's memcheck. Three marks are made, each by a walk with a list of
//! what is still to be looked at:
//!
//! 1. along start pointers from the start pointers of the roots: *still reachable*;
//! 2. along any pointers from what 1 found and from the roots: *possibly lost*;
//! 3. what is left is lost; `cliques` tells *definitely* from *indirectly*.
//!
//! Only strong edges are followed.

mod cliques;
mod components;

use super::{Graph, NONE};
use cliques::Lost;

/// What became of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A chain of start pointers leads from a root to it.
    StillReachable,
    /// Chains lead from roots to it, each with an interior pointer.
    PossiblyLost,
    /// Nothing leads to it but blocks that are lost because of it.
    DefinitelyLost,
    /// Other lost blocks lead to it.
    IndirectlyLost,
}

impl Kind {
    /// All four, in their order.
    pub const ALL: [Self; 4] = [
        Self::StillReachable,
        Self::PossiblyLost,
        Self::DefinitelyLost,
        Self::IndirectlyLost,
    ];

    /// Its name, as memcheck prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::StillReachable => "still reachable",
            Self::PossiblyLost => "possibly lost",
            Self::DefinitelyLost => "definitely lost",
            Self::IndirectlyLost => "indirectly lost",
        }
    }

    /// Whether no chain leads to it.
    pub fn is_lost(self) -> bool {
        matches!(self, Self::DefinitelyLost | Self::IndirectlyLost)
    }
}

/// What a lost cycle is that another lost block leads into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cycles {
    /// It is lost indirectly, wherever it is entered: the definition.
    #[default]
    Whole,
    /// As memcheck has it, block by block: if the first block of the cycle has a lower id than the
    /// one that leads into it, and the cycle is entered at another block, then the first stays
    /// definitely lost. It depends on the addresses.
    AsMemcheck,
}

/// A definitely lost block with what is lost because of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leader {
    /// The block.
    pub node: u32,
    /// Bytes of the blocks that are lost indirectly because of it.
    pub indirect_bytes: u64,
    /// How many those are.
    pub indirect_blocks: u32,
}

/// The kind of each block, and for lost ones the block to blame.
///
/// # Invariants
///
/// 1. a block is definitely lost just if it is its own leader; 2. a block is indirectly lost just
///    if its leader is another, which is definitely lost; 3. others have no leader; 4. `leaders`
///    has the definitely lost blocks in ascending order, with the sums over those they lead.
#[derive(Clone, Debug, PartialEq)]
pub struct Kinds {
    kinds: Vec<Kind>,
    /// By node; empty if nothing is lost.
    leader: Vec<u32>,
    leaders: Vec<Leader>,
}

impl Kinds {
    /// Finds the kinds of all blocks of `graph`, by the definitions.
    ///
    /// A block that several definitely lost blocks lead to is counted for one of them: the first
    /// in the order of ids whose walk meets it, as in memcheck.
    ///
    /// # Cost
    ///
    /// O(nodes + edges). One byte for each node stays, and four if anything is lost; up to 20 for
    /// each lost one are needed on the way.
    pub fn of(graph: &Graph) -> Self {
        Self::with_cycles(graph, Cycles::Whole)
    }

    /// The same, with a choice of what lost cycles are.
    pub fn with_cycles(graph: &Graph, cycles: Cycles) -> Self {
        let mut kinds = vec![Kind::DefinitelyLost; graph.nodes() as usize];
        let mut to_do = Vec::new();
        mark_reachable(graph, &mut kinds, &mut to_do);
        mark_possible(graph, &mut kinds, &mut to_do);
        drop(to_do);
        let mut lost = Lost::new(graph, &kinds);
        match cycles {
            Cycles::Whole => {
                let components = components::of(graph, &lost);
                lost.walk(graph, Some(&components));
            }
            Cycles::AsMemcheck => lost.walk(graph, None),
        }
        let (leader, leaders) = lost.settle(graph, &mut kinds);
        Self {
            kinds,
            leader,
            leaders,
        }
    }

    /// The kind of a node.
    ///
    /// # Panics
    ///
    /// For a node that is not there.
    pub fn kind(&self, node: u32) -> Kind {
        self.kinds[node as usize]
    }

    /// The definitely lost block because of which a node is lost: for a definitely lost one
    /// itself, `None` for one that is not lost.
    pub fn leader(&self, node: u32) -> Option<u32> {
        let leader = self.leader.get(node as usize).copied();
        leader.filter(|&leader| leader != NONE)
    }

    /// The definitely lost blocks, in ascending order.
    pub fn leaders(&self) -> &[Leader] {
        &self.leaders
    }

    /// What is lost because of a definitely lost block. O(log leaders).
    pub fn led_by(&self, node: u32) -> Option<Leader> {
        let found = self
            .leaders
            .binary_search_by_key(&node, |leader| leader.node);
        found.ok().map(|place| self.leaders[place])
    }

    /// Blocks and bytes of a kind. O(nodes).
    pub fn total(&self, graph: &Graph, kind: Kind) -> (u64, u64) {
        let nodes = (0..graph.nodes()).filter(|&node| self.kind(node) == kind);
        nodes.fold((0, 0), |(blocks, bytes): (u64, u64), node| {
            (blocks + 1, bytes.saturating_add(graph.size(node)))
        })
    }

    /// Walks the invariants.
    ///
    /// # Panics
    ///
    /// If one does not hold, or the graph is another.
    pub fn check(&self, graph: &Graph) {
        assert_eq!(self.kinds.len(), graph.nodes() as usize, "another graph");
        let mut sums = vec![(0_u64, 0_u32); self.leaders.len()];
        for node in 0..graph.nodes() {
            let leader = self.leader(node);
            match self.kind(node) {
                Kind::DefinitelyLost => {
                    assert_eq!(leader, Some(node), "1: {node} leads itself");
                    assert!(self.led_by(node).is_some(), "4: {node} is listed");
                }
                Kind::IndirectlyLost => {
                    assert_ne!(leader, Some(node), "2: {node} is led by another");
                    let found = leader.map(|leader| {
                        self.leaders
                            .binary_search_by_key(&leader, |listed| listed.node)
                    });
                    let Some(Ok(place)) = found else {
                        panic!("2: the leader {leader:?} of {node} is definitely lost");
                    };
                    let (bytes, blocks) = sums[place];
                    sums[place] = (bytes.saturating_add(graph.size(node)), blocks + 1);
                }
                _ => assert_eq!(leader, None, "3: {node} is not lost"),
            }
        }
        let ascends = self.leaders.is_sorted_by(|one, next| one.node < next.node);
        assert!(ascends, "4: leaders ascend");
        for (leader, (bytes, blocks)) in self.leaders.iter().zip(sums) {
            let node = leader.node;
            assert_eq!(self.kind(node), Kind::DefinitelyLost, "4: {node} is lost");
            let told = (leader.indirect_bytes, leader.indirect_blocks);
            assert_eq!(told, (bytes, blocks), "4: the sums of {node}");
        }
    }
}

/// Marks what chains of start pointers lead to.
fn mark_reachable(graph: &Graph, kinds: &mut [Kind], to_do: &mut Vec<u32>) {
    let mark = |node: u32, kinds: &mut [Kind], to_do: &mut Vec<u32>| {
        let kind = &mut kinds[node as usize];
        if *kind != Kind::StillReachable {
            *kind = Kind::StillReachable;
            to_do.push(node);
        }
    };
    let roots = graph.roots();
    for (&node, &label) in roots.nodes().iter().zip(roots.labels()) {
        if label.is_strong() && label.is_start() {
            mark(node, kinds, to_do);
        }
    }
    while let Some(node) = to_do.pop() {
        for edge in graph.row(node) {
            let label = graph.label(edge);
            if label.is_strong() && label.is_start() {
                mark(graph.targets[edge], kinds, to_do);
            }
        }
    }
}

/// Marks what other chains lead to, beginning where a chain leaves the reachable blocks.
fn mark_possible(graph: &Graph, kinds: &mut [Kind], to_do: &mut Vec<u32>) {
    let mark = |node: u32, kinds: &mut [Kind], to_do: &mut Vec<u32>| {
        let kind = &mut kinds[node as usize];
        if *kind == Kind::DefinitelyLost {
            *kind = Kind::PossiblyLost;
            to_do.push(node);
        }
    };
    let follow = |kinds: &mut [Kind], to_do: &mut Vec<u32>| {
        while let Some(node) = to_do.pop() {
            for edge in graph.row(node) {
                if graph.label(edge).is_strong() {
                    mark(graph.targets[edge], kinds, to_do);
                }
            }
        }
    };
    let roots = graph.roots();
    for (&node, &label) in roots.nodes().iter().zip(roots.labels()) {
        if label.is_strong() {
            mark(node, kinds, to_do);
        }
    }
    follow(kinds, to_do);
    for node in 0..graph.nodes() {
        if kinds[node as usize] == Kind::StillReachable {
            to_do.push(node);
            follow(kinds, to_do);
        }
    }
}
