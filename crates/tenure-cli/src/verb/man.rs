//! `tenure man`: the manual pages.

use crate::command_line::CommandLine;
use crate::failure::{DONE, Failure, USAGE};
use crate::screen;
use clap::CommandFactory;
use clap_mangen::Man;
use std::path::PathBuf;

/// Print the manual page of tenure, or write the pages of all verbs
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Write one page for each verb into this folder
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let mut table = CommandLine::command();
    match &arguments.to {
        Some(folder) => clap_mangen::generate_to(table, folder).map_err(|error| {
            let folder = folder.display();
            Failure::new(
                USAGE,
                format!("{folder}: {error}; name a folder that can be written"),
            )
        })?,
        None => {
            let mut page = Vec::new();
            table.build();
            // Writing to memory does not fail.
            let _ = Man::new(table).render(&mut page);
            screen::print(&String::from_utf8_lossy(&page))?;
        }
    }
    Ok(DONE)
}
