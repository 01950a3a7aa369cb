//! Growing in place, the copy of a forked child, and the limits.

use super::*;
use core::ptr::with_exposed_provenance_mut;
use std::ffi::CString;
use std::format;

fn path(name: &str) -> CString {
    let folder = std::env::temp_dir();
    let path = format!(
        "{}/tenure-array-{}-{name}",
        folder.display(),
        std::process::id()
    );
    let _ = std::fs::remove_file(&path);
    CString::new(path).unwrap()
}

fn word(start: usize, index: usize) -> &'static core::sync::atomic::AtomicU64 {
    // SAFETY: tests ask only for words of usable bytes, 8-aligned, valid as any bits.
    unsafe { &*with_exposed_provenance_mut(start + index * 8) }
}

use core::sync::atomic::Ordering::Relaxed;

#[test]
fn it_grows_in_place_and_the_file_has_what_was_stored() {
    let path = path("grow");
    let mut array = SharedArray::create(&path, 100, 1 << 30).unwrap();
    let start = array.start();
    assert_eq!(array.len(), 4096);
    word(start, 1).store(7, Relaxed);
    array.grow_to(&path, 1 << 20).unwrap();
    assert_eq!(array.start(), start);
    assert!(array.len() >= 1 << 20);
    word(start, (1 << 17) - 1).store(9, Relaxed);
    assert_eq!(word(start, 1).load(Relaxed), 7);
    let bytes = std::fs::read(path.to_str().unwrap()).unwrap();
    assert_eq!(bytes.len(), array.len());
    assert_eq!(bytes[8], 7);
    assert_eq!(bytes[(1 << 20) - 8], 9);
    std::fs::remove_file(path.to_str().unwrap()).unwrap();
}

#[test]
fn it_ends_where_the_reservation_ends() {
    let path = path("end");
    let mut array = SharedArray::create(&path, 4096, 10_000).unwrap();
    assert_eq!(array.most(), 12_288);
    array.grow_to(&path, 12_288).unwrap();
    assert_eq!(array.grow_to(&path, 12_289), Err(FileError::Exhausted));
    assert_eq!(array.len(), 12_288);
    std::fs::remove_file(path.to_str().unwrap()).unwrap();
    assert_eq!(array.grow_to(&path, 12_288), Ok(()));
}

#[test]
fn a_file_that_was_replaced_is_not_grown() {
    let path = path("replaced");
    let mut array = SharedArray::create(&path, 4096, 1 << 20).unwrap();
    std::fs::rename(
        path.to_str().unwrap(),
        format!("{}.old", path.to_str().unwrap()),
    )
    .unwrap();
    std::fs::write(path.to_str().unwrap(), b"another").unwrap();
    assert_eq!(array.grow_to(&path, 8192), Err(FileError::Replaced));
    std::fs::remove_file(path.to_str().unwrap()).unwrap();
    std::fs::remove_file(format!("{}.old", path.to_str().unwrap())).unwrap();
}

#[test]
fn a_copy_takes_over_the_addresses_and_leaves_the_old_file() {
    let (old, new) = (path("old"), path("new"));
    let mut array = SharedArray::create(&old, 4096, 1 << 20).unwrap();
    word(array.start(), 3).store(5, Relaxed);
    // SAFETY: this test alone uses the array.
    unsafe {
        array
            .replace(&new, |from, to| {
                word(to, 3).store(word(from, 3).load(Relaxed) + 1, Relaxed);
            })
            .unwrap();
    }
    assert_eq!(word(array.start(), 3).load(Relaxed), 6);
    word(array.start(), 4).store(8, Relaxed);
    assert_eq!(std::fs::read(old.to_str().unwrap()).unwrap()[24], 5);
    assert_eq!(std::fs::read(old.to_str().unwrap()).unwrap()[32], 0);
    assert_eq!(std::fs::read(new.to_str().unwrap()).unwrap()[24], 6);
    assert_eq!(std::fs::read(new.to_str().unwrap()).unwrap()[32], 8);
    // SAFETY: as above.
    unsafe { array.orphan() };
    assert_eq!(word(array.start(), 3).load(Relaxed), 0);
    for path in [old, new] {
        std::fs::remove_file(path.to_str().unwrap()).unwrap();
    }
}
