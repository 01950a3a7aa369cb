//! The record of a program that is compiled here, without names.

use crate::process::Scratch;
use crate::shop::parts;
use crate::sources::compiled;
use crate::synthetic::{FACTS, container};
use object::{Object, ObjectSymbol};
use std::fs;
use std::path::{Path, PathBuf};
use tenure_model::profile::sample::Recorder;
use tenure_trace::container::Tag;
use tenure_trace::profile::Frame;

/// A program of ours in `scratch` that was recorded without names, into `plain.tnr`: 64 bytes live,
/// allocated by `main`, and 3 × 100 bytes allocated and freed by it. Gives the program; `None`,
/// said, where the compiler leaves the build-id out.
pub(crate) fn plain(scratch: &Scratch) -> Option<PathBuf> {
    let program = scratch.join("plain-program");
    fs::copy(compiled("short_threads.c"), &program).unwrap();
    let (build_id, main) = facts_of(&program);
    if build_id.is_empty() {
        println!("skipped: the C compiler gives programs no build-id");
        return None;
    }
    let path = program.to_str().unwrap();
    let mut recorder = Recorder::every(4711, path);
    let app = recorder.load(path, &build_id);
    let kept = recorder.site(&[Frame::new(app, main + 5)]);
    let freed = recorder.site(&[Frame::new(app, main + 9)]);
    recorder.allocate(kept, 64);
    for _ in 0..3 {
        let block = recorder.allocate(freed, 100);
        recorder.free(block);
    }
    let record = scratch.join("plain.tnr");
    let files = recorder.files(true);
    let mut sections = vec![(Tag::META, FACTS.as_bytes())];
    sections.extend(parts(&files).map(|(_, tag, bytes)| (tag, bytes)));
    sections.push((Tag(*b"XYZ9"), b"of a newer version"));
    fs::write(record, container(&sections)).unwrap();
    Some(program)
}

/// Build-id of a program, empty where it has none, and the address of its `main`.
fn facts_of(program: &Path) -> (Vec<u8>, u64) {
    let bytes = fs::read(program).unwrap();
    let elf = object::File::parse(&*bytes).unwrap();
    let id = elf.build_id().unwrap().unwrap_or_default().to_owned();
    let main = elf.symbols().find(|symbol| symbol.name() == Ok("main"));
    (id, main.expect("main").address())
}
