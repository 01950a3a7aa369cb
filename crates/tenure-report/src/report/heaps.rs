//! The heaps of a page: who holds what, and the shortest ways to blocks.

use super::Limits;
use super::places::Places;
use super::view::{NodeColumns, Nodes};
use crate::holders::{self, Holders, Line, LineHolder, Others, Shape, Tree, Way};
use serde::Serialize;
use std::collections::HashMap;
use tenure_model::graph::{EdgeKind, Follow, Paths};
use tenure_model::profile::{Names, StackId};

/// Lines that retain less than this part of a heap are summed up, in millionths.
const SHARE_MIN_PPM: u64 = 300;
/// Levels below the roots.
const DEPTH: usize = 24;
/// Blocks at either end of a way.
const WAY_ENDS: usize = 40;

/// The heap of a process.
#[derive(Debug, Serialize)]
pub(super) struct HeapJson {
    pid: u32,
    program: String,
    total_bytes: u64,
    total_blocks: u64,
    pause_ns: u64,
    /// What the reader should know of it.
    hint: Option<String>,
    text: Vec<String>,
    nodes: NodeColumns,
    stacks: StackColumns,
    tree: LineColumns,
    ways: Vec<WayJson>,
}

/// The sites that lines and ways name: the stack, and the place that the site is named after.
#[derive(Debug, Default, Serialize)]
pub(super) struct StackColumns {
    node: Vec<u32>,
    own: Vec<u32>,
}

/// What a line is.
#[derive(Clone, Copy, Debug)]
enum LineKind {
    Place = 0,
    Several = 1,
    Lost = 2,
    Site = 3,
    /// Lines that are summed up.
    Others = 4,
}

/// The lines of the tree, parents before children.
#[derive(Debug, Default, Serialize)]
struct LineColumns {
    /// -1 for roots.
    parent: Vec<i64>,
    kind: Vec<u8>,
    /// Of a site its number among the stacks, of a place that of its name among the texts.
    what: Vec<i64>,
    retained_bytes: Vec<u64>,
    own_bytes: Vec<u64>,
    /// Of what is summed up: lines.
    blocks: Vec<u64>,
    /// Words about a line, by its number.
    notes: Vec<(usize, u32)>,
}

/// The shortest way to the largest block of a site.
#[derive(Debug, Serialize)]
struct WayJson {
    stack: u32,
    /// The text of the root; `None` for a block that is lost.
    root: Option<u32>,
    root_offset: u64,
    retained_bytes: u64,
    held_by: Vec<u32>,
    /// Offset in the block before (-1: none), kind of pointer, address in hexadecimal, size, stack.
    steps: Vec<(i64, u8, String, u64, u32)>,
    /// Blocks left out behind this many steps.
    cut_at: usize,
    left_out: usize,
}

impl HeapJson {
    /// The heap of `holders`, with ways to the sites that its tree shows, and to those of `others`.
    pub(super) fn of(
        holders: &Holders<'_>,
        others: &[StackId],
        places: &mut Places,
        limits: Limits,
    ) -> Self {
        let shape = Shape {
            depth: DEPTH,
            share_min_ppm: SHARE_MIN_PPM,
            limit: limits.holders_together,
            lines_max: limits.holders,
        };
        let tree = holders.tree(shape);
        let heap = holders.heap();
        let mut table = Table::new(heap.names, places);
        let lines = table.lines(&tree);
        let ways = table.ways(holders, others, limits.ways);
        let scan = heap.recorded.scan();
        let pause_ns = u64::try_from(scan.pause.as_nanos()).unwrap_or(u64::MAX);
        Self {
            pid: scan.pid,
            program: heap.program.to_owned(),
            total_bytes: tree.total_bytes,
            total_blocks: tree.total_blocks,
            pause_ns,
            hint: holders::arena_hint(heap.recorded),
            text: table.text,
            nodes: table.nodes.columns,
            stacks: table.stacks,
            tree: lines,
            ways,
        }
    }
}

/// What lines and ways refer to, each once.
pub(super) struct Table<'a, 'n> {
    names: &'a Names<'n>,
    places: &'a mut Places,
    nodes: Nodes,
    stacks: StackColumns,
    known: HashMap<StackId, u32>,
    text: Vec<String>,
    texts: HashMap<String, u32>,
}

impl<'a, 'n> Table<'a, 'n> {
    pub(super) fn new(names: &'a Names<'n>, places: &'a mut Places) -> Self {
        Self {
            names,
            places,
            nodes: Nodes::default(),
            stacks: StackColumns::default(),
            known: HashMap::new(),
            text: Vec::new(),
            texts: HashMap::new(),
        }
    }

    /// What the numbers of stacks refer to.
    pub(super) fn columns(self) -> (NodeColumns, StackColumns) {
        (self.nodes.columns, self.stacks)
    }

    fn text(&mut self, words: &str) -> u32 {
        if let Some(&known) = self.texts.get(words) {
            return known;
        }
        let at = self.text.len() as u32;
        self.text.push(words.to_owned());
        self.texts.insert(words.to_owned(), at);
        at
    }

