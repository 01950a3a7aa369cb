//! What the user asked for on the command line.

use super::rows::SETS;

/// What `bench heap` accepts.
pub(super) const USAGE: &str = "\
bench heap [OPTION…]   Tenure's heap beside its rivals; read bench/README.md first
      --rounds N             runs of each load and rival (7)
      --only A,B             only these sets of micro, suite, real
      --loads A,B            only these loads and programs
      --rivals A,B           only these rivals, and the reference
      --quick                a tenth of the operations, to try the harness
      --callgrind            count instructions as well, where valgrind is installed
      --write                put the tables into bench/RESULTS.md";

/// A parsed command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) rounds: usize,
    /// Sets; empty: all of them.
    only: Vec<String>,
    /// Empty: all of them.
    pub(super) loads: Vec<String>,
    /// Empty: all of them.
    pub(super) rivals: Vec<String>,
    pub(super) quick: bool,
    pub(super) callgrind: bool,
    pub(super) write: bool,
    /// The arguments as they were given.
    given: String,
}

impl Options {
    /// Parses what follows `bench heap`.
    pub(super) fn parse(args: &[&str]) -> Result<Options, String> {
        let mut options = Options {
            rounds: 7,
            only: Vec::new(),
            loads: Vec::new(),
            rivals: Vec::new(),
            quick: false,
            callgrind: false,
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
                "--only" => options.only = sets(value()?)?,
                "--loads" => options.loads = names(value()?),
                "--rivals" => options.rivals = names(value()?),
                "--quick" => options.quick = true,
                "--callgrind" => options.callgrind = true,
                "--write" => options.write = true,
                _ => return Err(format!("`{arg}` is no option\n{USAGE}")),
            }
        }
        Ok(options)
    }

    /// Whether rows of this set are wanted.
    pub(super) fn wants(&self, set: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| wanted == set)
    }

    /// The command that does the same again.
    pub(super) fn command(&self) -> String {
        format!("cargo xtask bench heap {}", self.given)
            .trim_end()
            .to_owned()
    }
}

fn sets(list: &str) -> Result<Vec<String>, String> {
    let sets = names(list);
    match sets.iter().find(|set| !SETS.contains(&set.as_str())) {
        Some(stranger) => Err(format!(
            "`{stranger}` is no set; there are {}",
            SETS.join(", ")
        )),
        None => Ok(sets),
    }
}

fn names(list: &str) -> Vec<String> {
    list.split(',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}
