//! What a process took: time of the processor, and memory at the most.

use std::mem::MaybeUninit;
use std::process::{Command, ExitCode};

/// Prints what this process took: `user_ms A sys_ms B peak_kib C`.
pub(crate) fn of_this_process() {
    print(libc::RUSAGE_SELF);
}

/// Runs a program and prints what it took.
pub(crate) fn of_program(program: &str, args: &[&str]) -> ExitCode {
    match Command::new(program).args(args).status() {
        Ok(status) if status.success() => {
            print(libc::RUSAGE_CHILDREN);
            ExitCode::SUCCESS
        }
        Ok(status) => {
            eprintln!("{program}: {status}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{program}: {error}");
            ExitCode::from(2)
        }
    }
}

fn print(whose: libc::c_int) {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `usage` is room for the answer, and zeros are one.
    let usage = unsafe {
        libc::getrusage(whose, usage.as_mut_ptr());
        usage.assume_init()
    };
    let millis = |time: libc::timeval| time.tv_sec * 1_000 + time.tv_usec / 1_000;
    let (user, system) = (millis(usage.ru_utime), millis(usage.ru_stime));
    println!(
        "user_ms {user} sys_ms {system} peak_kib {}",
        usage.ru_maxrss
    );
}
