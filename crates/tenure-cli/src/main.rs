//! The tenure command: parse, do, say how it went.
#![forbid(unsafe_code)]

mod command_line;
mod failure;
mod library;
mod log_source;
mod look;
mod mount;
mod own_process;
mod place;
mod program;
mod progress;
mod record;
mod recording;
mod screen;
mod supervisor;
mod suppressing;
mod verb;

use clap::Parser;
use command_line::CommandLine;
use std::process::ExitCode;

fn main() -> ExitCode {
    match CommandLine::parse().verb.perform() {
        Ok(code) => code.into(),
        Err(failure) => {
            screen::complain(&failure.message);
            failure.code.into()
        }
    }
}
