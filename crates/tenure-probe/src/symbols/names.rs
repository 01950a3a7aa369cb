//! Names for the frames of a profile, and for the places from which a heap is reached.

use super::{Frame, Module, ModuleKind, Note, Progress, Request, Storage, Symboliser, Variable};
use std::collections::{BTreeMap, BTreeSet};
use tenure_model::profile::{self, FrameId, Sites, SourceFrame, SourceVariable, Symbols, Unnamed};

/// Adds the names of the `wanted` frames of `sites` to `known`; gives what the reader should know.
///
/// A frame that `known` names already is not looked up again. A recorded offset is a return
/// address: the call before it is what is looked up, the offset as recorded is what it is kept
/// under. What is not found is left out.
pub fn name_frames(
    symboliser: &Symboliser,
    sites: &Sites,
    wanted: impl IntoIterator<Item = FrameId>,
    known: &mut Symbols,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Vec<Note> {
    let mut offsets: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
    for frame in wanted {
        if let profile::Frame::Code { module, offset } = sites.frame(frame) {
            offsets.entry(module.index()).or_default().insert(offset);
        }
    }
    let mut asked = Vec::new();
    let mut requests = Vec::new();
    for (module, mut offsets) in offsets {
        let Some(module) = sites.modules.get(module) else {
            continue;
        };
        let names = known.module_mut(module);
        offsets.retain(|offset| *offset > 0 && !names.frames.contains_key(offset));
        if !offsets.is_empty() {
            let addresses = offsets.iter().map(|offset| offset - 1).collect();
            requests.push(Request {
                module: module_of(module),
                addresses,
            });
            asked.push((module, offsets));
        }
    }
    let mut notes = Vec::new();
    let found = symboliser.all(&requests, progress);
    for ((module, offsets), mut resolved) in asked.into_iter().zip(found) {
        let names = known.module_mut(module);
        for offset in offsets {
            let frames = source_frames(resolved.at(offset - 1).unwrap_or_default());
            if !frames.is_empty() {
                names.frames.insert(offset, frames);
            }
        }
        notes.append(&mut resolved.notes);
    }
    known.modules.retain(|module| !module.is_empty());
    notes
}

/// Adds the names of the places in `wanted` to `known`; gives what the reader should know.
///
/// An address of data that no symbol names gets the section that it lies in. What `known` has
/// already is not looked up again, and what is not found is left out.
pub fn name_places(
    symboliser: &Symboliser,
    wanted: &[Unnamed],
    known: &mut Symbols,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Vec<Note> {
    let count = |one: &Unnamed| one.frames.len() + one.variables.len() + one.thread_locals.len();
    let total = wanted.iter().map(count).sum();
    let mut done = 0;
    let mut notes = Vec::new();
    for unnamed in wanted {
        let module = Module {
            path: unnamed.path.clone().into(),
            build_id: unnamed.build_id.clone(),
            kind: match unnamed.path.as_str() {
                "[vdso]" => ModuleKind::Vdso,
                _ => ModuleKind::File,
            },
        };
        progress(Progress {
            done,
            total,
            module: &module.path,
        });
        notes.append(&mut name_code(symboliser, &module, unnamed, known));
        notes.append(&mut name_data(symboliser, &module, unnamed, known));
        done += count(unnamed);
    }
    known.modules.retain(|module| !module.is_empty());
    let mut said = Vec::new();
    notes.retain(|note| {
        !said.contains(note) && {
            said.push(note.clone());
            true
        }
    });
    notes
}

fn name_code(
    symboliser: &Symboliser,
    module: &Module,
    unnamed: &Unnamed,
    known: &mut Symbols,
) -> Vec<Note> {
    let names = known.find_mut(&unnamed.build_id, &unnamed.path);
    let is_new = |offset: &&u64| **offset > 0 && !names.frames.contains_key(*offset);
    let offsets: Vec<_> = unnamed.frames.iter().filter(is_new).copied().collect();
    if offsets.is_empty() {
        return Vec::new();
    }
    let calls: Vec<_> = offsets.iter().map(|offset| offset - 1).collect();
    let resolved = symboliser.module(module, &calls, &mut |_| {});
    for offset in offsets {
        let frames = source_frames(resolved.at(offset - 1).unwrap_or_default());
        if !frames.is_empty() {
            names.frames.insert(offset, frames);
        }
    }
    resolved.notes
}

fn name_data(
    symboliser: &Symboliser,
    module: &Module,
    unnamed: &Unnamed,
    known: &mut Symbols,
) -> Vec<Note> {
    let names = known.find_mut(&unnamed.build_id, &unnamed.path);
    let mut notes = Vec::new();
    let mut look_up = |storage, wanted: Vec<u64>| {
        if wanted.is_empty() {
            return Vec::new();
        }
        let (found, mut told) = symboliser.variables(module, storage, &wanted);
        notes.append(&mut told);
        found
    };
    let is_new = |address: &&u64| names.variable(**address).is_none();
    let wanted = unnamed.variables.iter().filter(is_new).copied().collect();
    let found = look_up(Storage::Static, wanted);
    let is_new = |place: &&u64| names.thread_local(**place).is_none();
    let wanted = unnamed.thread_locals.iter().filter(is_new);
    let of_threads = look_up(Storage::ThreadLocal, wanted.copied().collect());
    for found in found.into_iter().flatten() {
        let table = match found.is_named {
            true => &mut names.variables,
            false => &mut names.sections,
        };
        table.insert(found.start, source_variable(&found));
    }
    for found in of_threads.into_iter().flatten() {
        let table = &mut names.thread_locals;
        table.insert(found.start, source_variable(&found));
    }
    notes
}

fn source_variable(found: &Variable) -> SourceVariable {
    SourceVariable {
        name: found.name.to_string(),
        bytes: found.bytes,
    }
}

fn module_of(module: &profile::Module) -> Module {
    Module {
        path: module.path.clone().into(),
        build_id: module.build_id.clone(),
        kind: match module.kind {
            profile::ModuleKind::File => ModuleKind::File,
            profile::ModuleKind::Vdso => ModuleKind::Vdso,
            profile::ModuleKind::Other => ModuleKind::Other,
        },
    }
}

/// The functions that have a name; all but the last are inlined.
fn source_frames(frames: &[Frame]) -> Vec<SourceFrame> {
    let named = frames.iter().filter_map(|frame| {
        Some(SourceFrame {
            function: frame.function.as_deref()?.to_owned(),
            mangled: frame.mangled.as_deref().map(str::to_owned),
            file: frame.file.as_deref().map(str::to_owned),
            line: frame.line,
            inlined: true,
        })
    });
    let mut named: Vec<_> = named.collect();
    if let Some(outermost) = named.last_mut() {
        outermost.inlined = false;
    }
    named
}
