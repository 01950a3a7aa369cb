//! `tenure gclog diff`: two logs side by side.

use super::gates;
use crate::failure::Failure;
use crate::{log_source, screen};
use std::io::stdout;
use std::path::PathBuf;
use tenure_model::timeline::Gate;
use tenure_report::gclog;

/// Compare two logs: figures side by side, and whether the difference is more than chance
///
/// Exit codes: 0 done; 1 a gate does not hold; 2 wrong arguments; 3 no event in a log.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The log before
    first: PathBuf,
    /// The log after
    second: PathBuf,
    /// Print JSON, schema gclog-diff/1
    #[arg(long)]
    json: bool,
    /// Exit with 1 if this is so: `p99:+10%` for a change, `p99>50ms` for the second log
    #[arg(long, value_name = "GATE")]
    fail_on: Vec<Gate>,
}

pub(super) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let first = log_source::read(std::slice::from_ref(&arguments.first))?;
    let second = log_source::read(std::slice::from_ref(&arguments.second))?;
    let (from, to) = (
        arguments.first.to_string_lossy(),
        arguments.second.to_string_lossy(),
    );
    let text = match arguments.json {
        true => gclog::diff_json(&first, &second),
        false => gclog::diff_text(&first, &second, (&from, &to), screen::style_of(&stdout())),
    };
    screen::print(&text)?;
    gates::judge(&arguments.fail_on, |gate| {
        gate.judge_change(&first, &second)
    })
}
