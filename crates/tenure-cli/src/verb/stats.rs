//! `tenure stats`: what a record says.

use crate::failure::{DONE, Failure};
use crate::{record, screen};
use std::io::stdout;
use std::path::PathBuf;
use tenure_report::{stats, summary};

/// Show what a record says: every process and size class
///
/// Exit codes: 0 done; 2 wrong arguments; 3 the record cannot be read, or holds nothing. What
/// is torn or damaged is left out and told on stderr; the rest is shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A record (.tnr), a state file, or the folder that a killed `tenure run` has left
    file: PathBuf,
    /// Print JSON, schema stats/1; `tenure explain NAME` tells what a field means
    #[arg(long)]
    json: bool,
}

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let profile = record::read(&arguments.file)?;
    for loss in &profile.losses {
        screen::complain(&format!("{}: {loss}", arguments.file.display()));
    }
    let text = match arguments.json {
        true => stats::json(&profile),
        false => summary::text(&profile, screen::style_of(&stdout()), summary::Detail::Full),
    };
    screen::print(&text)?;
    Ok(DONE)
}
