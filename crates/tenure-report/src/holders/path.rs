//! The shortest way from a root to a block, pointer by pointer.

use super::{Heap, Holders, Place};
use crate::quantity::{bytes, counted};
use crate::site_name;
use crate::style::{Style, Tone};
use crate::visible::{cut, visible};
use serde::Serialize;
use tenure_model::graph::{EdgeKind, Holder, Path};
use tenure_model::profile::StackId;

/// Blocks at either end of a long way that are shown.
const ENDS: usize = 12;
/// Blocks of a way that are kept; of longer ones the middle is left out.
const STEPS_MAX: usize = 1_000;

/// A way to a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// What was asked for.
    pub address: u64,
    /// Where the way begins, and how far into that place; `None` for a block that is lost.
    pub root: Option<(Place, u64)>,
    /// The blocks on the way, the one in question last; of a lost one only that.
    pub steps: Vec<WayStep>,
    /// Blocks in the middle that are left out of the steps.
    pub left_out: usize,
    /// Bytes that the block in question retains.
    pub retained_bytes: u64,
    /// Who holds the block: what it would be freed without, the nearest first.
    pub held_by: Vec<String>,
}

/// A block on a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayStep {
    /// Where in the block before the pointer stands, in bytes; `None` at the beginning.
    pub offset: Option<u32>,
    /// Where in this block it points.
    pub kind: EdgeKind,
    /// Where the block starts.
    pub address: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// What allocated it.
    pub stack: StackId,
}

/// Holders that are told of a block.
const HOLDERS: usize = 5;

impl Way {
    pub(super) fn of(holders: &Holders<'_>, node: u32, address: u64, path: Option<Path>) -> Self {
        let heap = &holders.heap;
        let step = |node: u32, offset, kind| WayStep {
            offset,
            kind,
            address: heap.recorded.address(node),
            bytes: heap.recorded.graph().size(node),
            stack: heap.stack_of(node),
        };
        let Some(path) = path else {
            return Self {
                address,
                root: None,
                steps: vec![step(node, None, EdgeKind::Start)],
                left_out: 0,
                retained_bytes: holders.retained(node),
                held_by: held_by(holders, node),
            };
        };
        let place = heap.places.get(path.root.root);
        let root = place.map(|place| (place.clone(), offset_in(heap, place, &path)));
        // A way may go through millions of blocks; its ends are kept.
        let left_out = (path.steps.len() + 1).saturating_sub(STEPS_MAX);
        let mut steps = vec![step(path.root.node, None, path.root.label.kind)];
        let kept = (0..).zip(&path.steps).filter(|&(at, _)| {
            let behind = at + 1;
            behind < STEPS_MAX / 2 || behind >= STEPS_MAX / 2 + left_out
        });
        steps.extend(kept.map(|(_, pointer)| {
            let edge = pointer.edge;
            step(edge.target, edge.detail, edge.label.kind)
        }));
        Self {
            address,
            root,
            steps,
            left_out,
            retained_bytes: holders.retained(node),
            held_by: held_by(holders, node),
        }
    }
}

/// How far into its place the reference stands that a way begins with.
fn offset_in(heap: &Heap<'_>, place: &Place, path: &Path) -> u64 {
    let references = heap.recorded.references().iter();
    let all = references.zip(heap.places.of_references());
    let of_root = all.filter(|(_, part)| **part == path.root.root);
    let of_node = of_root.filter(|(reference, _)| reference.node == path.root.node);
    let first = of_node.map(|(reference, _)| reference.address).min();
    first.map_or(0, |address| address.wrapping_sub(place.start))
}

/// The nearest holders of a block, in words.
fn held_by(holders: &Holders<'_>, node: u32) -> Vec<String> {
    let heap = &holders.heap;
    let mut words: Vec<String> = Vec::new();
    let mut last_stack = None;
    for holder in holders.holders_of(node) {
        // Of a list that holds itself, one block speaks for all.
        let stack = match holder {
            Holder::Node(node) => Some(heap.stack_of(node)),
            _ => None,
        };
        if stack.is_some() && stack == last_stack {
            continue;
        }
        last_stack = stack;
        let word = match holder {
            Holder::Several if words.is_empty() => "several roots together".to_owned(),
            Holder::Several => continue,
            Holder::Lost => "nobody: it is lost".to_owned(),
            Holder::Root(place) => match heap.places.get(place) {
                Some(place) => place.name.clone(),
                None => continue,
            },
            Holder::Node(node) => {
                let stack = heap.stack_of(node);
                site_name::stack_line(heap.names, stack, heap.own(stack), 100)
            }
        };
        if words.last() != Some(&word) {
            words.push(word);
        }
        if words.len() == HOLDERS {
            break;
        }
    }
    words
}

