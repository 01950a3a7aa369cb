//! Our stacks beside those of glibc's `backtrace`.

use crate::notebook::{Notebook, fresh_stacks};
use std::hint::black_box;
use tenure_record::stack::{ThreadStacks, here};

unsafe extern "C" {
    fn backtrace(buffer: *mut usize, size: i32) -> i32;
}

const COMPARISONS: usize = 30_000;

struct Bench {
    notebook: &'static Notebook,
    stacks: Box<ThreadStacks>,
    compared: usize,
}

#[inline(never)]
fn compare(bench: &mut Bench) {
    let mut theirs = [0usize; 300];
    // SAFETY: the buffer is as long as said.
    let count = unsafe { backtrace(theirs.as_mut_ptr(), 300) } as usize;
    let captured = bench.notebook.capture(&mut bench.stacks, &here());
    let ours = bench.notebook.addresses(captured.node);
    assert!(!captured.truncated, "{ours:x?} {:x?}", &theirs[..count]);
    assert_eq!(&ours[1..], &theirs[1..count]);
    bench.compared += 1;
}

#[inline(never)]
fn recurse(bench: &mut Bench, depth: u32, seed: &mut u64) {
    let local = black_box([depth; 5]);
    for _ in 0..2 {
        if bench.compared >= COMPARISONS {
            return;
        }
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        match *seed >> 61 {
            0..4 if depth > 0 => recurse(bench, depth - 1, seed),
            4 if depth > 0 => other(bench, depth - 1, seed),
            _ => compare(bench),
        }
    }
    black_box(local);
}

#[inline(never)]
fn other(bench: &mut Bench, depth: u32, seed: &mut u64) {
    let local = vec![depth; 9];
    recurse(bench, depth, seed);
    black_box(local);
}

#[test]
fn random_call_trees_are_told_as_glibc_tells_them() {
    let mut bench = Bench {
        notebook: Notebook::new(4 << 20),
        stacks: fresh_stacks(),
        compared: 0,
    };
    let mut seed = 1;
    while bench.compared < COMPARISONS {
        recurse(&mut bench, 60, &mut seed);
    }
}
