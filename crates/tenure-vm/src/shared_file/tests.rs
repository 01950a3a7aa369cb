//! Shared files of a temporary folder: growth, replacement and parting.

use super::*;
use core::ptr::with_exposed_provenance_mut;
use std::ffi::CString;
use std::format;
use std::vec::Vec;

fn path(name: &str) -> CString {
    let folder = std::env::temp_dir();
    let path = format!(
        "{}/tenure-shared-{}-{name}",
        folder.display(),
        std::process::id()
    );
    let _ = std::fs::remove_file(&path);
    CString::new(path).unwrap()
}

fn bytes(path: &CStr) -> Vec<u8> {
    std::fs::read(path.to_str().unwrap()).unwrap()
}

fn store(file: &SharedFile, offset: u64, value: u8) {
    let addr = file.address(offset, 1).unwrap();
    // SAFETY: `address` gives a byte of a segment, which is mapped for writing.
    unsafe { with_exposed_provenance_mut::<u8>(addr).write(value) };
}

fn load(file: &SharedFile, offset: u64) -> u8 {
    let addr = file.address(offset, 1).unwrap();
    // SAFETY: as in `store`.
    unsafe { with_exposed_provenance_mut::<u8>(addr).read() }
}

#[test]
fn segments_that_end_within_a_page_show_one_file() {
    let path = path("segments");
    let mut file = SharedFile::create(&path, 10_000).unwrap();
    store(&file, 9_999, 1);
    file.grow(&path, 20_001).unwrap();
    file.grow(&path, 5).unwrap();
    assert_eq!(file.len(), 30_006);
    for (offset, value) in [(0, 2), (10_000, 3), (30_000, 4), (30_001, 5), (30_005, 6)] {
        store(&file, offset, value);
    }
    let found = bytes(&path);
    assert_eq!((found[9_999], found[0], found[10_000]), (1, 2, 3));
    assert_eq!((found[30_000], found[30_001], found[30_005]), (4, 5, 6));
    assert!(found.len() >= 30_006);
    // No address for what lies across two segments, or behind the last.
    assert_eq!(file.address(9_999, 2), None);
    assert_eq!(file.address(30_005, 2), None);
    files::remove(&path);
}

#[test]
fn another_file_under_the_same_name_is_refused() {
    let path = path("replaced");
    let mut file = SharedFile::create(&path, 4096).unwrap();
    assert_eq!(
        SharedFile::create(&path, 4096).unwrap_err(),
        FileError::Exists
    );
    std::fs::rename(
        path.to_str().unwrap(),
        format!("{}.old", path.to_str().unwrap()),
    )
    .unwrap();
    assert_eq!(file.grow(&path, 4096), Err(FileError::Missing));
    let _other = SharedFile::create(&path, 4096).unwrap();
    assert_eq!(file.grow(&path, 4096), Err(FileError::Replaced));
    store(&file, 4095, 9);
    std::fs::remove_file(format!("{}.old", path.to_str().unwrap())).unwrap();
    files::remove(&path);
}

#[test]
fn pointers_lead_into_the_new_file_after_replacing() {
    let (old, new) = (path("old"), path("new"));
    let mut file = SharedFile::create(&old, 8192).unwrap();
    file.grow(&old, 8192).unwrap();
    store(&file, 9_000, 1);
    // SAFETY: only this test knows the file.
    unsafe { file.replace(&new).unwrap() };
    assert_eq!(load(&file, 9_000), 0);
    store(&file, 9_000, 2);
    assert_eq!((bytes(&old)[9_000], bytes(&new)[9_000]), (1, 2));
    let addr = file.address(9_000, 1).unwrap();
    // SAFETY: as above.
    unsafe { file.orphan() };
    let byte: *mut u8 = with_exposed_provenance_mut(addr);
    // SAFETY: orphaned addresses stay mapped.
    unsafe {
        assert_eq!(byte.read(), 0);
        byte.write(3);
    }
    assert_eq!(bytes(&new)[9_000], 2);
    files::remove(&old);
    files::remove(&new);
}
