//! Call stacks as the paths of one tree, so that common outer frames are kept once.

use super::FrameId;
use std::collections::HashMap;

/// A call stack: a node of [`Stacks`]. The default is the empty stack, the root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StackId(u32);

impl StackId {
    /// The empty stack.
    pub const ROOT: Self = Self(0);

    /// Its index among all nodes; 0 is the root.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The tree of all call stacks of a record. The root is outermost.
///
/// **Invariant:** a parent has a smaller index than its children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stacks {
    /// Frame and parent of each node but the root; node `i` is element `i - 1`.
    nodes: Vec<(FrameId, StackId)>,
    index: HashMap<(StackId, FrameId), StackId>,
}

impl Stacks {
    /// The stack that `parent` makes by calling from `frame`; made where it is new.
    ///
    /// Beyond 2³² nodes, which no record has room for, it is `parent` itself.
    pub fn child(&mut self, parent: StackId, frame: FrameId) -> StackId {
        let Ok(next) = u32::try_from(self.nodes.len() + 1) else {
            return parent;
        };
        let nodes = &mut self.nodes;
        *self.index.entry((parent, frame)).or_insert_with(|| {
            nodes.push((frame, parent));
            StackId(next)
        })
    }

    /// The innermost frame of `stack` and the rest of it; `None` for the empty stack.
    pub fn innermost(&self, stack: StackId) -> Option<(FrameId, StackId)> {
        self.nodes.get(stack.index().checked_sub(1)?).copied()
    }

    /// The frames of `stack`, innermost first.
    pub fn frames(&self, stack: StackId) -> impl Iterator<Item = FrameId> + use<'_> {
        let mut next = stack;
        std::iter::from_fn(move || {
            let (frame, parent) = self.innermost(next)?;
            next = parent;
            Some(frame)
        })
    }

    /// How many nodes there are, the root included.
    pub fn len(&self) -> usize {
        self.nodes.len() + 1
    }

    /// Whether there is no stack but the empty one.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Every node but the root, parents before children: its id, its frame, its parent.
    pub fn nodes(&self) -> impl Iterator<Item = (StackId, FrameId, StackId)> + use<'_> {
        let nodes = self.nodes.iter().zip(1..);
        nodes.map(|(&(frame, parent), id)| (StackId(id), frame, parent))
    }
}
