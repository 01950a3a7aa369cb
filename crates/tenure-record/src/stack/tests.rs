//! Registers that are those of no frame, and what a thread remembers between captures.

use super::trie::Trie;
use super::*;
use std::alloc::{Layout, alloc_zeroed};
use std::boxed::Box;
use std::hint::black_box;
use std::vec::Vec;
use trie_tests::Fixed;

use super::trie::tests as trie_tests;

fn fresh() -> Box<ThreadStacks> {
    // SAFETY: all-zero bytes are a valid value; the layout is the box's own.
    unsafe { Box::from_raw(alloc_zeroed(Layout::new::<ThreadStacks>()).cast()) }
}

#[test]
fn rubbish_in_the_registers_gives_a_truncated_stack_and_no_fault() {
    let (modules, trie) = (Modules::new(), Trie::new(Fixed::new(100_000)));
    let mut stacks = fresh();
    let good = here();
    let local = [0usize; 64];
    let words = [
        0,
        1,
        8,
        4096,
        usize::MAX,
        usize::MAX - 7,
        1 << 47,
        1 << 63,
        (&raw const modules).addr(),
        (&raw const local).addr(),
        good.sp,
        good.sp + 4,
        good.fp,
        fresh as *const () as usize,
        good.pc,
    ];
    let mut truncated = 0;
    for pc in words {
        for sp in words {
            for fp in words {
                let captured = stacks.capture(&Registers { pc, sp, fp }, &modules, &trie);
                truncated += usize::from(captured.truncated);
                stacks.memo.check();
            }
        }
    }
    assert!(truncated > words.len().pow(3) * 9 / 10, "{truncated}");
    assert!(!stacks.capture(&here(), &modules, &trie).truncated);
}

#[test]
fn random_registers_do_not_disturb_the_capture_after_them() {
    let (modules, trie) = (Modules::new(), Trie::new(Fixed::new(1_000_000)));
    let mut stacks = fresh();
    let good = here();
    let node = stacks.capture(&good, &modules, &trie).node;
    let mut seed = 1u64;
    let mut random = || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 20) as usize
    };
    for _ in 0..20_000 {
        // Places in code and on the stack, near what is real.
        let pc = good.pc + random() % 65_536;
        let (sp, fp) = (good.sp + random() % 4096, good.sp + random() % 8192);
        let align = if random() % 2 == 0 { !7 } else { !0 };
        let from = Registers {
            pc,
            sp: sp & align,
            fp: fp & align,
        };
        black_box(stacks.capture(&from, &modules, &trie));
        stacks.memo.check();
        assert_eq!(stacks.capture(&good, &modules, &trie).node, node);
    }
}

#[inline(never)]
fn nest(depth: usize, leaf: &mut dyn FnMut()) {
    if depth == 0 {
        leaf();
    } else {
        nest(depth - 1, leaf);
    }
    black_box(depth);
}

#[test]
fn the_remembered_stack_is_what_was_captured() {
    let (modules, trie) = (Modules::new(), Trie::new(Fixed::new(100_000)));
    let mut stacks = fresh();
    let mut nodes = Vec::new();
    for depth in (0..40).chain((0..40).rev()).chain([3, 39, 0, 20]) {
        nest(depth, &mut || {
            let captured = stacks.capture(&here(), &modules, &trie);
            assert!(!captured.truncated);
            assert!(captured.frame_address > captured.sp);
            stacks.memo.check();
            nodes.push((depth, captured.node));
        });
    }
    for (depth, node) in &nodes {
        let first = nodes.iter().find(|(other, _)| other == depth).unwrap();
        assert_eq!(first.1, *node, "depth {depth}");
    }
}

#[test]
fn a_new_epoch_drops_rules_and_the_remembered_stack() {
    let (modules, trie) = (Modules::new(), Trie::new(Fixed::new(100_000)));
    let mut stacks = fresh();
    let from = here();
    let nodes = [false, false, true, false].map(|is_changed| {
        if is_changed {
            modules.changed();
        }
        stacks.capture(&from, &modules, &trie).node
    });
    assert_eq!(modules.epoch(), 2);
    assert_eq!(stacks.epoch, 2);
    assert!(nodes.iter().all(|node| *node == nodes[0]), "{nodes:?}");
}

#[test]
fn without_room_there_is_no_stack() {
    let (modules, trie) = (Modules::new(), Trie::new(Fixed::new(4)));
    let mut stacks = fresh();
    let captured = stacks.capture(&here(), &modules, &trie);
    assert_eq!((captured.node, captured.truncated), (0, true));
    assert_eq!(stacks.memo.all().len(), 0);
}
