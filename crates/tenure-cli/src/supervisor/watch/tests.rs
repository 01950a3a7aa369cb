//! What is seen of processes that live, end, and become others.

use super::*;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use tenure_trace::state::{Header, StateImage};

/// A folder with the state file of `pid`, whose program is `program`.
fn folder_with(pid: u32, program: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_state(folder.path(), pid, 0, program);
    folder
}

fn write_state(folder: &Path, pid: u32, sequence: u32, program: &Path) {
    let mut bytes = vec![0; header::HEADER_BYTES];
    let fields = Header {
        pid,
        start_mono_ns: 5 + u64::from(sequence),
        ..Header::default()
    };
    let mut image = StateImage::format(&mut bytes, &fields, &[16]).unwrap();
    image.set_program(program.as_os_str().as_bytes()).unwrap();
    fs::write(StateFile { pid, sequence }.path(folder), bytes).unwrap();
}

/// A process that has started and waits on its stdin, and the path of its program.
fn waiting() -> (Child, PathBuf) {
    let pipes = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = pipes.unwrap();
    child.stdin.as_mut().unwrap().write_all(b"x").unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    let program = fs::read_link(format!("/proc/{}/exe", child.id())).unwrap();
    (child, program)
}

fn end(mut child: Child) {
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
fn names_of_state_files_are_read_and_others_left() {
    assert_eq!(
        StateFile::parse("12-3.state"),
        Some(StateFile {
            pid: 12,
            sequence: 3
        })
    );
    for name in ["12.state", "a-1.state", "12-3.state.tmp", "-.state", "12-3"] {
        assert_eq!(StateFile::parse(name), None, "{name}");
    }
}

#[test]
fn a_living_process_has_a_resident_peak_and_is_said_to_run() {
    let (child, program) = waiting();
    let folder = folder_with(child.id(), &program);
    let (facts, notes) = Watch::new(folder.path()).finish();
    assert!(facts[0].running);
    assert_eq!((facts[0].pid, facts[0].start_mono_ns), (child.id(), 5));
    assert!(facts[0].resident_peak_bytes.unwrap() > 100 * 1024);
    assert!(
        notes[0].starts_with("still running when the program ended: "),
        "{notes:?}"
    );
    end(child);
}

#[test]
fn the_peak_of_a_process_that_has_ended_is_remembered() {
    let (child, program) = waiting();
    let folder = folder_with(child.id(), &program);
    let mut watch = Watch::new(folder.path());
    watch.look();
    end(child);
    let (facts, notes) = watch.finish();
    assert!(!facts[0].running);
    assert!(facts[0].resident_peak_bytes.is_some());
    assert!(notes.is_empty());
}

#[test]
fn a_process_that_became_another_program_is_named_not_measured() {
    let (child, program) = waiting();
    let folder = folder_with(child.id(), Path::new("/usr/bin/before"));
    let (facts, notes) = Watch::new(folder.path()).finish();
    assert_eq!(facts[0].resident_peak_bytes, None);
    let became = format!("{} as {}", child.id(), program.display());
    assert!(notes[0].contains(&became), "{notes:?}");
    end(child);
}

#[test]
fn an_image_that_another_follows_is_over() {
    let (child, program) = waiting();
    let folder = folder_with(child.id(), Path::new("/usr/bin/before"));
    write_state(folder.path(), child.id(), 1, &program);
    let (facts, notes) = Watch::new(folder.path()).finish();
    assert_eq!((facts[0].running, facts[1].running), (false, true));
    assert_eq!(notes.len(), 1, "{notes:?}");
    end(child);
}

#[test]
fn a_zombie_does_not_run() {
    let (mut child, program) = waiting();
    let folder = folder_with(child.id(), &program);
    drop(child.stdin.take());
    while fs::read_to_string(format!("/proc/{}/status", child.id())).is_ok_and(|s| lives(&s)) {
        std::thread::yield_now();
    }
    let (facts, _) = Watch::new(folder.path()).finish();
    assert!(!facts[0].running);
    child.wait().unwrap();
}

#[test]
fn a_missing_folder_and_unfinished_files_show_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("7-0.state"), [0; 100]).unwrap();
    fs::write(folder.path().join("readme"), "").unwrap();
    assert_eq!(Watch::new(folder.path()).finish().0, []);
    assert_eq!(Watch::new(&folder.path().join("none")).finish().0, []);
}

#[test]
fn fields_of_a_status_are_read() {
    let status = "Name:\ta: b\nState:\tS (sleeping)\nVmHWM:\t    2076 kB\n";
    assert_eq!(resident_peak(status), 2076 * 1024);
    assert!(lives(status));
    assert!(!lives("State:\tZ (zombie)\n"));
    assert_eq!(resident_peak("VmHWM:\tx\n"), 0);
}
