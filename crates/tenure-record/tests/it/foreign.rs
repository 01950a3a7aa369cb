//! C and C++ code of every shape, with and without optimisation and frame pointers.

use crate::comparison::{Case, probe};
use crate::program::{Program, compile};
use std::path::Path;

const UNOPTIMISED: &[&str] = &["-O0"];
const WITHOUT_FP: &[&str] = &["-O2", "-fomit-frame-pointer"];
const WITH_FP: &[&str] = &["-O2", "-fno-omit-frame-pointer"];

/// Runs `name` of `source` under each set of options; framehop sees each fourth stack.
fn compare(source: &str, name: &str, options: &[&[&str]], count: i64) {
    for options in options {
        let program = Program::load(&compile(source, options));
        let mut case = Case::new(3 << 20);
        case.run(&program, name, 7, count);
        assert!(case.compared as i64 >= count, "{}", case.compared);
        assert!(
            case.by_framehop >= case.compared / 5,
            "{}",
            case.by_framehop
        );
    }
}

#[test]
fn c_functions_of_every_shape() {
    for options in [UNOPTIMISED, WITHOUT_FP, WITH_FP] {
        let program = Program::load(&compile("calls.c", options));
        let mut case = Case::new(3 << 20);
        // framehop takes stacks that are aligned by hand for stacks of another shape.
        case.framehop_each = usize::MAX;
        case.run(&program, "run_case", 7, 12_000);
        assert_eq!(case.compared, 12_000);
    }
}

#[test]
fn c_functions_of_most_shapes() {
    let options = [UNOPTIMISED, WITHOUT_FP, WITH_FP].map(|options| {
        options
            .iter()
            .copied()
            .chain(["-DNOT_ALIGNED"])
            .collect::<Vec<_>>()
    });
    compare(
        "calls.c",
        "run_case",
        &options.each_ref().map(Vec::as_slice),
        6_000,
    );
}

#[test]
fn cxx_exceptions_through_captured_frames() {
    compare(
        "exceptions.cpp",
        "run_case",
        &[UNOPTIMISED, WITHOUT_FP],
        12_000,
    );
}

#[test]
fn jumps_over_captured_frames() {
    compare("jumps.c", "run_jumps", &[UNOPTIMISED, WITHOUT_FP], 8_000);
}

#[test]
fn stacks_that_are_switched_and_unmapped() {
    for options in [UNOPTIMISED, WITHOUT_FP] {
        let program = Program::load(&compile("jumps.c", options));
        let mut case = Case::new(3 << 20);
        // framehop goes on, by guessing, where a switched stack ends.
        case.framehop_each = usize::MAX;
        case.run(&program, "run_coroutines", 7, 8_000);
        assert!(case.compared >= 8_000);
    }
}

#[test]
fn a_rule_that_is_wrong_is_caught() {
    let program = Program::load(&compile("calls.c", WITHOUT_FP));
    let mut case = Case::new(1 << 20);
    case.framehop_each = usize::MAX;
    case.run(&program, "run_case", 7, 100);
    // A frame of the program's in the middle of the last stack.
    let pc = case.last[case.last.len() / 3];
    assert!(case.stacks.spoil(pc));
    case.stacks.forget_frames();
    let entry = program.entry("run_case");
    // SAFETY: as in `Case::run`.
    unsafe { entry(probe, (&raw mut case).cast(), 7, 200) };
    assert!(
        case.difference.is_some(),
        "a rule was wrong, and nobody noticed"
    );
}

#[test]
fn libraries_that_come_and_go_at_the_same_address() {
    const ROUNDS: usize = 60;
    let paths = [
        compile("calls.c", &["-O2", "-DNOT_ALIGNED"]),
        compile("calls.c", &["-O0", "-DNOT_ALIGNED"]),
        compile("jumps.c", WITHOUT_FP),
    ];
    let names = ["run_case", "run_case", "run_jumps"];
    let mut case = Case::new(3 << 20);
    case.framehop_each = 50;
    let mut places = std::collections::HashMap::new();
    for round in 0..ROUNDS {
        let (path, name): (&Path, &str) = (&paths[round % 3], names[round % 3]);
        let program = Program::load(path);
        let entry = program.entry(name) as usize;
        places
            .entry(entry >> 16)
            .or_insert_with(Vec::new)
            .push(round % 3);
        case.run(&program, name, round as u64, 60);
        let modules = &case.notebook.modules;
        let last = || {
            let known = case.notebook.register.0.lock().unwrap();
            known
                .iter()
                .rfind(|module| Path::new(&module.path) == path)
                .unwrap()
                .clone()
        };
        let own = last();
        assert!((own.start..own.end).contains(&(entry as u64)), "{own:x?}");
        assert_eq!(own.retired, None);
        program.close();
        modules.changed();
        assert_eq!(last().retired, Some(modules.epoch()));
    }
    // Different code has been at the same place, or this tests nothing.
    let is_shared = |here: &Vec<usize>| here.iter().any(|which| *which != here[0]);
    assert!(places.values().any(is_shared), "{places:x?}");
    assert_eq!(case.compared, ROUNDS * 60);
}
