//! Runs a program and prints what it cost, in the form of a load: `1 cpu_nanoseconds
//! peak_resident_bytes`, the program's children included.
//!
//! It is small on purpose: a child begins with the peak of whoever started it. The library named by
//! `BENCH_PRELOAD` is preloaded into the program and not into this.
use std::env;
use std::mem::MaybeUninit;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

fn main() -> ExitCode {
    let mut args = env::args_os().skip(1);
    let Some(program) = args.next() else {
        eprintln!("usage: launch PROGRAM ARGS");
        return ExitCode::from(2);
    };
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command.env_remove("LD_PRELOAD").env_remove("BENCH_PRELOAD");
    if let Some(library) = env::var_os("BENCH_PRELOAD") {
        command.env("LD_PRELOAD", library);
    }
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => {
            eprintln!("the program ended with {status}");
            return ExitCode::FAILURE;
        }
        Err(error) => {
            eprintln!("the program cannot be started: {error}");
            return ExitCode::FAILURE;
        }
    }
    let (cpu, peak_bytes) = cost_of_children();
    println!("1 {} {peak_bytes}", cpu.as_nanos());
    ExitCode::SUCCESS
}

/// Processor time of all children that were waited for, and of theirs; the largest peak of one.
fn cost_of_children() -> (Duration, u64) {
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: `usage` has room for what the call writes.
    let result = unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr()) };
    assert_eq!(result, 0, "Linux keeps accounts of children");
    // SAFETY: a call that succeeds has written all of it.
    let usage = unsafe { usage.assume_init() };
    let peak_kib = u64::try_from(usage.ru_maxrss).unwrap_or_default();
    (time(usage.ru_utime) + time(usage.ru_stime), peak_kib * 1024)
}

fn time(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let micros = u64::try_from(time.tv_usec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}
