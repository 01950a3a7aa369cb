//! `tenure bundle`: a record that carries its symbols.

use crate::failure::{DONE, Failure, INPUT, USAGE};
use crate::record::{self, Depth, Loader, RecordWriter, Recording};
use crate::screen;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use tenure_model::profile::{Frame, Names};
use tenure_trace::container::Tag;

/// Write a record that carries the names of its functions, to be read elsewhere
///
/// A record holds addresses; their names, files and lines are looked up in the programs and
/// libraries when it is read. A bundle carries them: it reads the same on a machine that has none
/// of the files, and after they were replaced.
///
/// Exit codes: 0 done; 2 wrong arguments, or the bundle cannot be written; 3 the record cannot be
/// read, or holds no call stacks. What is torn or damaged is left out of the bundle and told on
/// stderr.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// A record (.tnr), or the folder that a killed `tenure run` has left
    file: PathBuf,
    /// Where the bundle goes [default: FILE with .bundle.tnr at its end]; may be FILE itself
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Example:
  tenure bundle tenure.app.4711.tnr
  scp tenure.app.4711.bundle.tnr elsewhere:

Symbols come from, in this order, and only from files whose build-id is the recorded one:
  the program or library itself; what its .gnu_debuglink names, beside it, in .debug/ and in
  /usr/lib/debug; /usr/lib/debug/.build-id. What was found is kept in
  $XDG_CACHE_HOME/tenure/symbols (else ~/.cache), at most 256 MiB.";

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let mut recording = record::read_each(&arguments.file)?;
    if recording.sites.sites.is_empty() {
        return Err(Failure::new(INPUT, record::no_stacks(&arguments.file)));
    }
    // Their names go where those of functions go.
    record::name_heaps(&mut recording);
    let output = match &arguments.output {
        Some(output) => output.clone(),
        None => beside(&arguments.file),
    };
    write(&arguments.file, &recording, &output)?;
    let (named, all) = named_of(&recording);
    screen::print(&format!(
        "{}: {named} of {all} frames have names\n",
        output.display()
    ))?;
    Ok(DONE)
}

/// `a.tnr` gives `a.bundle.tnr`, and so does the folder `a.tnr.run`.
fn beside(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".run").unwrap_or(&name);
    let stem = stem.strip_suffix(".tnr").unwrap_or(stem);
    file.with_file_name(format!("{stem}.bundle.tnr"))
}

fn write(file: &Path, recording: &Recording, output: &Path) -> Result<(), Failure> {
    let shown = output.display();
    let unwritten = |error: io::Error| {
        Failure::new(
            USAGE,
            format!("{shown}: {error}; name a place that can be written with -o"),
        )
    };
    let unread = |error: io::Error| Failure::new(INPUT, format!("{}: {error}", file.display()));
    let mut target = RecordWriter::create(output).map_err(unwritten)?;
    if file.is_dir() {
        if let Some(run) = &recording.profile.run {
            target
                .section(Tag::META, &record::to_json(run))
                .map_err(unwritten)?;
        }
        // What cannot be read was told when the record was.
        let mut loader = Loader::new(Depth::Sites);
        record::collect(file, Some(&mut target), &mut loader).map_err(unwritten)?;
    } else if record::is_container(file).map_err(unread)? {
        record::copy_sections(file, &mut target).map_err(unwritten)?;
    } else {
        let why = "a state file alone is no record; name the folder that it is in";
        return Err(Failure::new(USAGE, format!("{}: {why}", file.display())));
    }
    // Names and numbers always have a JSON form.
    let symbols = serde_json::to_vec(&recording.symbols).unwrap_or_default();
    target.section(Tag::SYMS, &symbols).map_err(unwritten)?;
    target.finish().map_err(unwritten)
}

/// How many of the frames in code have a name, and how many there are.
fn named_of(recording: &Recording) -> (usize, usize) {
    let names = Names::new(&recording.sites, &recording.symbols);
    let frames = recording.sites.stacks.nodes().map(|node| node.1);
    let is_code = |id: &_| matches!(recording.sites.frame(*id), Frame::Code { .. });
    let code: BTreeSet<_> = frames.filter(is_code).collect();
    let named = code
        .iter()
        .filter(|id| names.frame(**id).iter().any(|frame| frame.is_named));
    (named.count(), code.len())
}

#[cfg(test)]
mod tests {
    //! Where a bundle goes when nobody says.

    use super::beside;
    use std::path::Path;

    #[test]
    fn a_bundle_stands_beside_its_record() {
        let of = |file: &str| beside(Path::new(file));
        assert_eq!(of("/a/b.tnr"), Path::new("/a/b.bundle.tnr"));
        assert_eq!(of("b"), Path::new("b.bundle.tnr"));
        assert_eq!(of("c/b.tnr.run/"), Path::new("c/b.bundle.tnr"));
    }
}
