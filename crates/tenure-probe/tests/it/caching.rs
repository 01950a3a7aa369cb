//! What was looked up once is known, whatever happens to the files.

use crate::names::written;
use crate::program::Program;
use std::fs;
use std::path::PathBuf;
use tenure_probe::symbols::{Cache, Quality, Resolved, Symboliser};

fn with_cache(program: &Program) -> (Symboliser, PathBuf) {
    let folder = program.folder.path().join("cache/symbols");
    let module = program.module();
    let hex: String = module
        .build_id
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let symboliser = Symboliser::new().with_cache(Cache::new(&folder));
    (symboliser, folder.join(hex))
}

fn names(found: &Resolved) -> Vec<String> {
    found
        .frames
        .iter()
        .map(|(_, frames)| written(frames))
        .collect()
}

#[test]
fn what_was_looked_up_is_known_when_the_file_is_gone() {
    let Some(program) = Program::inlined() else {
        return;
    };
    let (symboliser, kept) = with_cache(&program);
    let (module, addresses) = (program.module(), program.addresses("outermost"));
    let (first, second) = addresses.split_at(addresses.len() / 2);
    let look_up = |addresses: &[u64]| symboliser.module(&module, addresses, &mut |_| {});
    let of_file = look_up(first);
    let bytes = fs::metadata(&kept).unwrap().len();
    assert_eq!(look_up(first), of_file);
    assert_eq!(
        fs::metadata(&kept).unwrap().len(),
        bytes,
        "nothing new, nothing added"
    );
    look_up(second);
    assert!(fs::metadata(&kept).unwrap().len() > bytes);
    let all = names(&look_up(&addresses));
    fs::remove_file(&program.path).unwrap();
    let without = look_up(&addresses);
    assert_eq!(names(&without), all);
    assert!(
        all.iter().any(|name| name.starts_with("innermost:3")),
        "{all:?}"
    );
    assert_eq!(without.quality, Quality::Lines);
}

#[test]
fn a_damaged_cache_is_overwritten() {
    let Some(program) = Program::inlined() else {
        return;
    };
    let (symboliser, kept) = with_cache(&program);
    let (module, addresses) = (program.module(), program.addresses("outermost"));
    let look_up = || symboliser.module(&module, &addresses, &mut |_| {});
    let expected = look_up();
    let whole = fs::read(&kept).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        fs::write(&kept, &bytes).unwrap();
        assert_eq!(look_up(), expected, "byte {at}");
        assert_eq!(fs::read(&kept).unwrap(), whole, "byte {at}");
    }
    for length in 0..whole.len() {
        fs::write(&kept, &whole[..length]).unwrap();
        assert_eq!(look_up(), expected, "cut at {length}");
        assert_eq!(fs::read(&kept).unwrap(), whole, "cut at {length}");
    }
}

#[test]
fn what_was_found_with_less_at_hand_is_found_again() {
    let Some(program) = Program::inlined() else {
        return;
    };
    let (symboliser, _) = with_cache(&program);
    let (module, addresses) = (program.module(), program.addresses("outermost"));
    let whole = fs::read(&program.path).unwrap();
    if !program.tool("strip", &["--strip-debug", "program"]) {
        return;
    }
    let look_up = || symboliser.module(&module, &addresses, &mut |_| {});
    let less = look_up();
    assert_eq!(less.quality, Quality::Functions);
    let stripped = fs::read(&program.path).unwrap();
    fs::write(&program.path, whole).unwrap();
    let more = look_up();
    assert_eq!(more.quality, Quality::Lines);
    // And what was found with more stays.
    fs::write(&program.path, stripped).unwrap();
    assert_eq!(names(&look_up()), names(&more));
}

#[test]
fn many_writers_at_once_leave_a_whole_cache() {
    let Some(program) = Program::inlined() else {
        return;
    };
    let (symboliser, kept) = with_cache(&program);
    let (module, addresses) = (program.module(), program.addresses("outermost"));
    // A lock belongs to the open file, so threads stand for processes.
    std::thread::scope(|scope| {
        for part in addresses.chunks(addresses.len().div_ceil(8)) {
            let (symboliser, module) = (&symboliser, &module);
            scope.spawn(move || {
                for address in part {
                    symboliser.module(module, &[*address], &mut |_| {});
                }
            });
        }
    });
    let whole = fs::metadata(&kept).unwrap().len();
    fs::remove_file(&program.path).unwrap();
    let found = symboliser.module(&module, &addresses, &mut |_| {});
    let known = found
        .frames
        .iter()
        .filter(|(_, frames)| !frames.is_empty())
        .count();
    assert_eq!(known, addresses.len(), "of a cache with {whole} bytes");
}
