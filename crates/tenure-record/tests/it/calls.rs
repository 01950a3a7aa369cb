//! Rust's own frames: this test's, and the standard library's.

use crate::comparison::{Case, probe};
use std::hint::black_box;

const COMPARISONS: usize = 24_000;

fn look(case: &mut Case) {
    // SAFETY: the probe is done with the case when it returns.
    unsafe { probe(std::ptr::from_mut(case).cast()) };
}

#[inline(never)]
fn recurse(case: &mut Case, depth: u32, seed: &mut u64) {
    let local = black_box([depth; 5]);
    for _ in 0..2 {
        if case.compared >= COMPARISONS {
            return;
        }
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        match *seed >> 60 {
            0..8 if depth > 0 => recurse(case, depth - 1, seed),
            8..10 if depth > 0 => in_order(case, depth - 1, seed),
            10..12 if depth > 0 => by_trait(
                &mut |case: &mut Case, seed: &mut u64| {
                    recurse(case, depth - 1, seed);
                },
                case,
                seed,
            ),
            12 if depth > 0 => panicking(case, depth - 1, seed),
            _ => look(case),
        }
    }
    black_box(local);
}

#[inline(never)]
fn in_order(case: &mut Case, depth: u32, seed: &mut u64) {
    let mut numbers = vec![3, 1, 2];
    let mut is_first = true;
    numbers.sort_by_key(|number| {
        if std::mem::take(&mut is_first) {
            recurse(case, depth, seed);
        }
        *number
    });
    black_box(numbers);
}

#[inline(never)]
fn by_trait(call: &mut dyn FnMut(&mut Case, &mut u64), case: &mut Case, seed: &mut u64) {
    call(case, seed);
    black_box(seed);
}

struct Guard<'a>(&'a mut Case);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        look(self.0);
    }
}

#[inline(never)]
fn panicking(case: &mut Case, depth: u32, seed: &mut u64) {
    recurse(case, depth, seed);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _guard = Guard(case);
        std::panic::resume_unwind(Box::new(0));
    }));
    assert!(caught.is_err());
}

#[test]
fn rust_functions_closures_and_panics() {
    let mut case = Case::new(4 << 20);
    let mut seed = 1;
    while case.compared < COMPARISONS {
        recurse(&mut case, 60, &mut seed);
        assert_eq!(case.difference, None);
    }
}
