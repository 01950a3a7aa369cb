//! What a watcher is told balances: every tag that was given comes back once, with its block.

use crate::support::{self, Recorded};
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::HashMap;
use std::sync::Mutex;
use tenure_heap::watch::{Notebook, Tag, Watched, Watcher};
use tenure_heap::{allocate, deallocate, reallocate};

/// What a test watcher remembers.
#[derive(Default)]
struct Book {
    live: HashMap<usize, (Tag, Watched)>,
    told: u64,
    resized: u64,
    moved: u64,
}

static BOOK: Mutex<Option<Book>> = Mutex::new(None);
static NUMBER: AtomicU64 = AtomicU64::new(1);
/// Bytes between samples; every block that brings their sum above it is one.
const GAP_BYTES: u64 = 1000;

/// What heaps are given.
pub(crate) fn notebook() -> Notebook {
    core::ptr::from_ref(&BOOK).cast_mut().cast()
}

fn with<R>(work: impl FnOnce(&mut Book) -> R) -> R {
    work(BOOK.lock().unwrap().get_or_insert_with(Book::default))
}

unsafe fn allocated(_: Notebook, block: Watched) -> Tag {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let tag = Tag([number, block.address as u64]);
    with(|book| {
        assert!(block.requested_bytes <= block.usable_bytes);
        let before = book.live.insert(block.address, (tag, block));
        assert!(before.is_none(), "handed out twice: {block:?}");
        book.told += 1;
    });
    tag
}

unsafe fn freed(_: Notebook, block: Watched, tag: Tag, _: bool) {
    with(|book| {
        let born = book.live.remove(&block.address);
        assert_eq!(born, Some((tag, block)), "freed otherwise than handed out");
    });
}

unsafe fn resized(_: Notebook, before: Watched, after: Watched, tag: Tag) {
    with(|book| {
        let born = book.live.insert(after.address, (tag, after));
        assert_eq!(born, Some((tag, before)), "resized otherwise than it was");
        book.resized += 1;
    });
}

unsafe fn moved(_: Notebook, from: Tag, to: Tag) {
    with(|book| {
        assert_ne!(from, to);
        book.moved += 1;
    });
}

unsafe fn gap(_: Notebook, _: u64) -> u64 {
    GAP_BYTES
}

/// The watcher of a watched process.
pub(crate) static WATCHER: Watcher = Watcher {
    allocated,
    freed,
    resized,
    moved,
    gap,
};

fn live_and_told() -> (usize, u64) {
    with(|book| (book.live.len(), book.told))
}

/// Does something only in a process that watches.
#[test]
fn tags_balance_for_a_known_program() {
    let recorded = support::start();
    if !matches!(recorded, Recorded::Every | Recorded::Sampled) {
        return;
    }
    let (live, told) = live_and_told();
    let mut blocks: Vec<*mut u8> = (0..10_000).map(|i| allocate(i % 300)).collect();
    let asked: u64 = (0..10_000u64).map(|i| i % 300).sum();
    blocks.push(allocate(3_000_000));
    let samples = live_and_told().1 - told;
    match recorded {
        Recorded::Every => assert_eq!(samples, 10_001),
        // The gap starts anew behind each sample, which takes up to one block more than it.
        _ => {
            let (least, most) = (asked / (GAP_BYTES + 300), asked / GAP_BYTES + 2);
            assert!((least..=most).contains(&samples), "{samples} samples");
        }
    }
    let last = blocks.len() - 1;
    // SAFETY: blocks in use, each given up once.
    unsafe {
        blocks[100] = reallocate(blocks[100], 111);
        blocks[200] = reallocate(blocks[200], 4000);
        blocks[last] = reallocate(blocks[last], 9_000_000);
        for block in blocks {
            deallocate(block);
        }
    }
    assert_eq!(live_and_told().0, live, "all that was told is gone again");
    if recorded == Recorded::Every {
        let (resized, moved) = with(|book| (book.resized, book.moved));
        assert!(
            resized >= 1 && moved >= 1,
            "{resized} resized, {moved} moved"
        );
    }
}

#[test]
fn tags_balance_in_processes_that_watch() {
    support::again_recorded("tags_balance_for");
}
