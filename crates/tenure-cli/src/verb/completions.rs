//! `tenure completions`: completions for a shell.

use crate::command_line::CommandLine;
use crate::failure::{DONE, Failure};
use crate::screen;
use clap::CommandFactory;
use clap_complete::Shell;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shell they are for
    shell: Shell,
}

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let mut script = Vec::new();
    let mut table = CommandLine::command();
    clap_complete::generate(arguments.shell, &mut table, "tenure", &mut script);
    screen::print(&String::from_utf8_lossy(&script))?;
    Ok(DONE)
}
