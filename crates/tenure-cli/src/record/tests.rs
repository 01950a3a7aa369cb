//! Facts about a run survive the record; a record is there whole or not at all.

use super::*;
use std::io::Write;
use std::time::Duration;
use tenure_model::profile::{Outcome, ProcessFacts, Run};
use tenure_trace::container::{Sections, Tag};

fn run(outcome: Option<Outcome>) -> Run {
    Run {
        version: "0.1.0".into(),
        command: vec!["a b".into(), "\"quoted\"\n".into()],
        directory: "/srv".into(),
        start_unix_ns: u64::MAX,
        wall: Duration::from_nanos(1_234_567_890),
        root_pid: 7,
        outcome,
        processes: vec![ProcessFacts {
            pid: 7,
            start_mono_ns: 5,
            resident_peak_bytes: Some(4096),
            running: true,
        }],
    }
}

#[test]
fn facts_are_read_as_they_were_written() {
    for outcome in [None, Some(Outcome::Code(3)), Some(Outcome::Signal(9))] {
        let run = run(outcome);
        assert_eq!(from_json(&to_json(&run)), Ok(run));
    }
}

#[test]
fn facts_of_another_schema_are_refused_by_name() {
    let other = String::from_utf8(to_json(&run(None)))
        .unwrap()
        .replace("run/1", "run/9");
    assert!(
        from_json(other.as_bytes())
            .unwrap_err()
            .contains("schema \"run/9\", not run/1")
    );
    assert!(from_json(b"{}").is_err());
    assert!(from_json(b"\xff").is_err());
}

#[test]
fn a_record_replaces_the_one_before_it_and_leaves_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tnr");
    std::fs::write(&path, "before").unwrap();
    let mut writer = RecordWriter::create(&path).unwrap();
    writer.section(Tag::META, b"{}").unwrap();
    writer.begin(Tag::PROC).unwrap();
    writer.write_all(b"x").unwrap();
    writer.write_all(b"yz").unwrap();
    writer.end().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"before");
    writer.finish().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let sections = Sections::parse(&bytes)
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    assert_eq!(sections.len(), 2);
    assert_eq!(sections[1].payload, b"xyz");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_record_that_cannot_be_placed_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tnr");
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("inside"), "").unwrap();
    assert!(RecordWriter::create(&path).unwrap().finish().is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    drop(RecordWriter::create(&folder.path().join("b.tnr")).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(RecordWriter::create(std::path::Path::new("/")).is_err());
}
