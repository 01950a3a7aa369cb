//! The kinds of the shapes that memcheck documents.

use super::*;
use Kind::{DefinitelyLost, IndirectlyLost, PossiblyLost, StillReachable};

const START: Label = Label::START;
const INTERIOR: Label = Label::INTERIOR;

/// The nine cases of the table in memcheck's manual: how the root leads to AAA or BBB, how AAA
/// leads to BBB, and what both are.
#[test]
fn the_nine_chains() {
    type Case = (Option<Label>, Option<Label>, Option<Kind>, Kind);
    let cases: [Case; 9] = [
        (Some(START), None, None, StillReachable),
        (
            Some(START),
            Some(START),
            Some(StillReachable),
            StillReachable,
        ),
        (None, None, None, DefinitelyLost),
        (None, Some(START), Some(DefinitelyLost), IndirectlyLost),
        (Some(INTERIOR), None, None, PossiblyLost),
        (
            Some(START),
            Some(INTERIOR),
            Some(StillReachable),
            PossiblyLost,
        ),
        (
            Some(INTERIOR),
            Some(START),
            Some(PossiblyLost),
            PossiblyLost,
        ),
        (
            Some(INTERIOR),
            Some(INTERIOR),
            Some(PossiblyLost),
            PossiblyLost,
        ),
        (None, Some(INTERIOR), Some(DefinitelyLost), IndirectlyLost),
    ];
    for (number, (root, link, first, second)) in (1..).zip(cases) {
        let (a, b) = (0, 1);
        let edges: Vec<_> = link.map(|label| (a, b, label)).into_iter().collect();
        let led = if link.is_some() { a } else { b };
        let roots: Vec<_> = root.map(|label| (0, led, label)).into_iter().collect();
        let kinds = Kinds::of(&graph(&[16, 32], &edges, &roots));
        assert_eq!(kinds.kind(b), second, "case ({number}), BBB");
        if let Some(first) = first {
            assert_eq!(kinds.kind(a), first, "case ({number}), AAA");
        }
    }
}

#[test]
fn a_heuristic_makes_an_interior_pointer_count() {
    let edges = [(0, 1, Label::HEURISTIC), (1, 2, INTERIOR)];
    let kinds = Kinds::of(&graph(&[8; 3], &edges, &[(0, 0, START)]));
    let all = [0, 1, 2].map(|node| kinds.kind(node));
    assert_eq!(all, [StillReachable, StillReachable, PossiblyLost]);
}

#[test]
fn one_chain_of_start_pointers_is_enough() {
    let edges = [
        (0, 1, INTERIOR),
        (1, 2, START),
        (3, 1, START),
        (0, 3, START),
    ];
    let kinds = Kinds::of(&graph(&[8; 4], &edges, &[(0, 0, START)]));
    assert!((0..4).all(|node| kinds.kind(node) == StillReachable));
}

#[test]
fn a_weak_pointer_keeps_nothing() {
    let edges = [(0, 1, START.weak())];
    let graph = graph(&[8; 3], &edges, &[(0, 0, START), (1, 2, START.weak())]);
    let kinds = Kinds::of(&graph);
    assert_eq!(kinds.kind(1), DefinitelyLost);
    assert_eq!(kinds.kind(2), DefinitelyLost);
    let all = Dominators::of(&graph, Follow::All, None);
    assert_eq!(all.holder(1), Some(Holder::Node(0)));
    assert_eq!(all.holder(2), Some(Holder::Root(1)));
}

#[test]
fn a_tree_is_lost_because_of_its_root() {
    // 3 → 1, 2; 1 → 0; and 4 alone.
    let edges = [(3, 1, START), (3, 2, INTERIOR), (1, 0, START)];
    let graph = graph(&[1, 2, 4, 8, 16], &edges, &[]);
    let kinds = Kinds::of(&graph);
    let expected = [
        Leader {
            node: 3,
            indirect_bytes: 7,
            indirect_blocks: 3,
        },
        Leader {
            node: 4,
            indirect_bytes: 0,
            indirect_blocks: 0,
        },
    ];
    assert_eq!(kinds.leaders(), expected);
    assert_eq!(kinds.leader(0), Some(3));
    assert_eq!(kinds.total(&graph, DefinitelyLost), (2, 24));
    assert_eq!(kinds.total(&graph, IndirectlyLost), (3, 7));
}

#[test]
fn the_first_block_of_a_lost_cycle_is_to_blame() {
    let edges = [(2, 1, START), (1, 0, START), (0, 2, START), (1, 1, START)];
    let kinds = Kinds::of(&graph(&[1, 2, 4], &edges, &[]));
    assert_eq!(kinds.leaders().len(), 1);
    assert_eq!(kinds.led_by(0).map(|leader| leader.indirect_bytes), Some(6));
}

/// 0 and 1 are a cycle, and 2 leads into it at 1. Valgrind 3.19 says of such a program that 0 and
/// 2 are definitely lost, 2 with nothing indirectly; if 2 led to 0, it says that only 2 is.
#[test]
fn a_cycle_is_lost_as_a_whole_unless_memchecks_verdict_is_wanted() {
    let sizes = [40, 56, 72];
    let at_second = graph(&sizes, &[(0, 1, START), (1, 0, START), (2, 1, START)], &[]);
    let at_first = graph(&sizes, &[(0, 1, START), (1, 0, START), (2, 0, START)], &[]);
    let leaders = |graph: &Graph, cycles| {
        let kinds = Kinds::with_cycles(graph, cycles);
        let all = kinds.leaders().iter();
        all.map(|leader| (leader.node, leader.indirect_bytes))
            .collect::<Vec<_>>()
    };
    assert_eq!(leaders(&at_second, Cycles::AsMemcheck), [(0, 56), (2, 0)]);
    assert_eq!(leaders(&at_second, Cycles::Whole), [(2, 96)]);
    assert_eq!(leaders(&at_first, Cycles::AsMemcheck), [(2, 96)]);
    assert_eq!(leaders(&at_first, Cycles::Whole), [(2, 96)]);
}
