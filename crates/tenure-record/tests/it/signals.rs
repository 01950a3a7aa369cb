//! Captures from signal handlers, on either stack, and wherever the program is interrupted.

use crate::comparison::{Case, probe};
use crate::program::{Entry, Probe, Program, compile};
use std::ffi::{c_int, c_void};
use std::sync::{Mutex, PoisonError};

/// Handlers and timers belong to the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

type WithStack = unsafe extern "C-unwind" fn(Probe, *mut c_void, u64, i64, c_int) -> c_int;

fn run(options: &[&str], is_apart: bool) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let program = Program::load(&compile("signals.c", options));
    // SAFETY: this one takes another number.
    let entry = unsafe { std::mem::transmute::<Entry, WithStack>(program.entry("run_signals")) };
    let mut case = Case::new(1 << 20);
    // SAFETY: the program calls the probe with this case, before it returns.
    unsafe {
        entry(
            probe,
            (&raw mut case).cast(),
            3,
            4_000,
            c_int::from(is_apart),
        )
    };
    assert_eq!(case.difference, None);
    assert_eq!(case.compared, 4_000);
}

#[test]
fn handlers_on_the_interrupted_stack() {
    run(&["-O0"], false);
    run(&["-O2", "-fomit-frame-pointer"], false);
}

#[test]
fn handlers_on_a_stack_of_their_own() {
    run(&["-O0"], true);
    run(&["-O2", "-fomit-frame-pointer"], true);
}

#[test]
fn interrupted_wherever_it_is() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for options in [&["-O0"][..], &["-O2", "-fomit-frame-pointer"]] {
        let program = Program::load(&compile("signals.c", options));
        let mut case = Case::new(1 << 20);
        // framehop looks up an interrupted place as if it had been called from.
        case.framehop_each = usize::MAX;
        case.run(&program, "run_ticks", 5, 150);
        assert!(case.compared >= 150);
    }
}
