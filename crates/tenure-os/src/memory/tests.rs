//! The calls do what their names say, on the real kernel.
use super::*;
use crate::process::page_bytes;

fn read(addr: usize) -> u8 {
    // SAFETY: each test reads addresses that it has mapped and committed itself.
    unsafe { pointer(addr).cast::<u8>().read_volatile() }
}

fn write(addr: usize, value: u8) {
    // SAFETY: as for `read`.
    unsafe { pointer(addr).cast::<u8>().write_volatile(value) }
}

#[test]
fn reserved_memory_is_usable_once_committed_and_zero_after_a_purge() {
    let page = page_bytes();
    let start = reserve(16 * page).unwrap();
    // SAFETY: the reservation was made above, for this test alone.
    unsafe { commit(start, 2 * page).unwrap() };
    write(start + page, 7);
    assert_eq!(read(start + page), 7);
    // SAFETY: as above; the byte written is not needed any more.
    unsafe { purge(start, 2 * page) };
    assert_eq!(read(start + page), 0);
    // SAFETY: nothing refers to the reservation any more.
    unsafe { unmap(start, 16 * page) };
}

#[test]
fn moved_pages_take_their_contents_along() {
    let page = page_bytes();
    let start = map(4 * page).unwrap();
    write(start, 42);
    // SAFETY: two disjoint ranges of the mapping made above.
    if unsafe { move_pages(start, start + 2 * page, page) }.is_ok() {
        assert_eq!(read(start + 2 * page), 42);
        assert_eq!(read(start), 0);
    } else {
        assert_eq!(read(start), 42);
    }
    // SAFETY: nothing refers to the mapping any more.
    unsafe { unmap(start, 4 * page) };
}

#[test]
fn an_impossible_reservation_is_refused() {
    assert_eq!(reserve(1 << 62), Err(OutOfMemory));
}