    /// The number of a stack.
    pub(super) fn stack(&mut self, stack: StackId) -> u32 {
        if let Some(&known) = self.known.get(&stack) {
            return known;
        }
        let node = self.nodes.of(self.names, stack, self.places);
        let own = match self.names.own_of(stack) {
            Some(own) => self.places.place(self.names, &own),
            None => self.places.mark("[no stack]"),
        };
        let at = self.stacks.node.len() as u32;
        self.stacks.node.push(node);
        self.stacks.own.push(own);
        self.known.insert(stack, at);
        at
    }

    fn lines(&mut self, tree: &Tree) -> LineColumns {
        let mut columns = LineColumns::default();
        for root in &tree.roots {
            self.line(&mut columns, root, -1);
        }
        columns.others(tree.others, -1);
        columns
    }

    fn line(&mut self, columns: &mut LineColumns, line: &Line, parent: i64) {
        let (kind, what) = match &line.holder {
            LineHolder::Place(place) => (LineKind::Place, i64::from(self.text(&place.name))),
            LineHolder::Several => (LineKind::Several, -1),
            LineHolder::Lost => (LineKind::Lost, -1),
            LineHolder::Site(stack) => (LineKind::Site, i64::from(self.stack(*stack))),
        };
        let at = columns.parent.len();
        columns.push(parent, kind, what);
        columns.retained_bytes.push(line.retained_bytes);
        columns.own_bytes.push(line.own_bytes);
        columns.blocks.push(line.blocks);
        if !line.pointed_from.is_empty() {
            let words = format!("pointed to from {}", line.pointed_from.join("; "));
            columns.notes.push((at, self.text(&words)));
        }
        for child in &line.children {
            self.line(columns, child, at as i64);
        }
        columns.others(line.others, at as i64);
    }

    /// Ways to the largest block of each site, those of the tree first.
    fn ways(&mut self, holders: &Holders<'_>, others: &[StackId], limit: usize) -> Vec<WayJson> {
        let heap = holders.heap();
        let graph = heap.recorded.graph();
        let largest = largest_blocks(holders);
        let mut shown: Vec<(u32, StackId)> = self.known.iter().map(|(&id, &at)| (at, id)).collect();
        shown.sort_unstable();
        let mut wanted: Vec<_> = shown.into_iter().map(|(_, stack)| stack).collect();
        for stack in others {
            if !self.known.contains_key(stack) {
                wanted.push(*stack);
            }
        }
        let chosen: Vec<_> = wanted
            .into_iter()
            .filter_map(|stack| Some((stack, *largest.get(&stack)?)))
            .take(limit)
            .collect();
        if chosen.is_empty() {
            return Vec::new();
        }
        let paths = Paths::of(graph, Follow::Strong);
        let ways = chosen.into_iter().map(|(stack, node)| {
            let way = holders.way_in(&paths, node);
            self.way(stack, &way)
        });
        ways.collect()
    }

    fn way(&mut self, stack: StackId, way: &Way) -> WayJson {
        let stack = self.stack(stack);
        let root = way.root.as_ref().map(|(place, _)| self.text(&place.name));
        let count = way.steps.len();
        let is_cut = count > 2 * WAY_ENDS || way.left_out > 0;
        let cut_at = if is_cut {
            WAY_ENDS.min(count / 2)
        } else {
            count
        };
        let behind = count - cut_at.min(count - cut_at);
        let shown = way.steps[..cut_at]
            .iter()
            .chain(&way.steps[behind.max(cut_at)..]);
        let steps = shown.map(|step| {
            let kind = match step.kind {
                EdgeKind::Start => 0,
                EdgeKind::Interior => 1,
                EdgeKind::Heuristic => 2,
            };
            let offset = step.offset.map_or(-1, i64::from);
            let address = format!("{:#x}", step.address);
            (offset, kind, address, step.bytes, self.stack(step.stack))
        });
        let steps: Vec<_> = steps.collect();
        let held_by = way.held_by.iter().map(|words| self.text(words)).collect();
        WayJson {
            stack,
            root,
            root_offset: way.root.as_ref().map_or(0, |root| root.1),
            retained_bytes: way.retained_bytes,
            held_by,
            left_out: count - steps.len() + way.left_out,
            cut_at,
            steps,
        }
    }
}

impl LineColumns {
    fn push(&mut self, parent: i64, kind: LineKind, what: i64) {
        self.parent.push(parent);
        self.kind.push(kind as u8);
        self.what.push(what);
    }

    fn others(&mut self, others: Others, parent: i64) {
        if others.lines > 0 {
            self.push(parent, LineKind::Others, -1);
            self.retained_bytes.push(others.retained_bytes);
            self.own_bytes.push(0);
            self.blocks.push(others.lines);
        }
    }
}

/// The largest block of each site.
fn largest_blocks(holders: &Holders<'_>) -> HashMap<StackId, u32> {
    let heap = holders.heap();
    let graph = heap.recorded.graph();
    let mut by_group: Vec<Option<u32>> = vec![None; graph.group_count() as usize];
    for node in 0..graph.nodes() {
        let best = &mut by_group[graph.group(node) as usize];
        if best.is_none_or(|best| graph.size(node) > graph.size(best)) {
            *best = Some(node);
        }
    }
    let pairs = heap.stacks.iter().zip(by_group);
    pairs
        .filter_map(|(&stack, node)| Some((stack, node?)))
        .collect()
}
