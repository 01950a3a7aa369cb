//! Files of a temporary folder, made, grown, mapped and read back.

extern crate std;
use super::*;
use core::ffi::CStr;
use std::ffi::CString;
use std::format;

/// A path in the temporary folder that no other test uses.
fn path(name: &str) -> CString {
    let folder = std::env::temp_dir();
    let path = format!(
        "{}/tenure-files-{}-{name}",
        folder.display(),
        std::process::id()
    );
    let _ = std::fs::remove_file(&path);
    CString::new(path).unwrap()
}

fn bytes(path: &CStr) -> std::vec::Vec<u8> {
    std::fs::read(path.to_str().unwrap()).unwrap()
}

#[test]
fn a_file_is_made_once_and_told_apart() {
    let path = path("once");
    let file = File::create(&path).unwrap();
    assert_eq!(File::create(&path).unwrap_err(), FileError::Exists);
    assert_eq!(File::open(&path).unwrap().identity(), file.identity());
    remove(&path);
    assert_eq!(File::open(&path).unwrap_err(), FileError::Missing);
}

#[test]
fn what_is_stored_in_the_mapping_is_in_the_file() {
    let path = path("mapped");
    let page = crate::process::page_bytes();
    let file = File::create(&path).unwrap();
    file.reserve(0, 2 * page as u64).unwrap();
    let start = file.map(0, 2 * page).unwrap();
    drop(file);
    let second: *mut u8 = with_exposed_provenance_mut(start + page);
    // SAFETY: two pages were mapped above for reading and writing.
    unsafe { second.write(7) };
    let found = bytes(&path);
    assert_eq!((found.len(), found[page]), (2 * page, 7));
    // SAFETY: the mapping is this test's own.
    unsafe { map_blank_over(start, 2 * page).unwrap() };
    // SAFETY: mapped just now as zeroes.
    assert_eq!(unsafe { second.read() }, 0);
    assert_eq!(bytes(&path)[page], 7);
    remove(&path);
}

#[test]
fn without_fallocate_zeroes_are_written() {
    let path = path("zeroes");
    let file = File::create(&path).unwrap();
    file.write_zeroes(100, 10_000).unwrap();
    assert_eq!(bytes(&path), [0; 10_100]);
    remove(&path);
}

#[test]
fn the_start_of_a_file_is_read_up_to_the_buffer() {
    let mut buffer = [0; 64];
    let len = read_start(c"/proc/self/status", &mut buffer).unwrap();
    assert_eq!(len, 64);
    assert!(buffer.starts_with(b"Name:"));
    assert_eq!(
        read_start(c"/nowhere/at/all", &mut buffer),
        Err(FileError::Missing)
    );
    let len = read_link(c"/proc/self/exe", &mut buffer).unwrap();
    assert!(buffer[..len].starts_with(b"/"));
}
