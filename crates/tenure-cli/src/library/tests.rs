//! Reuse, repair and refusal of what is found in a cache folder.

use super::*;
use std::os::unix::fs::{PermissionsExt, symlink};

fn euid() -> u32 {
    OwnProcess::ask().unwrap().euid
}

fn base() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("cache/tenure");
    (folder, base)
}

#[test]
fn the_library_is_written_once_and_reused() {
    let (_folder, base) = base();
    let path = place(&base, euid()).unwrap();
    assert_eq!(fs::read(&path).unwrap(), BYTES);
    assert_eq!(fs::metadata(&base).unwrap().mode() & 0o777, 0o700);
    let written = fs::metadata(&path).unwrap().ino();
    assert_eq!(place(&base, euid()).unwrap(), path);
    assert_eq!(fs::metadata(&path).unwrap().ino(), written, "the same file");
    assert_eq!(
        fs::read_dir(path.parent().unwrap()).unwrap().count(),
        1,
        "nothing is left over"
    );
}

#[test]
fn a_damaged_library_is_replaced_not_overwritten() {
    let (_folder, base) = base();
    let path = place(&base, euid()).unwrap();
    let mut damaged = BYTES.to_vec();
    damaged[BYTES.len() / 2] ^= 1;
    fs::write(&path, damaged).unwrap();
    let mapped = File::open(&path).unwrap();
    place(&base, euid()).unwrap();
    assert_eq!(fs::read(&path).unwrap(), BYTES);
    assert_ne!(
        fs::metadata(&path).unwrap().ino(),
        mapped.metadata().unwrap().ino()
    );
    fs::write(&path, &BYTES[..10]).unwrap();
    place(&base, euid()).unwrap();
    assert_eq!(fs::read(&path).unwrap(), BYTES);
}

#[test]
fn a_link_in_place_of_the_library_is_replaced() {
    let (folder, base) = base();
    let path = place(&base, euid()).unwrap();
    let elsewhere = folder.path().join("elsewhere.so");
    fs::rename(&path, &elsewhere).unwrap();
    symlink(&elsewhere, &path).unwrap();
    place(&base, euid()).unwrap();
    assert!(fs::symlink_metadata(&path).unwrap().is_file());
}

#[test]
fn a_folder_that_is_a_link_is_refused() {
    let (folder, base) = base();
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::create_dir_all(base.parent().unwrap()).unwrap();
    symlink(&elsewhere, &base).unwrap();
    assert!(
        place(&base, euid())
            .unwrap_err()
            .ends_with("is not a folder")
    );
    assert_eq!(
        fs::read_dir(&elsewhere).unwrap().count(),
        0,
        "nothing was written through it"
    );
}

#[test]
fn a_folder_that_others_can_write_or_own_is_refused() {
    let (_folder, base) = base();
    place(&base, euid()).unwrap();
    assert!(
        place(&base, euid() + 1)
            .unwrap_err()
            .ends_with("belongs to another user")
    );
    fs::set_permissions(&base, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(
        place(&base, euid())
            .unwrap_err()
            .ends_with("can be written by others")
    );
}

#[test]
fn a_path_that_the_loader_would_split_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a b", "a:b", "$LIB"] {
        let refused = place(&folder.path().join(name), euid()).unwrap_err();
        assert_eq!(
            refused,
            "its path has a character that LD_PRELOAD cannot carry"
        );
    }
}
