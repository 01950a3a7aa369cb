//! The processed profile of the Firefox Profiler, version 55, with native allocations.
//!
//! Each stack has an allocation of the bytes that live on, and one of all the others with its free:
//! "allocations" then shows the bytes allocated, "retained" the bytes live at the end. The live
//! bytes over time are the memory track.

use super::{Function, Images, Sheet};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{self, Write};

/// The version of the processed form; the profiler upgrades older ones.
const VERSION: u32 = 55;
/// The category of everything.
const NATIVE: usize = 1;

#[derive(Default, Serialize)]
struct FrameTable {
    length: usize,
    address: Vec<i64>,
    #[serde(rename = "inlineDepth")]
    inline_depth: Vec<usize>,
    category: Vec<usize>,
    subcategory: Vec<usize>,
    func: Vec<usize>,
    #[serde(rename = "nativeSymbol")]
    native_symbol: Vec<Option<usize>>,
    #[serde(rename = "innerWindowID")]
    inner_window: Vec<usize>,
    line: Vec<Option<u32>>,
    column: Vec<Option<u32>>,
}

#[derive(Default, Serialize)]
struct FuncTable {
    length: usize,
    name: Vec<usize>,
    #[serde(rename = "isJS")]
    is_js: Vec<bool>,
    #[serde(rename = "relevantForJS")]
    relevant_for_js: Vec<bool>,
    resource: Vec<i64>,
    #[serde(rename = "fileName")]
    file: Vec<Option<usize>>,
    #[serde(rename = "lineNumber")]
    line: Vec<Option<u32>>,
    #[serde(rename = "columnNumber")]
    column: Vec<Option<u32>>,
}

#[derive(Default, Serialize)]
struct StackTable {
    length: usize,
    prefix: Vec<Option<usize>>,
    frame: Vec<usize>,
}

#[derive(Default, Serialize)]
struct Allocations {
    time: Vec<f64>,
    weight: Vec<i64>,
    #[serde(rename = "weightType")]
    weight_type: &'static str,
    stack: Vec<Option<usize>>,
    #[serde(rename = "memoryAddress")]
    address: Vec<u64>,
    #[serde(rename = "threadId")]
    thread: Vec<u32>,
    length: usize,
}

pub(super) fn write(sheet: &Sheet, sink: &mut dyn Write) -> io::Result<Vec<String>> {
    let mut strings = Strings::default();
    let name = sheet
        .command
        .first()
        .map_or("program", |word| word.rsplit('/').next().unwrap_or(""));
    let resources = resources(sheet, &mut strings);
    let (frames, functions) = frames(sheet, &mut strings);
    let (stacks, leaves) = stacks(sheet);
    let pid = sheet.pid.to_string();
    let end_ms = milliseconds(sheet.wall_ns.max(sheet.peak_ns));
    let thread = json!({
        "name": name,
        "isMainThread": true,
        "processType": "default",
        "processName": name,
        "processStartupTime": 0.0,
        "processShutdownTime": end_ms,
        "registerTime": 0.0,
        "unregisterTime": end_ms,
        "pausedRanges": [],
        "pid": pid,
        "tid": pid,
        "showMarkersInTimeline": false,
        "frameTable": frames,
        "funcTable": functions,
        "stackTable": stacks,
        "resourceTable": resources,
        "nativeSymbols": {
            "length": 0, "address": [], "functionSize": [], "libIndex": [], "name": []
        },
        "markers": {
            "length": 0, "category": [], "data": [], "endTime": [], "name": [], "phase": [],
            "startTime": []
        },
        "samples": {
            "length": 0, "weightType": "samples", "stack": [], "timeDeltas": [], "weight": [],
            "threadCPUDelta": []
        },
        "nativeAllocations": allocations(sheet, &leaves),
        "stringArray": strings.list,
    });
    let profile = json!({
        "meta": meta(sheet),
        "libs": [],
        "threads": [thread],
        "pages": [],
        "profilerOverhead": [],
        "counters": counters(sheet),
    });
    serde_json::to_writer(&mut *sink, &profile)?;
    writeln!(sink)?;
    let mut notes = vec![
        "the Firefox Profiler has bytes, no counts of blocks; times of single blocks are made up"
            .to_owned(),
    ];
    if sheet.images == Images::Several {
        notes.push("the memory track is that of the process with the largest peak".into());
    }
    Ok(notes)
}

fn meta(sheet: &Sheet) -> Value {
    json!({
        "preprocessedProfileVersion": VERSION,
        "version": 24,
        "processType": 0,
        "product": sheet.command_line(),
        "interval": 1.0,
        "startTime": milliseconds(sheet.start_unix_ns),
        "debug": false,
        "stackwalk": 1,
        "symbolicated": true,
        "usesOnlyOneStackType": true,
        "sourceCodeIsNotOnSearchfox": true,
        "doesNotUseFrameImplementation": true,
        "pausedRanges": [],
        "extensions": { "baseURL": [], "id": [], "length": 0, "name": [] },
        "categories": [
            { "name": "Other", "color": "grey", "subcategories": ["Other"] },
            { "name": "Native", "color": "blue", "subcategories": ["Other"] },
        ],
        "markerSchema": [],
        "sampleUnits": { "eventDelay": "ms", "threadCPUDelta": "µs", "time": "ms" },
    })
}

/// A library for each module, so that the profiler can group by them.
fn resources(sheet: &Sheet, strings: &mut Strings) -> Value {
    /// What the profiler calls a library.
    const LIBRARY: u32 = 1;
    let names = sheet.modules.iter().map(|module| {
        let name = module.path.rsplit('/').next().unwrap_or("?");
        strings.of(name)
    });
    let names: Vec<_> = names.collect();
    let length = names.len();
    json!({
        "length": length,
        "lib": vec![Value::Null; length],
        "name": names,
        "host": vec![Value::Null; length],
        "type": vec![LIBRARY; length],
    })
}

