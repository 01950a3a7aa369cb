//! What the user asked for on the command line.

use std::path::PathBuf;

use super::loads::LOADS;

/// What `bench return` accepts.
pub(super) const USAGE: &str = "\
bench return [OPTION…] memory given back, wasted and misused, beside rivals
      --rounds N             runs of each load and rival (3)
      --only A,B             only these loads
      --rivals A,B           only these rivals
      --also NAME=FILE       one more library to preload; may be given again
      --write                put the tables into bench/RESULTS.md";

/// A parsed command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) rounds: usize,
    /// Empty: all of them.
    pub(super) only: Vec<String>,
    /// Empty: all of them.
    pub(super) rivals: Vec<String>,
    pub(super) also: Vec<(String, PathBuf)>,
    pub(super) write: bool,
    /// The arguments as they were given.
    given: String,
}

impl Options {
    /// Parses what follows `bench return`.
    pub(super) fn parse(args: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            rounds: 3,
            only: Vec::new(),
            rivals: Vec::new(),
            also: Vec::new(),
            write: false,
            given: args.join(" "),
        };
        let mut args = args.iter();
        while let Some(&arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
            match arg {
                "--rounds" => {
                    let rounds = value()?;
                    let parsed = rounds.parse().ok().filter(|&rounds| rounds > 0);
                    options.rounds =
                        parsed.ok_or_else(|| format!("`{rounds}` is no number of rounds"))?;
                }
                "--only" => options.only = names(value()?),
                "--rivals" => options.rivals = names(value()?),
                "--also" => {
                    let value = value()?;
                    let pair = value.split_once('=').filter(|(name, _)| !name.is_empty());
                    let (name, file) = pair.ok_or_else(|| format!("`{value}` is no NAME=FILE"))?;
                    options.also.push((name.to_owned(), PathBuf::from(file)));
                }
                "--write" => options.write = true,
                _ => return Err(format!("`{arg}` is no option\n{USAGE}")),
            }
        }
        let is_known = |name: &&String| LOADS.iter().all(|load| load.name != **name);
        if let Some(stranger) = options.only.iter().find(is_known) {
            let known: Vec<&str> = LOADS.iter().map(|load| load.name).collect();
            let known = known.join(", ");
            return Err(format!("there is no load `{stranger}`; there are {known}"));
        }
        Ok(options)
    }

    /// The command that does the same again.
    pub(super) fn command(&self) -> String {
        format!("cargo xtask bench return {}", self.given)
            .trim_end()
            .to_owned()
    }
}

fn names(list: &str) -> Vec<String> {
    list.split(',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}
