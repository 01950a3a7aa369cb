//! Who holds the memory of a process: the dominator tree of its heap, from the roots down, as text
//! for people and as JSON (schema `holders/1`) for programs.
//!
//! * [`Places`]: what the words outside the heap are: variables, frames of threads, registers;
//! * [`Holders`]: a heap with its dominators, and the [`Tree`] of it, whose lines are sites;
//! * [`text`] and [`json`]: a tree, as it is shown; [`path_text`] and [`path_json`]: the shortest
//!   way from a root to one block.
//!
//! # Shape
//!
//! At the top stands who holds without being held: a global variable, a thread's frame, … Below
//! each the sites of the blocks that it dominates: what would be freed without it. Blocks of one
//! site that the same line holds are one line; so is a list or a tree whose blocks are of one site.

mod json;
mod path;
mod place;
mod sought;
mod text;
mod tree;

pub use json::{SCHEMA, json};
pub use path::{Way, WayStep, path_json, path_text};
pub use place::{Place, PlaceKind, Places, unnamed};
pub use sought::{Sought, sites_called};
pub use text::{arena_hint, text};
pub use tree::{Line, LineHolder, Others, Shape, Tree};

use std::collections::HashSet;
use tenure_model::graph::{
    Dominators, Follow, GraphError, Holder, HolderTree, Kinds, Paths, Recorded,
};
use tenure_model::profile::{NamedFrame, Names, StackId};

/// The heap of a process, with what its blocks and roots are called.
#[derive(Clone, Copy, Debug)]
pub struct Heap<'a> {
    /// The program's name.
    pub program: &'a str,
    /// Blocks and roots.
    pub recorded: &'a Recorded,
    /// The stack of each group of the graph.
    pub stacks: &'a [StackId],
    /// What the references stand in.
    pub places: &'a Places,
    /// Names of the stacks.
    pub names: &'a Names<'a>,
}

/// A heap and who holds what in it.
#[derive(Debug)]
pub struct Holders<'a> {
    heap: Heap<'a>,
    kinds: Kinds,
    dominators: Dominators,
}

/// Tells the roots of a heap apart by what they stand in, as [`Places`] knows it.
///
/// # Errors
///
/// If there are no numbers for so many roots.
pub fn divide(recorded: &mut Recorded, places: &Places) -> Result<(), GraphError> {
    recorded.set_parts(places.of_references())
}

impl<'a> Holders<'a> {
    /// Finds who holds what. The roots of the heap are those of its places ([`divide`]). `step`
    /// hears what is being done.
    ///
    /// O((blocks + pointers) · log blocks), some seconds for ten million blocks.
    pub fn of(heap: Heap<'a>, step: &mut dyn FnMut(&str)) -> Self {
        let graph = heap.recorded.graph();
        step("which blocks are lost");
        let kinds = Kinds::of(graph);
        step("who holds what");
        let dominators = Dominators::of(graph, Follow::Strong, Some(&kinds));
        Self {
            heap,
            kinds,
            dominators,
        }
    }

    /// The heap.
    pub fn heap(&self) -> &Heap<'a> {
        &self.heap
    }

    /// What became of each block.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// Bytes and blocks of the heap.
    pub fn total(&self) -> (u64, u64) {
        let graph = self.heap.recorded.graph();
        (graph.total_bytes(), u64::from(graph.nodes()))
    }

    /// The tree of all blocks.
    pub fn tree(&self, shape: Shape) -> Tree {
        let graph = self.heap.recorded.graph();
        let tree = HolderTree::new(graph, &self.dominators);
        tree::build(&self.heap, &tree, self.total(), shape)
    }

    /// The tree of who holds the blocks of some stacks.
    pub fn tree_of(&self, stacks: &HashSet<StackId>, shape: Shape) -> Tree {
        let graph = self.heap.recorded.graph();
        let of_group: Vec<_> = self
            .heap
            .stacks
            .iter()
            .map(|stack| stacks.contains(stack))
            .collect();
        let is_wanted = |node| of_group.get(graph.group(node) as usize) == Some(&true);
        let wanted = (0..graph.nodes()).filter(|&node| is_wanted(node));
        let total = wanted.fold((0_u64, 0), |(bytes, blocks), node| {
            (bytes.saturating_add(graph.size(node)), blocks + 1)
        });
        let tree = HolderTree::of_some(graph, &self.dominators, is_wanted);
        tree::build(&self.heap, &tree, total, shape)
    }

    /// The shortest way from a root to the block that contains `address`; `None` where there is no
    /// such block.
    pub fn way_to(&self, address: u64) -> Option<Way> {
        let node = self.heap.recorded.containing(address)?;
        let path = Paths::shortest(self.heap.recorded.graph(), Follow::Strong, node);
        Some(Way::of(self, node, address, path))
    }

    /// The shortest way from a root to a block, of those that were found together.
    pub fn way_in(&self, paths: &Paths, node: u32) -> Way {
        let graph = self.heap.recorded.graph();
        let address = self.heap.recorded.address(node);
        Way::of(self, node, address, paths.to(graph, node))
    }

    /// Who holds a block, the nearest first.
    pub(crate) fn holders_of(&self, node: u32) -> impl Iterator<Item = Holder> + use<'_> {
        self.dominators.holders(node)
    }

    /// Bytes that a block retains.
    pub(crate) fn retained(&self, node: u32) -> u64 {
        self.dominators.retained(node).unwrap_or(0)
    }
}

impl<'a> Heap<'a> {
    /// The stack that allocated a block.
    pub(crate) fn stack_of(&self, node: u32) -> StackId {
        let group = self.recorded.graph().group(node);
        self.stacks.get(group as usize).copied().unwrap_or_default()
    }

    /// The frame that a site is named after.
    pub(crate) fn own(&self, stack: StackId) -> Option<NamedFrame<'a>> {
        self.names.own_of(stack)
    }
}