/// A way as text; every line ends with a line end.
pub fn path_text(holders: &Holders<'_>, way: &Way, style: Style) -> String {
    let heap = &holders.heap;
    let Some(last) = way.steps.last() else {
        return String::new();
    };
    let title = format!(
        "{} ━━ the way to {:#x} ",
        visible(heap.program),
        way.address
    );
    let mut text = super::text::title(&title, style);
    let inside = way.address.wrapping_sub(last.address);
    let at = match inside {
        0 => "starts a block".to_owned(),
        inside => format!("lies {} into a block", bytes(inside)),
    };
    let retained = match way.retained_bytes > last.bytes {
        true => format!(", which retains {}", bytes(way.retained_bytes)),
        false => String::new(),
    };
    let mut line = |tone: Tone, words: &str| {
        text.push_str(&style.paint(tone, &cut(words, style.width)));
        text.push('\n');
    };
    line(
        Tone::Figure,
        &format!("  it {at} of {}{retained}", bytes(last.bytes)),
    );
    if !way.held_by.is_empty() {
        line(
            Tone::Quiet,
            &format!("  held by {}", way.held_by.join(", in ")),
        );
    }
    text.push('\n');
    let mut line = |words: &str| {
        text.push_str(&cut(words, style.width));
        text.push('\n');
    };
    match &way.root {
        Some((place, 0)) => line(&format!("  {}", place.name)),
        Some((place, offset)) => line(&format!("  {}, +{offset:#x}", place.name)),
        None => line("  lost (nobody holds it)"),
    }
    let count = way.steps.len();
    for (at, step) in way.steps.iter().enumerate() {
        if count > 2 * ENDS && (ENDS..count - ENDS).contains(&at) {
            if at == ENDS {
                let others = (count - 2 * ENDS + way.left_out) as u64;
                line(&format!("    … {} …", counted(others, "block", "blocks")));
            }
            continue;
        }
        let offset = match step.offset {
            Some(offset) => format!("+{offset:#x}"),
            None => String::new(),
        };
        let site = site_name::stack_line(heap.names, step.stack, heap.own(step.stack), 200);
        let inner = match step.kind {
            EdgeKind::Start => "",
            EdgeKind::Interior => " (into it)",
            EdgeKind::Heuristic => " (into it, as known)",
        };
        let (address, size) = (step.address, bytes(step.bytes));
        line(&format!(
            "  {offset:>7} → {address:#x}  {size:>9}  {site}{inner}"
        ));
    }
    text
}

#[derive(Serialize)]
struct PathJson<'a> {
    tenure: &'static str,
    address: String,
    pid: u32,
    root: Option<RootJson<'a>>,
    is_lost: bool,
    retained_bytes: u64,
    held_by: &'a [String],
    left_out: usize,
    steps: Vec<StepJson<'a>>,
}

#[derive(Serialize)]
struct RootJson<'a> {
    kind: &'static str,
    name: &'a str,
    module: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<u32>,
    thread: Option<u32>,
    offset: u64,
}

#[derive(Serialize)]
struct StepJson<'a> {
    offset: Option<u32>,
    pointer: &'static str,
    address: String,
    bytes: u64,
    name: String,
    stack: Vec<crate::top::FrameJson<'a>>,
}

/// The word of a kind of pointer in JSON.
pub(crate) fn pointer_word(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Start => "start",
        EdgeKind::Interior => "interior",
        EdgeKind::Heuristic => "heuristic",
    }
}

/// A way as indented JSON of schema `path/1`, with a line end.
pub fn path_json(holders: &Holders<'_>, way: &Way) -> String {
    let heap = &holders.heap;
    let steps = way.steps.iter().map(|step| StepJson {
        offset: step.offset,
        pointer: pointer_word(step.kind),
        address: format!("{:#x}", step.address),
        bytes: step.bytes,
        name: site_name::stack_line(heap.names, step.stack, heap.own(step.stack), 200),
        stack: super::json::frames(heap.names, step.stack),
    });
    let document = PathJson {
        tenure: "path/1",
        address: format!("{:#x}", way.address),
        pid: heap.recorded.scan().pid,
        root: way.root.as_ref().map(|(place, offset)| RootJson {
            kind: place.kind.word(),
            name: &place.name,
            module: place.module.as_deref(),
            file: place.file.as_deref(),
            line: place.line,
            thread: place.thread,
            offset: *offset,
        }),
        is_lost: way.root.is_none(),
        retained_bytes: way.retained_bytes,
        held_by: &way.held_by,
        left_out: way.left_out,
        steps: steps.collect(),
    };
    super::json::indented(&document)
}
