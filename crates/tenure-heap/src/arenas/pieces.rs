//! Free slices on their way to the kernel, without the lock of the arenas.
//!
//! **Shape:** a *piece* is a run of free slices that is withdrawn under the lock, purged without
//! it, and put back under it: nobody waits for the kernel, and nobody can take what is being
//! purged.
//! **Invariants:** (a) at most one piece is on its way, and the table names it; (b) who withdrew it
//! puts it back, but in the child of a fork, where the handler does.
//! **Cost:** the lock twice a piece; a walk over the free slices for all of them.

use super::{FIRST_START, TABLE, Table, arena, books, no_longer_held};
use super::{page_bytes, purge_locked, remove_if_spare};
use crate::arena::dirty_pages;
use crate::slices::{Age, SLICE_SHIFT};
use core::ops::Range;
use core::sync::atomic::{AtomicU32, Ordering};
use tenure_os::thread;

/// The most slices of a piece: 4 MiB. They cannot be taken while they are on their way.
const PIECE_SLICES_MAX: usize = 64;
/// How many slices are looked at under the lock in search of a piece, a bit each.
const SEARCH_SLICES: usize = 32 << 10;
/// How often somebody waits a millisecond for the piece of another.
const PATIENCE: usize = 100;

/// Slices that are withdrawn to be purged.
pub(super) struct Piece {
    /// Of the arena.
    index: usize,
    run: Range<usize>,
}

/// How far a walk over the free slices of all arenas has come.
#[derive(Debug, Default)]
struct Walk {
    index: usize,
    slice: usize,
}

/// What came of a step of the walk.
enum Step {
    /// So many OS pages went to the kernel.
    Given(usize),
    /// Somebody else has a piece on its way.
    Busy,
    /// All arenas are done.
    End,
}

/// Gives the memory of the free slices of `age` to the kernel, piece by piece and without the lock
/// meanwhile; returns the bytes given. Any thread may.
pub(crate) fn purge(age: Age) -> usize {
    let mut walk = Walk::default();
    let mut pages = 0;
    loop {
        match purge_piece(&mut walk, age) {
            Step::Given(given) => pages += given,
            Step::Busy if wait_for_piece() => {}
            // Most likely nobody is there to bring it: an unannounced copy of a process.
            Step::Busy => {
                pages += purge_locked(&TABLE.lock());
                break;
            }
            Step::End => break,
        }
    }
    pages * page_bytes()
}

/// Waits until no piece is on its way; false when that takes too long.
pub(super) fn wait_for_piece() -> bool {
    static NEVER: AtomicU32 = AtomicU32::new(0);
    (0..PATIENCE).any(|_| {
        let is_there = TABLE.lock().piece.is_none();
        if !is_there {
            thread::wait(&NEVER, 0, Some(1_000_000));
        }
        is_there
    })
}

/// Purges the next piece, or gets nearer to it.
fn purge_piece(walk: &mut Walk, age: Age) -> Step {
    let mut table = TABLE.lock();
    if table.piece.is_some() {
        return Step::Busy;
    }
    if walk.index >= table.count {
        return Step::End;
    }
    let index = walk.index;
    let Some((books, arena)) = books(index).zip(arena(index)) else {
        *walk = next_arena(index);
        return Step::Given(0);
    };
    let within = walk.slice..walk.slice + SEARCH_SLICES;
    // SAFETY: the lock is held, so no other exclusive reference exists.
    let found = unsafe { &mut *books }.withdraw(within.clone(), age, PIECE_SLICES_MAX);
    let Some(run) = found else {
        let is_last = within.end >= arena.known_bytes() >> SLICE_SHIFT;
        *walk = if is_last {
            next_arena(index)
        } else {
            Walk {
                index,
                slice: within.end,
            }
        };
        return Step::Given(0);
    };
    walk.slice = run.end;
    table.piece = Some(Piece {
        index,
        run: run.clone(),
    });
    drop(table);
    // SAFETY: withdrawn just now by this call; the arena stays, since it has withdrawn slices.
    unsafe { arena.purge(run) };
    Step::Given(piece_arrives(&mut TABLE.lock(), true))
}

fn next_arena(index: usize) -> Walk {
    Walk {
        index: index + 1,
        slice: 0,
    }
}

/// The slices of the piece are free again; returns the OS pages that the kernel has got.
fn piece_arrives(table: &mut Table, is_purged: bool) -> usize {
    let Some(piece) = table.piece.take() else {
        return 0;
    };
    let Some(books) = books(piece.index) else {
        return 0;
    };
    // SAFETY: the lock is held (the table is borrowed), so no other exclusive reference exists.
    let books = unsafe { &mut *books };
    let mut pages = 0;
    if is_purged {
        pages = books.restore_purged(piece.run);
        no_longer_held(pages);
    } else {
        books.restore(piece.run);
    }
    let start = books.arena.start();
    if books.is_empty() && start != FIRST_START.load(Ordering::Relaxed) {
        remove_if_spare(table, start);
    }
    pages
}

/// A tick of the scavenger's: what is free now has been so at the last tick from here on.
pub(crate) fn age() {
    for index in 0.. {
        let table = TABLE.lock();
        if index >= table.count {
            return;
        }
        if let Some(books) = books(index) {
            // SAFETY: the lock is held, so no other exclusive reference exists.
            unsafe { &mut *books }.age();
        }
    }
}

/// Free memory of the heap's that could be given back at once, in bytes.
pub(crate) fn dirty_bytes() -> usize {
    dirty_pages() * page_bytes()
}

/// In the child of a fork, with the lock held: nobody purges the piece any more that the parent has
/// on its way.
pub(crate) fn after_fork_in_child() {
    piece_arrives(&mut TABLE.lock(), false);
}
