//! Names for the frames of a profile.

use super::{Frame, Module, ModuleKind, Note, Progress, Request, Symboliser};
use std::collections::{BTreeMap, BTreeSet};
use tenure_model::profile::{self, FrameId, Sites, SourceFrame, Symbols};

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
    known.modules.retain(|module| !module.frames.is_empty());
    notes
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
