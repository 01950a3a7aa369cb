//! What is lost as JSON, schema `leaks/1`.

use super::{KindSet, Leaks, LossRecord, ProcessLeaks};
use crate::top::FrameJson;
use serde::Serialize;
use std::collections::BTreeMap;
use tenure_model::graph::{Kind, KindFigures};
use tenure_model::profile::Names;

/// The schema that [`json`] writes.
pub const SCHEMA: &str = "leaks/1";

/// The sums of all kinds, and the first `limit` records of the kinds `shown`, as indented JSON with
/// a line end.
///
/// ```
/// use tenure_model::profile::{Names, Sites, Symbols};
/// use tenure_report::leaks::{self, KindSet, Leaks};
/// let (sites, symbols) = (Sites::default(), Symbols::new());
/// let names = Names::new(&sites, &symbols);
/// let json = leaks::json(&Leaks::default(), &names, KindSet::default(), 10);
/// assert!(json.starts_with("{\n  \"tenure\": \"leaks/1\""));
/// ```
pub fn json(leaks: &Leaks, names: &Names<'_>, shown: KindSet, limit: usize) -> String {
    let by_kind = |kind| FiguresJson::of(leaks.kind(kind));
    let document = Document {
        tenure: SCHEMA,
        definitely_lost: by_kind(Kind::DefinitelyLost),
        indirectly_lost: by_kind(Kind::IndirectlyLost),
        possibly_lost: by_kind(Kind::PossiblyLost),
        still_reachable: by_kind(Kind::StillReachable),
        suppressed: FiguresJson::of(leaks.suppressed()),
        reachable_by_heuristics: leaks
            .heuristics()
            .iter()
            .map(|&(heuristic, held)| (heuristic.word(), FiguresJson::of(held)))
            .collect(),
        records: leaks
            .records_of(shown)
            .take(limit)
            .map(|record| RecordJson::of(record, names))
            .collect(),
        processes: leaks.processes().iter().map(ProcessJson::of).collect(),
    };
    // Strings, numbers and lists of them always have a JSON form.
    let mut json = serde_json::to_string_pretty(&document).unwrap_or_default();
    json.push('\n');
    json
}

/// The name of a kind as a JSON field.
fn field(kind: Kind) -> &'static str {
    match kind {
        Kind::StillReachable => "still_reachable",
        Kind::PossiblyLost => "possibly_lost",
        Kind::DefinitelyLost => "definitely_lost",
        Kind::IndirectlyLost => "indirectly_lost",
    }
}

#[derive(Serialize)]
struct Document<'a> {
    tenure: &'static str,
    definitely_lost: FiguresJson,
    indirectly_lost: FiguresJson,
    possibly_lost: FiguresJson,
    still_reachable: FiguresJson,
    suppressed: FiguresJson,
    reachable_by_heuristics: BTreeMap<&'static str, FiguresJson>,
    records: Vec<RecordJson<'a>>,
    processes: Vec<ProcessJson<'a>>,
}

#[derive(Clone, Copy, Serialize)]
struct FiguresJson {
    bytes: u64,
    blocks: u64,
}

impl FiguresJson {
    fn of(figures: KindFigures) -> Self {
        Self {
            bytes: figures.bytes,
            blocks: figures.blocks,
        }
    }
}

#[derive(Serialize)]
struct RecordJson<'a> {
    kind: &'static str,
    bytes: u64,
    blocks: u64,
    indirect: FiguresJson,
    address: String,
    stack: Vec<FrameJson<'a>>,
}

impl<'a> RecordJson<'a> {
    fn of(record: &LossRecord, names: &Names<'a>) -> Self {
        let frames = names.stack(record.stack);
        Self {
            kind: field(record.kind),
            bytes: record.direct.bytes,
            blocks: record.direct.blocks,
            indirect: FiguresJson::of(record.indirect),
            address: format!("{:#x}", record.address),
            stack: frames.into_iter().map(FrameJson::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct ProcessJson<'a> {
    pid: u32,
    program: &'a str,
    definitely_lost: FiguresJson,
    indirectly_lost: FiguresJson,
    possibly_lost: FiguresJson,
    still_reachable: FiguresJson,
    suppressed: FiguresJson,
    scan: ScanJson,
}

impl<'a> ProcessJson<'a> {
    fn of(process: &'a ProcessLeaks) -> Self {
        let by_kind = |kind| FiguresJson::of(process.kind(kind));
        Self {
            pid: process.scan.pid,
            program: &process.program,
            definitely_lost: by_kind(Kind::DefinitelyLost),
            indirectly_lost: by_kind(Kind::IndirectlyLost),
            possibly_lost: by_kind(Kind::PossiblyLost),
            still_reachable: by_kind(Kind::StillReachable),
            suppressed: FiguresJson::of(process.suppressed),
            scan: ScanJson::of(process),
        }
    }
}

#[derive(Serialize)]
struct ScanJson {
    reason: &'static str,
    complete: bool,
    all_roots: bool,
    threads: u32,
    threads_unanswered: u32,
    pause_ns: u64,
    took_ns: u64,
    root_bytes: u64,
}

impl ScanJson {
    fn of(process: &ProcessLeaks) -> Self {
        let scan = &process.scan;
        let ns = |span: std::time::Duration| u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        Self {
            reason: scan.reason.word(),
            complete: scan.is_complete,
            all_roots: scan.has_all_roots,
            threads: scan.threads,
            threads_unanswered: scan.threads_unanswered,
            pause_ns: ns(scan.pause),
            took_ns: ns(scan.took),
            root_bytes: scan.root_bytes,
        }
    }
}
