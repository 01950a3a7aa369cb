//! Which suppression is used, and what is counted.

use crate::suppressions::{Frame, LeakKind, Stack, Suppressions, Usage};

const FILE: &[u8] = b"# two of ours\n\
    {\n first\n Memcheck:Leak\n match-leak-kinds: definite,possible\n fun:malloc\n fun:a\n}\n\
    leak:a\nleak:b\n";

fn named(name: &str) -> [Frame<'_>; 1] {
    [Frame {
        function: Some(name),
        ..Frame::default()
    }]
}

#[test]
fn the_first_that_fits_is_used_and_counted() {
    let mut known = Suppressions::default();
    assert_eq!(known.read(FILE, "ours").entries, 3);
    let mut hide = |name: &str, kind, blocks, bytes| {
        let frames = named(name);
        let entry = known.hide(Stack::of_callers(&frames), kind, blocks, bytes);
        entry.map(|entry| entry.line())
    };
    assert_eq!(hide("a", LeakKind::Definite, 2, 30), Some(2));
    assert_eq!(hide("a", LeakKind::Possible, 1, 4), Some(2));
    assert_eq!(hide("a", LeakKind::Reachable, 1, u64::MAX), Some(9));
    assert_eq!(hide("a", LeakKind::Indirect, 1, u64::MAX), Some(9));
    assert_eq!(hide("c", LeakKind::Definite, 1, 1), None);
    let usages: Vec<_> = known
        .used()
        .map(|entry| (entry.name(), entry.usage()))
        .collect();
    let usage = |times, blocks, bytes| Usage {
        times,
        blocks,
        bytes,
    };
    let expected = [
        ("first", usage(2, 3, 34)),
        ("leak:a", usage(2, 2, u64::MAX)),
    ];
    assert_eq!(usages, expected);
    let unused: Vec<_> = known
        .unused()
        .map(|entry| (entry.origin(), entry.line()))
        .collect();
    assert_eq!(unused, [("ours", 10)]);
}

#[test]
fn looking_counts_nothing() {
    let mut known = Suppressions::default();
    known.read(FILE, "ours");
    let frames = named("b");
    assert!(
        known
            .find(Stack::of_callers(&frames), LeakKind::Definite)
            .is_some()
    );
    assert_eq!(known.used().count(), 0);
    assert_eq!(known.unused().count(), 3);
}

#[test]
fn files_add_up_and_the_built_in_ones_are_not_told_as_unused() {
    let mut known = Suppressions::default();
    known.read(b"leak:a", "one");
    known.read(b"leak:b", "two");
    let built_in = known.read_built_in().entries;
    known.read(b"leak:c", "three");
    assert_eq!(known.iter().count(), built_in + 3);
    let unused: Vec<_> = known.unused().map(|entry| entry.origin()).collect();
    assert_eq!(unused, ["one", "two", "three"]);
}
