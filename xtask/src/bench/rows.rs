//! A row of the tables: a load of the binaries, or a real program.

use super::binaries::Contestant;
use super::options::Options;
use super::programs::Program;

/// The name of all sets together.
pub(super) const ALL_SETS: &str = "all";

/// The set of the real programs.
pub(super) const REAL: &str = "real";

/// The sets, in the order of the tables.
pub(super) const SETS: [&str; 3] = ["micro", "suite", REAL];

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    /// The set whose mean it counts in.
    pub(super) set: String,
    /// Whether its instructions can be counted.
    pub(super) countable: bool,
    pub(super) about: String,
    pub(super) work: Work,
}

/// What is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// A load of the contestant's binary, with so many operations.
    Load(u64),
    /// A program with the contestant's library.
    Program(Program),
}

/// Asks a binary for its loads.
pub(super) fn list(contestant: &Contestant) -> Result<Vec<Row>, String> {
    let command = contestant.load_command(&[]);
    let mut command = command.ok_or_else(|| format!("{} has no binary", contestant.name))?;
    let output = command.arg("list").output();
    let output = output.map_err(|error| format!("{} cannot be run: {error}", contestant.name))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let rows: Option<Vec<Row>> = text.lines().map(parse).collect();
    rows.ok_or_else(|| format!("{} lists no loads: {text}", contestant.name))
}

/// Parses `name set operations countable about…`.
pub(super) fn parse(line: &str) -> Option<Row> {
    let mut parts = line.splitn(5, ' ');
    Some(Row {
        name: parts.next()?.to_owned(),
        set: parts.next()?.to_owned(),
        work: Work::Load(parts.next()?.parse().ok()?),
        countable: parts.next()? == "countable",
        about: parts.next()?.to_owned(),
    })
}

/// The rows that the user asked for, by name and set; or an error that names what there is.
pub(super) fn chosen(rows: Vec<Row>, options: &Options) -> Result<Vec<Row>, String> {
    let stranger = options
        .loads
        .iter()
        .find(|name| rows.iter().all(|row| row.name != **name));
    if let Some(stranger) = stranger {
        let known: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        return Err(format!(
            "there is no load `{stranger}`; there are {}",
            known.join(", ")
        ));
    }
    let wanted = |row: &Row| {
        let named = options.loads.is_empty() || options.loads.contains(&row.name);
        named && options.wants(&row.set)
    };
    let chosen: Vec<Row> = rows.into_iter().filter(wanted).collect();
    if chosen.is_empty() {
        return Err("none of these loads is in that set".into());
    }
    Ok(chosen)
}
