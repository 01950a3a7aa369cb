//! `massif.out` of valgrind.
//!
//! The snapshots are the live bytes over time, with two trees among them: at the peak and at the
//! end. A tree has the innermost callers at its top. Callers that hold less than 0.1 % of the bytes
//! are put together, as massif does.

use super::{Images, Sheet};
use std::collections::HashMap;
use std::io::{self, Write};

/// Snapshots along the timeline, at most.
const SNAPSHOTS_MAX: usize = 100;
/// Callers with less than one in this many bytes are put together.
const SHARE_MIN: u64 = 1000;
/// What the tree says of those.
const BELOW: &str = "all below massif's threshold (0.10%)";
/// Trees are cut at this depth: recursion is deeper than anyone reads.
const DEPTH_MAX: usize = 200;

pub(super) fn write(sheet: &Sheet, sink: &mut dyn Write) -> io::Result<Vec<String>> {
    writeln!(sink, "desc: tenure")?;
    writeln!(sink, "cmd: {}", sheet.command_line())?;
    writeln!(sink, "time_unit: ms")?;
    let totals = sheet.totals();
    let mut number = 0;
    let mut snapshot = |sink: &mut dyn Write, ns: u64, bytes: u64, kind: &str| {
        writeln!(sink, "#-----------\nsnapshot={number}\n#-----------")?;
        writeln!(sink, "time={}\nmem_heap_B={bytes}", ns / 1_000_000)?;
        writeln!(sink, "mem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree={kind}")?;
        number += 1;
        io::Result::Ok(())
    };
    let points = thinned(&sheet.timeline);
    let (before, after): (Vec<_>, Vec<_>) =
        points.into_iter().partition(|(ns, _)| *ns < sheet.peak_ns);
    snapshot(sink, 0, 0, "empty")?;
    for (ns, bytes) in before {
        snapshot(sink, ns, bytes.min(totals.peak_bytes), "empty")?;
    }
    snapshot(sink, sheet.peak_ns, totals.peak_bytes, "peak")?;
    Tree::of(sheet, |values| values.peak_bytes).write(sheet, sink)?;
    let end_ns = sheet.wall_ns.max(sheet.peak_ns);
    for (ns, bytes) in after.into_iter().filter(|(ns, _)| *ns < end_ns) {
        snapshot(sink, ns, bytes.min(totals.peak_bytes), "empty")?;
    }
    snapshot(sink, end_ns, totals.live_bytes, "detailed")?;
    Tree::of(sheet, |values| values.live_bytes).write(sheet, sink)?;
    let mut notes = vec!["massif has no figure for what was allocated and freed".to_owned()];
    if sheet.images == Images::Several {
        notes.push(
            "the snapshots over time and at the peak are of the process with the largest peak, \
             the last one is of all processes"
                .into(),
        );
    }
    Ok(notes)
}

/// At most [`SNAPSHOTS_MAX`] points, each with the highest bytes of those that it stands for.
fn thinned(timeline: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let step = timeline.len().div_ceil(SNAPSHOTS_MAX).max(1);
    let highest = |points: &[(u64, u64)]| points.iter().max_by_key(|(_, bytes)| *bytes).copied();
    timeline.chunks(step).filter_map(highest).collect()
}

/// Bytes by innermost callers.
struct Tree {
    /// The root first; each node behind its parent.
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    /// Its entry in the sheet; the root has none.
    entry: usize,
    bytes: u64,
    children: Vec<usize>,
}

impl Tree {
    fn of(sheet: &Sheet, figure: fn(&super::Values) -> u64) -> Self {
        let mut nodes = vec![Node::default()];
        let mut known: HashMap<(usize, usize), usize> = HashMap::new();
        for row in &sheet.rows {
            let bytes = figure(&row.values);
            if bytes == 0 {
                continue;
            }
            let mut at = 0;
            nodes[at].bytes += bytes;
            for entry in sheet.stack_of(row).take(DEPTH_MAX) {
                let parent = at;
                at = *known.entry((parent, entry)).or_insert_with(|| {
                    nodes.push(Node {
                        entry,
                        ..Node::default()
                    });
                    let child = nodes.len() - 1;
                    nodes[parent].children.push(child);
                    child
                });
                nodes[at].bytes += bytes;
            }
        }
        Self { nodes }
    }

    fn write(&self, sheet: &Sheet, sink: &mut dyn Write) -> io::Result<()> {
        let total = self.nodes[0].bytes;
        // Depth first by a list, not by calls: a stack can be deep.
        let mut open = vec![(0, 0)];
        while let Some((depth, at)) = open.pop() {
            let indent = " ".repeat(depth);
            let node = &self.nodes[at];
            let (mut large, small): (Vec<usize>, Vec<usize>) = node
                .children
                .iter()
                .partition(|child| self.nodes[**child].bytes >= (total / SHARE_MIN).max(1));
            large.sort_by_key(|child| self.nodes[*child].bytes);
            let count = large.len() + usize::from(!small.is_empty());
            let bytes = node.bytes;
            match depth {
                0 => writeln!(
                    sink,
                    "n{count}: {bytes} (heap allocation functions) malloc/new/new[], --alloc-fns, \
                     etc."
                )?,
                _ => writeln!(
                    sink,
                    "{indent}n{count}: {bytes} {}",
                    sheet.valgrind_line(node.entry)
                )?,
            }
            if !small.is_empty() {
                let bytes: u64 = small.iter().map(|child| self.nodes[*child].bytes).sum();
                let places = match small.len() {
                    1 => "1 place".to_owned(),
                    places => format!("{places} places"),
                };
                writeln!(sink, "{indent} n0: {bytes} in {places}, {BELOW}")?;
            }
            open.extend(large.into_iter().map(|child| (depth + 1, child)));
        }
        Ok(())
    }
}
