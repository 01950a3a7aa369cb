//! Debug data is found where it may lie, and only used when it belongs to the build.

use crate::names::{look_up, written};
use crate::program::{INLINED_C, Program, run};
use std::fs;
use std::path::Path;
use tenure_probe::symbols::{Module, Note, Quality, Resolved, Symboliser};

/// The program, stripped, with its debug data in `program.debug`; the addresses of `outermost`.
fn split(link: bool) -> Option<(Program, Vec<u64>)> {
    let program = Program::inlined()?;
    let addresses = program.addresses("outermost");
    let keep = ["--only-keep-debug", "program", "program.debug"];
    if !program.tool("objcopy", &keep) || !program.tool("strip", &["program"]) {
        return None;
    }
    let add = ["--add-gnu-debuglink=program.debug", "program"];
    (!link || program.tool("objcopy", &add)).then_some((program, addresses))
}

fn look_up_in(folder: &Path, module: &Module, addresses: &[u64]) -> Resolved {
    Symboliser::new()
        .with_debug_folder(folder)
        .module(module, addresses, &mut |_| {})
}

fn has_lines(found: &Resolved) -> bool {
    let three = |(_, frames): &(u64, Vec<_>)| written(frames).starts_with("innermost:3 < middle:6");
    found.frames.iter().any(three)
}

#[test]
fn a_debug_link_is_followed_beside_the_file_and_in_the_folders() {
    let Some((program, addresses)) = split(true) else {
        return;
    };
    let folder = program.folder.path();
    let found = look_up(&program.module(), &addresses);
    assert!(has_lines(&found), "beside it: {found:?}");
    fs::create_dir(folder.join(".debug")).unwrap();
    fs::rename(
        folder.join("program.debug"),
        folder.join(".debug/program.debug"),
    )
    .unwrap();
    assert!(
        has_lines(&look_up(&program.module(), &addresses)),
        "in .debug"
    );
    let debug = folder.join("debug");
    let below = folder.canonicalize().unwrap();
    let below = debug.join(below.strip_prefix("/").unwrap());
    fs::create_dir_all(&below).unwrap();
    fs::rename(
        folder.join(".debug/program.debug"),
        below.join("program.debug"),
    )
    .unwrap();
    let found = look_up_in(&debug, &program.module(), &addresses);
    assert!(has_lines(&found), "in the debug folder");
    assert_eq!(found.notes, []);
    let found = look_up(&program.module(), &addresses);
    assert_eq!(found.quality, Quality::Nothing, "nowhere");
}

#[test]
fn a_debug_link_with_another_checksum_is_told_and_not_used() {
    let Some((program, addresses)) = split(true) else {
        return;
    };
    let path = program.folder.path().join("program.debug");
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend(b"appended");
    fs::write(&path, bytes).unwrap();
    let found = look_up(&program.module(), &addresses);
    assert_eq!(
        found.notes,
        [Note::ForeignDebugFile {
            path: path.canonicalize().unwrap()
        }]
    );
    assert_eq!(found.quality, Quality::Nothing);
}

#[test]
fn debug_data_is_found_under_its_build_id() {
    let Some((program, addresses)) = split(false) else {
        return;
    };
    let folder = program.folder.path();
    let module = program.module();
    let hex: String = module
        .build_id
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let place = folder.join("debug/.build-id").join(&hex[..2]);
    fs::create_dir_all(&place).unwrap();
    let file = place.join(format!("{}.debug", &hex[2..]));
    fs::rename(folder.join("program.debug"), &file).unwrap();
    assert!(has_lines(&look_up_in(
        &folder.join("debug"),
        &module,
        &addresses
    )));
    // The file that ran is gone, and the debug data still explains it.
    fs::remove_file(&program.path).unwrap();
    let found = look_up_in(&folder.join("debug"), &module, &addresses);
    assert!(has_lines(&found));
    assert!(
        matches!(&found.notes[..], [Note::Unreadable { .. }]),
        "{:?}",
        found.notes
    );
    // What lies there for another build is not used.
    let other = Program::compile("cc", "int main(void) { return 3; }", &["-g"]).unwrap();
    fs::copy(&other.path, &file).unwrap();
    let found = look_up_in(&folder.join("debug"), &module, &addresses);
    assert_eq!(found.quality, Quality::Nothing);
}