/// A frame for each entry of the sheet; a function for each function in a module, which is what
/// the profiler's tree has for nodes.
fn frames(sheet: &Sheet, strings: &mut Strings) -> (FrameTable, FuncTable) {
    let mut table = FrameTable {
        length: sheet.entries.len(),
        ..FrameTable::default()
    };
    let mut functions = FuncTable::default();
    let mut known: HashMap<(usize, Option<usize>), usize> = HashMap::new();
    let depths = sheet
        .locations
        .iter()
        .flat_map(|location| (0..location.entries.len()).rev());
    for (entry, depth) in sheet.entries.iter().zip(depths) {
        let module = sheet.locations[entry.location].module;
        let function = *known.entry((entry.function, module)).or_insert_with(|| {
            functions.add(&sheet.functions[entry.function], module, strings);
            functions.length - 1
        });
        table.address.push(-1);
        table.inline_depth.push(depth);
        table.category.push(NATIVE);
        table.subcategory.push(0);
        table.func.push(function);
        table.native_symbol.push(None);
        table.inner_window.push(0);
        table.line.push(Some(entry.line).filter(|line| *line > 0));
        table.column.push(None);
    }
    (table, functions)
}

impl FuncTable {
    fn add(&mut self, function: &Function, module: Option<usize>, strings: &mut Strings) {
        self.name.push(strings.of(&function.name));
        self.is_js.push(false);
        self.relevant_for_js.push(false);
        self.resource
            .push(module.map_or(-1, |module| module as i64));
        let file = Some(&function.file).filter(|file| !file.is_empty());
        self.file.push(file.map(|file| strings.of(file)));
        self.line.push(None);
        self.column.push(None);
        self.length += 1;
    }
}

/// The tree of stacks, and for each row its innermost node.
fn stacks(sheet: &Sheet) -> (StackTable, Vec<Option<usize>>) {
    let mut table = StackTable::default();
    let mut known: HashMap<(Option<usize>, usize), usize> = HashMap::new();
    let mut leaves = Vec::with_capacity(sheet.rows.len());
    for row in &sheet.rows {
        let mut at = None;
        for entry in sheet.stack_of(row).rev() {
            at = Some(*known.entry((at, entry)).or_insert_with(|| {
                table.prefix.push(at);
                table.frame.push(entry);
                table.frame.len() - 1
            }));
        }
        leaves.push(at);
    }
    table.length = table.frame.len();
    (table, leaves)
}

fn allocations(sheet: &Sheet, leaves: &[Option<usize>]) -> Allocations {
    let mut table = Allocations {
        weight_type: "bytes",
        ..Allocations::default()
    };
    let peak = milliseconds(sheet.peak_ns);
    let end = milliseconds(sheet.wall_ns.max(sheet.peak_ns));
    let mut add = |time: f64, bytes: i64, stack: Option<usize>| {
        table.time.push(time);
        table.weight.push(bytes);
        table.stack.push(stack);
        table.thread.push(sheet.pid);
    };
    let signed = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    let freed = |row: &super::Row| {
        let values = row.values;
        signed(values.allocated_bytes.saturating_sub(values.live_bytes))
    };
    let rows = || sheet.rows.iter().zip(leaves);
    let mut addresses = Vec::new();
    for (at, (row, stack)) in rows().enumerate().filter(|(_, (row, _))| freed(row) > 0) {
        add(0.0, freed(row), *stack);
        addresses.push(2 * at as u64 + 1);
    }
    for (at, (row, stack)) in rows()
        .enumerate()
        .filter(|(_, (row, _))| row.values.live_bytes > 0)
    {
        add(peak, signed(row.values.live_bytes), *stack);
        addresses.push(2 * at as u64 + 2);
    }
    for (at, (row, stack)) in rows().enumerate().filter(|(_, (row, _))| freed(row) > 0) {
        add(end, -freed(row), *stack);
        addresses.push(2 * at as u64 + 1);
    }
    table.length = addresses.len();
    table.address = addresses;
    table
}

/// The live bytes over time, as differences.
fn counters(sheet: &Sheet) -> Value {
    if sheet.timeline.is_empty() {
        return json!([]);
    }
    let mut before = (0, 0);
    let (mut times, mut counts) = (Vec::new(), Vec::new());
    for (ns, bytes) in &sheet.timeline {
        times.push(milliseconds(*ns) - milliseconds(before.0));
        counts.push(*bytes as f64 - before.1 as f64);
        before = (*ns, *bytes);
    }
    json!([{
        "category": "Memory",
        "name": "malloc",
        "description": "requested bytes that are live",
        "mainThreadIndex": 0,
        "pid": sheet.pid.to_string(),
        "samples": {
            "length": times.len(),
            "timeDeltas": times,
            "count": counts,
            "number": vec![0; counts.len()],
        },
    }])
}

fn milliseconds(ns: u64) -> f64 {
    ns as f64 / 1e6
}

/// The strings of a thread, each once.
#[derive(Default)]
struct Strings {
    list: Vec<String>,
    index: HashMap<String, usize>,
}

impl Strings {
    fn of(&mut self, text: &str) -> usize {
        if let Some(known) = self.index.get(text) {
            return *known;
        }
        self.list.push(text.to_owned());
        self.index.insert(text.to_owned(), self.list.len() - 1);
        self.list.len() - 1
    }
}
