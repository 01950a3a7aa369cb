//! `tenure export`: a record in the format of another tool.

use crate::failure::{DONE, Failure, USAGE};
use crate::{record, screen};
use clap::ValueEnum;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write, stdout};
use std::path::{Path, PathBuf};
use std::process;
use tenure_formats::export::{self, ExportError, Format, Sheet};
use tenure_model::profile::Names;

/// Write a record in the format of another tool
///
/// Totals are those of the record, to the byte. What a format has no place for is told on stderr.
///
/// Exit codes: 0 done; 2 wrong arguments, a choice that the format does not have, or the file
/// cannot be written; 3 the record cannot be read, or holds no call stacks.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// A record (.tnr), a state file, or the folder that a killed `tenure run` has left
    file: PathBuf,
    /// The format
    #[arg(long, value_name = "FORMAT")]
    to: To,
    /// Where it goes [default: stdout]; a name that ends in .gz is gzipped
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
    /// The figure, where the format has one (folded), or the one shown first (pprof, speedscope)
    #[arg(long, value_name = "FIGURE")]
    by: Option<By>,
}

const AFTER_HELP: &str = "\
Examples:
  tenure export app.tnr --to pprof -o app.pb.gz && go tool pprof -http=: app.pb.gz
  tenure export app.tnr --to folded --by allocated | flamegraph.pl > app.svg
  tenure export app.tnr --to heaptrack -o app.heaptrack.gz && heaptrack_print app.heaptrack.gz
  tenure export app.tnr --to firefox -o app.json.gz, then load it at profiler.firefox.com";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum To {
    /// profile.proto, gzipped, for `go tool pprof`: allocated and live
    Pprof,
    /// A line for each stack, for flamegraph.pl and inferno: one figure
    Folded,
    /// massif.out, for ms_print: bytes over time, at the peak, at the end
    Massif,
    /// heaptrack's text, for heaptrack_print: allocations, at the peak, at the end
    Heaptrack,
    /// DHAT's JSON, for dh_view.html: allocated, at the peak, at the end, lifetimes
    Dhat,
    /// Speedscope's JSON: live, peak, allocated, count
    Speedscope,
    /// The Firefox Profiler's JSON: allocated, retained, bytes over time
    Firefox,
    /// jemalloc's heap_v2, for jeprof: allocated and live, by address
    Jeprof,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum By {
    /// Bytes live at exit
    Live,
    /// Bytes live when those of the process were highest
    Peak,
    /// Bytes asked for over the whole run
    Allocated,
    /// Number of allocations
    Count,
}

impl To {
    fn format(self) -> Format {
        match self {
            Self::Pprof => Format::Pprof,
            Self::Folded => Format::Folded,
            Self::Massif => Format::Massif,
            Self::Heaptrack => Format::Heaptrack,
            Self::Dhat => Format::Dhat,
            Self::Speedscope => Format::Speedscope,
            Self::Firefox => Format::Firefox,
            Self::Jeprof => Format::Jeprof,
        }
    }
}

impl By {
    fn figure(self) -> export::By {
        match self {
            Self::Live => export::By::Live,
            Self::Peak => export::By::Peak,
            Self::Allocated => export::By::Allocated,
            Self::Count => export::By::Count,
        }
    }
}

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let format = arguments.to.format();
    let by = arguments.by.map(By::figure);
    if arguments.output.is_none() && !format.is_text() && stdout().is_terminal() {
        let why = "pprof is not text and would spoil the terminal; name a file with -o";
        return Err(Failure::new(USAGE, why));
    }
    let recording = record::read_named(&arguments.file)?;
    let names = Names::new(&recording.sites, &recording.symbols);
    let sheet = Sheet::of(&names, recording.profile.run.as_ref());
    let written = match &arguments.output {
        None => to_stdout(&sheet, format, by),
        Some(path) => to_file(path, &sheet, format, by),
    };
    let place = match &arguments.output {
        None => "stdout".to_owned(),
        Some(path) => path.display().to_string(),
    };
    let notes = written.map_err(|error| match error {
        ExportError::Refused(refusal) => Failure::new(USAGE, refusal.to_string()),
        ExportError::Sink(error) => Failure::new(
            USAGE,
            format!("{place}: {error}; name a place that can be written with -o"),
        ),
    })?;
    for note in notes {
        screen::complain(&note);
    }
    Ok(DONE)
}

/// A reader that has gone away (`tenure export … | head`) is no error.
fn to_stdout(
    sheet: &Sheet,
    format: Format,
    by: Option<export::By>,
) -> Result<Vec<String>, ExportError> {
    let mut sink = BufWriter::new(stdout().lock());
    let written = export::write(sheet, format, by, &mut sink)
        .and_then(|notes| sink.flush().map(|()| notes).map_err(ExportError::Sink));
    match written {
        Err(ExportError::Sink(error)) if error.kind() == ErrorKind::BrokenPipe => {
            // What is left in the buffer has nowhere to go.
            let _ = sink.into_parts();
            Ok(Vec::new())
        }
        written => written,
    }
}

/// Writes under another name first, so that the file is there whole or not at all.
fn to_file(
    path: &Path,
    sheet: &Sheet,
    format: Format,
    by: Option<export::By>,
) -> Result<Vec<String>, ExportError> {
    // A pipe or device takes the bytes as they come.
    let is_special = fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
    let target = match is_special {
        true => path.to_owned(),
        false => temporary(path)?,
    };
    let written = write(&target, path, sheet, format, by).and_then(|notes| {
        if !is_special {
            fs::rename(&target, path)?;
        }
        Ok(notes)
    });
    if written.is_err() && !is_special {
        // It may not have been made at all.
        let _ = fs::remove_file(&target);
    }
    written
}

fn write(
    target: &Path,
    path: &Path,
    sheet: &Sheet,
    format: Format,
    by: Option<export::By>,
) -> Result<Vec<String>, ExportError> {
    let mut sink = BufWriter::new(File::create(target)?);
    let is_packed = path.extension().is_some_and(|extension| extension == "gz");
    let notes = match is_packed {
        true => export::write_gzipped(sheet, format, by, &mut sink)?,
        false => export::write(sheet, format, by, &mut sink)?,
    };
    sink.flush()?;
    Ok(notes)
}

fn temporary(path: &Path) -> io::Result<PathBuf> {
    let mut name = OsString::from(".");
    name.push(path.file_name().ok_or(ErrorKind::InvalidFilename)?);
    name.push(format!(".{}", process::id()));
    Ok(path.with_file_name(name))
}

#[cfg(test)]
mod tests {
    //! The words of the command line are those of the formats.

    use super::*;

    #[test]
    fn every_format_and_figure_has_its_word() {
        let word = |value: Option<clap::builder::PossibleValue>| {
            value.expect("not skipped").get_name().to_owned()
        };
        let formats = To::value_variants().iter();
        let formats = formats.map(|to| (word(to.to_possible_value()), to.format()));
        let expected = Format::ALL.map(|format| (format.word().to_owned(), format));
        assert_eq!(formats.collect::<Vec<_>>(), expected);
        let figures = By::value_variants().iter();
        let figures = figures.map(|by| (word(by.to_possible_value()), by.figure()));
        let expected = export::By::ALL.map(|by| (by.word().to_owned(), by));
        assert_eq!(figures.collect::<Vec<_>>(), expected);
    }
}