#[test]
fn a_file_that_was_replaced_is_told_and_not_used() {
    let Some(program) = Program::inlined() else {
        return;
    };
    let (module, addresses) = (program.module(), program.addresses("outermost"));
    let other = Program::compile("cc", &INLINED_C.replace("* 3", "* 4"), &["-g"]).unwrap();
    fs::copy(&other.path, &program.path).unwrap();
    let found = look_up(&module, &addresses);
    let path = program.path.clone();
    assert_eq!(found.notes, [Note::Replaced { path }]);
    assert!(
        found.notes[0]
            .to_string()
            .contains("replaced since the run")
    );
    assert!(found.frames.iter().all(|(_, frames)| frames.is_empty()));
}

#[test]
fn a_file_without_build_id_is_used_and_said_to_be_unproven() {
    let flags = ["-g", "-Wl,--build-id=none"];
    let Some(program) = Program::compile("cc", INLINED_C, &flags) else {
        return;
    };
    let module = program.module();
    assert_eq!(module.build_id, [0_u8; 0]);
    let found = look_up(&module, &program.addresses("outermost"));
    assert!(has_lines(&found));
    assert!(
        matches!(&found.notes[..], [Note::Unproven { .. }]),
        "{:?}",
        found.notes
    );
}

#[test]
fn a_removed_file_that_lies_there_again_is_found_by_its_plain_name() {
    let Some(program) = Program::inlined() else {
        return;
    };
    let mut module = program.module();
    let mut name = module.path.into_os_string();
    name.push(" (deleted)");
    module.path = name.into();
    assert!(has_lines(&look_up(
        &module,
        &program.addresses("outermost")
    )));
}

#[test]
fn what_dwz_has_moved_to_a_shared_file_is_followed() {
    let Some(program) = Program::inlined() else {
        return;
    };
    let addresses = program.addresses("outermost");
    let folder = program.folder.path();
    fs::copy(&program.path, folder.join("second")).unwrap();
    let shared = ["-m", "shared.debug", "program", "second"];
    if !program.tool("dwz", &shared) {
        return;
    }
    if !folder.join("shared.debug").exists() {
        println!("skipped: this dwz found nothing to share");
        return;
    }
    assert!(has_lines(&look_up(&program.module(), &addresses)));
    // Without it, what is left is used.
    fs::remove_file(folder.join("shared.debug")).unwrap();
    let found = look_up(&program.module(), &addresses);
    let named = |(_, frames): &(u64, Vec<_>)| written(frames).contains("outermost");
    assert!(found.frames.iter().any(named), "{found:?}");
}

#[test]
fn a_path_cannot_steer_the_terminal() {
    let path = "/nonexistent/\u{1b}[31mred\n".into();
    let why = "gone".into();
    let note = Note::Unreadable { path, why }.to_string();
    assert!(
        note.starts_with("/nonexistent/\\u{1b}[31mred\\n: no symbols: gone"),
        "{note}"
    );
}

#[test]
fn what_is_no_file_is_not_opened() {
    let folder = tempfile::TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    if run("mkfifo", &[pipe.to_str().unwrap()]) != Some(true) {
        println!("skipped: no mkfifo");
        return;
    }
    for path in [
        pipe.as_path(),
        Path::new("/dev/zero"),
        folder.path(),
        Path::new(""),
    ] {
        let kind = tenure_probe::symbols::ModuleKind::File;
        let found = look_up(
            &Module {
                path: path.into(),
                build_id: vec![1; 20],
                kind,
            },
            &[1],
        );
        assert!(
            matches!(&found.notes[..], [Note::Unreadable { .. }]),
            "{:?}",
            found.notes
        );
    }
}
