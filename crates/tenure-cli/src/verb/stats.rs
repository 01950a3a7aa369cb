//! `tenure stats`: what a record says.

use crate::failure::{DONE, Failure};
use crate::record::{self, Recording};
use crate::screen;
use std::io::stdout;
use std::path::PathBuf;
use tenure_report::{fragmentation, stats, summary};

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
    let recording = record::read(&arguments.file)?;
    let profile = &recording.profile;
    for loss in &profile.losses {
        screen::complain(&format!("{}: {loss}", arguments.file.display()));
    }
    let text = match arguments.json {
        true => stats::json(profile),
        false => shown(&recording),
    };
    screen::print(&text)?;
    Ok(DONE)
}

/// The summary, and what the heap held that held most when its process left.
fn shown(recording: &Recording) -> String {
    let style = screen::style_of(&stdout());
    let mut text = summary::text(&recording.profile, style, summary::Detail::Full);
    let held = recording.fragmentation(None);
    if let Some(largest) = held.processes.first() {
        text.push('\n');
        text.push_str(&fragmentation::of_process(
            largest,
            held.processes.len(),
            style,
        ));
    }
    text
}
