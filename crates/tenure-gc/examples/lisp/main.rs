//! A small interpreter whose objects all lie on a collected heap: closures, rings, deep recursion,
//! a weak cache, and ports that are closed when nobody holds them.
//!
//! `cargo run --release -p tenure-gc --example lisp -- [ALLOCATIONS]` runs rounds of
//! `workload.lisp` until so many objects were made, under each kind of collector, and prints the
//! last lines of its log and the percentiles of its pauses.

mod builtins;
mod collectors;
mod fault;
mod machine;
mod reader;
mod value;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Instant;

use builtins::Builtin;
use collectors::Collector;
use fault::Fault;
use machine::{Machine, Ports};
use reader::Names;
use tenure_gc::{Heap, Kind, LogForm, Options, Root};
use value::Value;

type Lisp = Root![Machine<'_>];

/// Lines of each log that are shown.
const LINES_SHOWN: usize = 3;

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1);
    let wanted = wanted.map_or(Ok(10_000_000), |number| number.parse());
    let Ok(allocations) = wanted else {
        eprintln!("usage: lisp [ALLOCATIONS]");
        return ExitCode::from(2);
    };
    let mut sums = Vec::new();
    for collector in collectors::all() {
        match run(&collector, allocations) {
            Ok(sum) => sums.push(sum),
            Err(fault) => {
                eprintln!("{}: {fault}", collector.name);
                return ExitCode::FAILURE;
            }
        }
    }
    if sums.iter().any(|sum| *sum != sums[0]) {
        eprintln!("collectors differ in what the program computes: {sums:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Runs rounds under one collector; what they computed.
fn run(collector: &Collector, allocations: u64) -> Result<i64, Fault> {
    println!("== {}", collector.name);
    let mut names = Names::default();
    machine::name_forms(&mut names);
    let mut heap = heap(collector.options.clone());
    let lines = log(&mut heap);
    let ports = Ports::default();
    load(&mut heap, &mut names, &ports, include_str!("workload.lisp"))?;
    evaluate(&mut heap, &ports)?;
    let begin = Instant::now();
    let (mut rounds, mut sum) = (0_u64, 0_i64);
    while heap.mutate(|_, machine| machine.made) < allocations {
        load(&mut heap, &mut names, &ports, "(round)")?;
        sum = sum
            .wrapping_mul(31)
            .wrapping_add(evaluate(&mut heap, &ports)?);
        rounds += 1;
    }
    let seconds = begin.elapsed().as_secs_f64();
    for line in lines.borrow().iter() {
        println!("{line}");
    }
    let stats = heap.stats();
    let share = stats.pause_ns as f64 / 1e7 / seconds;
    println!("{rounds} rounds in {seconds:.2} s, of it {share:.1} % in pauses; sum {sum:x}");
    heap.collect(Kind::Full).map_err(|_| Fault::Full)?;
    let (opened, closed) = ports.counts();
    println!("{opened} ports opened, {closed} of them closed by the collector");
    if opened.abs_diff(closed) > 1 {
        // The last round's is still held by its variable.
        return Err(Fault::Ports(opened - closed));
    }
    for kind in Kind::ALL {
        let of = heap.pauses().of(kind);
        if of.count() > 0 {
            let [p50, p99, max] =
                [of.percentile_ns(50.0), of.percentile_ns(99.0), of.max_ns()].map(|ns| ns / 1_000);
            let (name, count) = (kind.name(), of.count());
            println!("{name:>10}: {count} pauses, p50 {p50} µs, p99 {p99} µs, longest {max} µs");
        }
    }
    println!();
    Ok(sum)
}

fn heap(options: Options) -> Heap<Lisp> {
    Heap::with_options(options, |mc| Machine::new(mc)).unwrap_or_else(|full| panic!("{full}"))
}

/// Keeps the last lines of the heap's log.
fn log(heap: &mut Heap<Lisp>) -> Rc<RefCell<VecDeque<String>>> {
    let lines = Rc::new(RefCell::new(VecDeque::new()));
    let kept = Rc::clone(&lines);
    heap.set_log(LogForm::Java, move |line| {
        let mut kept = kept.borrow_mut();
        if kept.len() == LINES_SHOWN {
            kept.pop_front();
        }
        kept.push_back(line.to_owned());
    });
    lines
}

/// Reads a text; it is run by `evaluate`.
fn load(heap: &mut Heap<Lisp>, names: &mut Names, ports: &Ports, text: &str) -> Result<(), Fault> {
    heap.mutate_root(|mc, machine| {
        let made = Cell::new(machine.made);
        let maker = machine.maker(mc, &made, ports);
        for (name, builtin) in Builtin::ALL {
            machine.define(names.symbol(name), Value::Builtin(builtin));
        }
        let forms = reader::read(text, names, &maker)?;
        machine.start(forms, &maker);
        machine.made = made.get();
        Ok(())
    })
}

/// Runs what was loaded to its end; its value, if that is a number.
fn evaluate(heap: &mut Heap<Lisp>, ports: &Ports) -> Result<i64, Fault> {
    loop {
        let ended = heap.mutate_root(|mc, machine| {
            machine.run(mc, ports).map(|value| {
                value.map(|value| match value {
                    Value::Int(number) => number,
                    _ => 0,
                })
            })
        })?;
        heap.poll();
        if let Some(number) = ended {
            return Ok(number);
        }
    }
}
