//! The recorded shop of the model's tests as a run's folder and as a record.

use crate::process::Scratch;
use crate::synthetic::{FACTS, container};
use std::fs;
use std::path::Path;
use tenure_model::profile::sample::{self, Files};
use tenure_trace::container::Tag;

/// The files of a process with the ends of their names.
pub(crate) fn parts(files: &Files) -> [(&'static str, Tag, &[u8]); 6] {
    [
        ("state", Tag::PROC, &files.state),
        ("nodes", Tag::NODE, &files.nodes),
        ("sites", Tag::SITE, &files.sites),
        ("modules", Tag::MODU, &files.modules),
        ("code", Tag::CODE, &files.code),
        ("timeline", Tag::TIME, &files.timeline),
    ]
}

/// Writes the files as a run's folder has them.
pub(crate) fn write_folder(folder: &Path, processes: &[Files]) {
    for files in processes {
        for (extension, _, bytes) in parts(files) {
            let name = format!("{}-{}.{extension}", files.pid, files.seq);
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
}

/// A record of these processes; with the names of their functions, or without.
pub(crate) fn record_of(processes: &[Files], named: bool) -> Vec<u8> {
    let names = serde_json::to_vec(&sample::symbols()).unwrap();
    let mut sections = vec![(Tag::META, FACTS.as_bytes())];
    for files in processes {
        sections.extend(parts(files).map(|(_, tag, bytes)| (tag, bytes)));
    }
    if named {
        sections.push((Tag::SYMS, &names));
    }
    container(&sections)
}

/// A folder with `shop.tnr`, the named record of the shop.
pub(crate) fn scratch() -> Scratch {
    let scratch = Scratch::new();
    fs::write(scratch.join("shop.tnr"), record_of(&sample::shop(), true)).unwrap();
    scratch
}
