//! The tree of holders as JSON, schema `holders/1`.

use super::{Heap, Holders, Line, LineHolder, Others, Tree};
use crate::top::FrameJson;
use serde::Serialize;
use tenure_model::profile::{Names, StackId};

/// The schema that [`json`] writes.
pub const SCHEMA: &str = "holders/1";

#[derive(Serialize)]
struct Document<'a> {
    tenure: &'static str,
    total_bytes: u64,
    total_blocks: u64,
    processes: Vec<ProcessJson<'a>>,
    roots: Vec<LineJson<'a>>,
    others: OthersJson,
}

#[derive(Serialize)]
struct ProcessJson<'a> {
    pid: u32,
    program: &'a str,
    total_bytes: u64,
    total_blocks: u64,
}

#[derive(Serialize)]
struct OthersJson {
    lines: u64,
    retained_bytes: u64,
}

impl OthersJson {
    fn of(others: Others) -> Self {
        Self {
            lines: others.lines,
            retained_bytes: others.retained_bytes,
        }
    }
}

/// A line; what it has not is left out.
#[derive(Serialize)]
struct LineJson<'a> {
    kind: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    retained_bytes: u64,
    own_bytes: u64,
    blocks: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<Vec<FrameJson<'a>>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pointed_from: &'a [String],
    children: Vec<LineJson<'a>>,
    others: OthersJson,
}

/// The trees of one or more processes as one indented JSON document with a line end.
///
/// Roots are those of all processes, the one that retains the most first; each names its process.
pub fn json(trees: &[(&Holders<'_>, &Tree)]) -> String {
    let sum = |of: fn(&Tree) -> u64| {
        let all = trees.iter().map(|(_, tree)| of(tree));
        all.fold(0, u64::saturating_add)
    };
    let processes = trees.iter().map(|(holders, tree)| ProcessJson {
        pid: holders.heap.recorded.scan().pid,
        program: holders.heap.program,
        total_bytes: tree.total_bytes,
        total_blocks: tree.total_blocks,
    });
    let roots = trees.iter().flat_map(|(holders, tree)| {
        let pid = holders.heap.recorded.scan().pid;
        let all = tree.roots.iter();
        all.map(move |root| line(&holders.heap, root, Some(pid)))
    });
    let mut roots: Vec<_> = roots.collect();
    roots.sort_by_key(|root| std::cmp::Reverse(root.retained_bytes));
    indented(&Document {
        tenure: SCHEMA,
        total_bytes: sum(|tree| tree.total_bytes),
        total_blocks: sum(|tree| tree.total_blocks),
        processes: processes.collect(),
        roots,
        others: OthersJson {
            lines: sum(|tree| tree.others.lines),
            retained_bytes: sum(|tree| tree.others.retained_bytes),
        },
    })
}

fn line<'a>(heap: &Heap<'a>, shown: &'a Line, pid: Option<u32>) -> LineJson<'a> {
    let children = shown.children.iter();
    let bare = LineJson {
        kind: "several",
        name: super::text::name(heap, &shown.holder, usize::MAX),
        pid,
        thread: None,
        module: None,
        function: None,
        file: None,
        line: None,
        retained_bytes: shown.retained_bytes,
        own_bytes: shown.own_bytes,
        blocks: shown.blocks,
        stack: None,
        pointed_from: &shown.pointed_from,
        children: children.map(|child| line(heap, child, None)).collect(),
        others: OthersJson::of(shown.others),
    };
    match &shown.holder {
        LineHolder::Several => bare,
        LineHolder::Lost => LineJson {
            kind: "lost",
            ..bare
        },
        LineHolder::Place(place) => LineJson {
            kind: place.kind.word(),
            thread: place.thread,
            module: place.module.as_deref(),
            file: place.file.as_deref(),
            line: place.line,
            ..bare
        },
        LineHolder::Site(stack) => {
            let own = heap.own(*stack);
            LineJson {
                kind: "site",
                function: own.as_ref().map(|own| own.function.to_string()),
                file: own.as_ref().and_then(|own| own.file),
                line: own.as_ref().and_then(|own| own.line),
                module: own.as_ref().and_then(|own| own.module),
                stack: Some(frames(heap.names, *stack)),
                ..bare
            }
        }
    }
}

/// The frames of a stack, innermost first.
pub(super) fn frames<'a>(names: &Names<'a>, stack: StackId) -> Vec<FrameJson<'a>> {
    names.stack(stack).into_iter().map(FrameJson::of).collect()
}

/// A document as indented JSON with a line end.
pub(super) fn indented(document: &impl Serialize) -> String {
    // Strings, numbers and lists of them always have a JSON form.
    let mut json = serde_json::to_string_pretty(document).unwrap_or_default();
    json.push('\n');
    json
}
