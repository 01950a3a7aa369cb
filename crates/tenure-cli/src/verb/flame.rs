//! `tenure flame`: the call stacks as a picture.

use super::top::By;
use crate::failure::{DONE, Failure, INPUT, USAGE};
use crate::{record, screen};
use std::fs;
use std::path::PathBuf;
use tenure_model::profile::{Key, Names};
use tenure_report::flame;

/// Draw the call stacks as a flame graph (SVG), which zooms and searches in a browser
///
/// The width of a function is what it and the functions that it calls hold or allocate.
///
/// Exit codes: 0 done; 2 wrong arguments, or the picture cannot be written; 3 the record cannot
/// be read, or holds no call stacks.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A record (.tnr), a state file, or the folder that a killed `tenure run` has left
    file: PathBuf,
    /// Where the picture goes [default: stdout]
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
    /// What widths stand for; lifetimes do not add up and have none
    #[arg(long, value_name = "FIGURE", default_value = "live")]
    by: By,
}

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let by = arguments.by.key();
    if by == Key::Lifetime {
        let why = "lifetimes do not add up, so no width can stand for them; --by live, peak, \
                   allocated, count or waste";
        return Err(Failure::new(USAGE, why));
    }
    let recording = record::read_named(&arguments.file)?;
    let names = Names::new(&recording.sites, &recording.symbols);
    let name = arguments.file.display();
    let svg = flame::svg(&names, by, &name.to_string())
        .map_err(|error| Failure::new(INPUT, format!("{name}: {error}; try another --by")))?;
    match &arguments.output {
        None => screen::print(&svg)?,
        Some(output) => fs::write(output, svg).map_err(|error| {
            let output = output.display();
            Failure::new(USAGE, format!("{output}: {error}; name another file"))
        })?,
    }
    Ok(DONE)
}
