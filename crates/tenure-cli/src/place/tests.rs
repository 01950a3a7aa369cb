//! Names, what is stepped over, and what is not overwritten.

use super::*;
use std::os::unix::fs::PermissionsExt;

fn named(file: &Path) -> Result<Places, Failure> {
    Places::make(Some(file.to_owned()), "/usr/bin/app".as_ref())
}

#[test]
fn the_runs_folder_stands_beside_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a b,c.tnr");
    let places = named(&file).unwrap();
    assert_eq!(places.run_folder, folder.path().join("a b,c.tnr.run"));
    assert_eq!(
        fs::metadata(&places.run_folder)
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o700
    );
    assert_eq!(places.record("/usr/bin/app".as_ref(), 7), file);
    assert!(places.notes.is_empty());
    places.remove_run_folder().unwrap();
    assert!(!places.run_folder.exists());
}

#[test]
fn a_folder_of_another_run_is_stepped_over_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.tnr");
    named(&file).unwrap();
    let second = named(&file).unwrap();
    assert_eq!(second.run_folder, folder.path().join("a.tnr.run-2"));
    assert!(
        second.notes[0].contains("a.tnr.run is of a run that goes on"),
        "{:?}",
        second.notes
    );
}

#[test]
fn a_record_without_a_name_is_called_after_program_and_pid() {
    let places = Places {
        named: None,
        record_folder: PathBuf::new(),
        run_folder: PathBuf::new(),
        notes: Vec::new(),
    };
    let record = places.record("/usr/bin/python3".as_ref(), 4711);
    assert_eq!(record, Path::new("tenure.python3.4711.tnr"));
}

#[test]
fn only_records_are_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |name: &str| named(&folder.path().join(name)).unwrap_err();
    fs::write(folder.path().join("thesis.txt"), "all my work").unwrap();
    assert_eq!(refusal("thesis.txt").code, USAGE);
    assert!(
        refusal("thesis.txt")
            .message
            .contains("is not a record of tenure")
    );
    fs::create_dir(folder.path().join("folder")).unwrap();
    assert!(refusal("folder").message.contains("is a folder"));
    assert!(
        named(Path::new("/dev/null"))
            .unwrap_err()
            .message
            .contains("not an ordinary file")
    );
    fs::write(folder.path().join("old.tnr"), container::file_header(0)).unwrap();
    named(&folder.path().join("old.tnr")).unwrap();
    fs::write(folder.path().join("empty.tnr"), "").unwrap();
    named(&folder.path().join("empty.tnr")).unwrap();
}

#[test]
fn a_place_that_does_not_exist_is_refused_before_the_program_runs() {
    let folder = tempfile::tempdir().unwrap();
    let refused = named(&folder.path().join("missing/a.tnr")).unwrap_err();
    assert_eq!(refused.code, USAGE);
    assert!(
        refused.message.contains("nothing can be written beside it"),
        "{}",
        refused.message
    );
}

#[test]
fn a_folder_that_cannot_be_named_so_falls_back_to_the_temporary_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x".repeat(253));
    let places = named(&file).unwrap();
    assert!(places.run_folder.starts_with(env::temp_dir()));
    assert!(
        places.notes[0].contains("cannot be made"),
        "{:?}",
        places.notes
    );
    assert_eq!(
        places.record("app".as_ref(), 7),
        file,
        "the record stays where it was named"
    );
    places.remove_run_folder().unwrap();
}
