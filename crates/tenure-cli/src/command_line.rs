//! The table of verbs and flags, from which parser, help, man pages and completions come.

use crate::failure::Failure;
use crate::verb::{
    bundle, completions, diff, explain, export, flame, fragmentation, gclog, holders, leaks, lib,
    man, report, run, stats, top,
};
use clap::{Parser, Subcommand};

/// See who holds the memory of a program, and for how long.
///
/// `tenure run -- PROGRAM` runs any dynamically linked program unchanged on Tenure's malloc,
/// records what it does with its memory, and prints a summary. Records survive whatever kills
/// the program, and are read again by `tenure stats` (by size class) and `tenure top` (by call
/// stack).
#[derive(Debug, Parser)]
#[command(
    name = "tenure",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Run(run::Arguments),
    Stats(stats::Arguments),
    Top(top::Arguments),
    Holders(holders::Arguments),
    Leaks(leaks::Arguments),
    Fragmentation(fragmentation::Arguments),
    Flame(flame::Arguments),
    Report(report::Arguments),
    Diff(diff::Arguments),
    Export(export::Arguments),
    Bundle(bundle::Arguments),
    Gclog(gclog::Arguments),
    Lib(lib::Arguments),
    Explain(explain::Arguments),
    #[command(hide = true)]
    Man(man::Arguments),
    #[command(hide = true)]
    Completions(completions::Arguments),
}

impl Verb {
    /// Does what was asked; gives the exit code.
    pub(crate) fn perform(self) -> Result<u8, Failure> {
        match self {
            Self::Run(arguments) => run::perform(arguments),
            Self::Stats(arguments) => stats::perform(&arguments),
            Self::Top(arguments) => top::perform(&arguments),
            Self::Holders(arguments) => holders::perform(&arguments),
            Self::Leaks(arguments) => leaks::perform(&arguments),
            Self::Fragmentation(arguments) => fragmentation::perform(&arguments),
            Self::Flame(arguments) => flame::perform(&arguments),
            Self::Report(arguments) => report::perform(&arguments),
            Self::Diff(arguments) => diff::perform(&arguments),
            Self::Export(arguments) => export::perform(&arguments),
            Self::Bundle(arguments) => bundle::perform(&arguments),
            Self::Gclog(arguments) => gclog::perform(&arguments),
            Self::Lib(arguments) => lib::perform(&arguments),
            Self::Explain(arguments) => explain::perform(&arguments),
            Self::Man(arguments) => man::perform(&arguments),
            Self::Completions(arguments) => completions::perform(&arguments),
        }
    }
}

#[cfg(test)]
mod tests {
    //! The table is consistent.

    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_table_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn what_follows_the_program_is_the_programs() {
        let words = [
            "tenure", "run", "-o", "a.tnr", "python3", "-o", "b", "--quiet",
        ];
        let Verb::Run(arguments) = CommandLine::parse_from(words).verb else {
            panic!("run")
        };
        assert_eq!(arguments.command, ["python3", "-o", "b", "--quiet"]);
        assert!(!arguments.quiet);
        let words = ["tenure", "run", "--", "python3", "--", "x"];
        let Verb::Run(arguments) = CommandLine::parse_from(words).verb else {
            panic!("run")
        };
        assert_eq!(arguments.command, ["python3", "--", "x"]);
    }
}
