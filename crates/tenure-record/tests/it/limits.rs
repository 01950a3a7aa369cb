//! Stacks at the border: deeper than is told, tiny, without tables, led astray.

use crate::comparison::Case;
use crate::notebook::{Notebook, fresh_stacks};
use crate::program::{Program, compile};
use std::ffi::c_void;
use tenure_record::stack::{Captured, ThreadStacks, here};

const OPTIONS: &[&str] = &["-O2", "-fomit-frame-pointer", "-fno-optimize-sibling-calls"];

#[test]
fn a_stack_that_is_too_deep_loses_its_outermost_frames() {
    let program = Program::load(&compile("signals.c", OPTIONS));
    let mut case = Case::new(1 << 20);
    for kind in [0, 1] {
        let mut nodes = Vec::new();
        for depth in (150..300)
            .chain((200..260).rev())
            .chain([1000, 250, 1001, 3000])
        {
            case.run(&program, "run_deep", kind, depth);
            let Captured {
                node, truncated, ..
            } = case.last_captured;
            assert!(!truncated || case.last.len() == 256);
            nodes.push((depth, node));
        }
        for (depth, node) in &nodes {
            let first = nodes.iter().find(|(other, _)| other == depth).unwrap();
            assert_eq!(first.1, *node, "depth {depth}");
        }
        assert!(case.last_captured.truncated);
    }
}

/// Captures only: other unwinders need more room than the threads have.
struct Alone {
    notebook: &'static Notebook,
    stacks: Box<ThreadStacks>,
    captured: Vec<Captured>,
}

unsafe extern "C-unwind" fn capture_alone(alone: *mut c_void) {
    // SAFETY: given by the tests below, which wait.
    let alone = unsafe { &mut *alone.cast::<Alone>() };
    alone
        .captured
        .push(alone.notebook.capture(&mut alone.stacks, &here()));
}

fn alone(name: &str, number: u64, count: i64) -> Alone {
    let program = Program::load(&compile("signals.c", OPTIONS));
    let notebook = Notebook::new(10_000);
    let captured = Vec::with_capacity(1000);
    let mut alone = Alone {
        notebook,
        stacks: fresh_stacks(),
        captured,
    };
    // SAFETY: the program calls the probe with this value, before it returns.
    let status =
        unsafe { program.entry(name)(capture_alone, (&raw mut alone).cast(), number, count) };
    assert_eq!(status, 0);
    assert_eq!(alone.captured.len(), count as usize);
    alone
}

#[test]
fn threads_with_the_smallest_stacks() {
    // Unoptimised code needs more room for the same.
    let bytes = if cfg!(debug_assertions) {
        128 << 10
    } else {
        16 << 10
    };
    let alone = alone("run_threads", bytes, 50);
    for captured in &alone.captured {
        assert!(!captured.truncated);
        assert_eq!(captured.node, alone.captured[0].node);
    }
    assert!(alone.notebook.addresses(alone.captured[0].node).len() >= 3);
}

#[test]
fn threads_are_compared_too() {
    let program = Program::load(&compile("signals.c", OPTIONS));
    let mut case = Case::new(10_000);
    case.run(&program, "run_threads", 1 << 20, 100);
    assert_eq!(case.compared, 100);
}

#[test]
fn without_a_table_rubbish_in_the_frame_pointer_ends_the_stack() {
    let local = 0u64;
    let stack = (&raw const local).addr();
    let rubbish = [
        0,
        1,
        7,
        4096,
        stack + 4,
        1 << 47,
        usize::MAX,
        usize::MAX - 7,
        1 << 63,
    ];
    for fp in rubbish {
        let alone = alone("run_without_table", fp as u64, 3);
        for captured in &alone.captured {
            assert!(captured.truncated, "{fp:x}");
            // The probe, and the code that no table describes.
            assert!(alone.notebook.addresses(captured.node).len() >= 2);
        }
    }
}

#[test]
fn a_frame_that_only_all_registers_can_leave() {
    let program = Program::load(&compile("signals.c", OPTIONS));
    let mut case = Case::new(10_000);
    // framehop knows no such frames.
    case.framehop_each = usize::MAX;
    case.run(&program, "run_by_register", 11, 300);
    assert_eq!(case.compared, 300);
    assert!(!case.last_captured.truncated);
}
