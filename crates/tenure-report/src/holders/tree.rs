//! The tree as it is shown: what is large enough, and how much else there is.

use super::{Heap, Place};
use tenure_model::graph::{Holder, HolderGroup, HolderSet, HolderTree};
use tenure_model::profile::StackId;

/// Deeper trees are for nobody to read, and recursion ends here.
const DEPTH_MAX: usize = 64;

/// Places that are told of a block which several point to.
const POINTERS_MAX: usize = 3;

/// How much of the tree is laid open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Levels below the roots.
    pub depth: usize,
    /// Lines that retain less than this part of all, in millionths, are summed up.
    pub share_min_ppm: u64,
    /// Roots that are shown, and lines below each line.
    pub limit: usize,
    /// Lines in all; what is found first is shown first.
    pub lines_max: usize,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            depth: 4,
            share_min_ppm: 20_000,
            limit: 10,
            lines_max: 100_000,
        }
    }
}

/// What is shown of a heap.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// Bytes of the blocks in question.
    pub total_bytes: u64,
    /// How many those are.
    pub total_blocks: u64,
    /// Who holds, the one that retains the most first.
    pub roots: Vec<Line>,
    /// Roots that are left out.
    pub others: Others,
}

/// Who a line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineHolder {
    /// A place outside the heap.
    Place(Place),
    /// Several of them together, and none alone.
    Several,
    /// Nobody.
    Lost,
    /// Blocks of one site.
    Site(StackId),
}

/// A line of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Who it is.
    pub holder: LineHolder,
    /// Bytes retained: what would be freed without it.
    pub retained_bytes: u64,
    /// Bytes of its own blocks; roots have none.
    pub own_bytes: u64,
    /// How many those are.
    pub blocks: u64,
    /// Of a single block that several roots hold: the places that point to it, some of them.
    pub pointed_from: Vec<String>,
    /// What it holds, the line that retains the most first.
    pub children: Vec<Line>,
    /// What of that is left out.
    pub others: Others,
}

/// Lines that are not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// How many there are.
    pub lines: u64,
    /// What they retain, in bytes.
    pub retained_bytes: u64,
}

impl Others {
    fn add(&mut self, retained_bytes: u64) {
        self.lines += 1;
        self.retained_bytes = self.retained_bytes.saturating_add(retained_bytes);
    }
}

pub(super) fn build(
    heap: &Heap<'_>,
    tree: &HolderTree<'_>,
    (total_bytes, total_blocks): (u64, u64),
    shape: Shape,
) -> Tree {
    let share = u128::from(total_bytes) * u128::from(shape.share_min_ppm) / 1_000_000;
    let least = u64::try_from(share).unwrap_or(u64::MAX);
    let mut grower = Grower {
        heap,
        tree,
        least: least.max(1),
        shape,
        lines: 0,
    };
    let (mut roots, mut others) = (Vec::new(), Others::default());
    for top in tree.tops() {
        if !grower.has_room(roots.len(), top.retained_bytes) {
            others.add(top.retained_bytes);
            continue;
        }
        grower.lines += 1;
        let holder = match top.holder {
            Holder::Root(place) => heap.places.get(place).map_or(LineHolder::Several, |place| {
                LineHolder::Place(place.clone())
            }),
            Holder::Lost => LineHolder::Lost,
            Holder::Several | Holder::Node(_) => LineHolder::Several,
        };
        let (mut children, rest) = grower.below(tree.open(&top.members), 1);
        if holder == LineHolder::Several {
            grower.tell_pointers(&mut children, &tree.open(&top.members));
        }
        roots.push(Line {
            holder,
            retained_bytes: top.retained_bytes,
            own_bytes: 0,
            blocks: 0,
            pointed_from: Vec::new(),
            children,
            others: rest,
        });
    }
    Tree {
        total_bytes,
        total_blocks,
        roots,
        others,
    }
}

struct Grower<'a> {
    heap: &'a Heap<'a>,
    tree: &'a HolderTree<'a>,
    /// What a line retains at least, in bytes.
    least: u64,
    shape: Shape,
    /// Lines so far.
    lines: usize,
}

impl Grower<'_> {
    fn has_room(&self, shown: usize, retained_bytes: u64) -> bool {
        shown < self.shape.limit
            && retained_bytes >= self.least
            && self.lines < self.shape.lines_max
    }

    fn below(&mut self, groups: Vec<HolderGroup>, depth: usize) -> (Vec<Line>, Others) {
        let (mut lines, mut others) = (Vec::new(), Others::default());
        if depth > self.shape.depth.min(DEPTH_MAX) {
            groups
                .iter()
                .for_each(|group| others.add(group.retained_bytes));
            return (lines, others);
        }
        for group in groups {
            if self.has_room(lines.len(), group.retained_bytes) {
                self.lines += 1;
                lines.push(self.line(&group, depth));
            } else {
                others.add(group.retained_bytes);
            }
        }
        (lines, others)
    }

    /// Tells of each line that is one block from which places it is pointed to.
    fn tell_pointers(&self, lines: &mut [Line], groups: &[HolderGroup]) {
        let single = groups.iter().map(|group| {
            let mut nodes = self.tree.nodes(&group.members);
            nodes.next().filter(|_| nodes.next().is_none())
        });
        // Lines are the groups that retain the most, in the same order.
        for (line, node) in lines.iter_mut().zip(single) {
            let Some(node) = node else { continue };
            let roots = self.heap.recorded.graph().roots().to(node);
            let places = roots.filter_map(|root| self.heap.places.get(root.root));
            let mut names: Vec<_> = places.map(|place| place.name.clone()).collect();
            names.dedup();
            names.truncate(POINTERS_MAX);
            line.pointed_from = names;
        }
    }

    fn line(&mut self, group: &HolderGroup, depth: usize) -> Line {
        let stacks = self.heap.stacks;
        let stack = stacks.get(group.group as usize).copied();
        let members: &HolderSet = &group.members;
        let (same, below) = self.tree.unfold(members, group.group);
        let (children, others) = self.below(below, depth + 1);
        Line {
            holder: LineHolder::Site(stack.unwrap_or_default()),
            retained_bytes: group.retained_bytes,
            own_bytes: group.own_bytes.saturating_add(same.own_bytes),
            blocks: group.blocks + same.blocks,
            pointed_from: Vec::new(),
            children,
            others,
        }
    }
}
