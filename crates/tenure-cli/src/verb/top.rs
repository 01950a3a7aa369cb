//! `tenure top`: which call stacks allocated, and which managers of memory hold how much.

use crate::failure::{DONE, Failure};
use crate::{look, record, screen};
use clap::ValueEnum;
use std::io::stdout;
use std::path::PathBuf;
use tenure_model::profile::{Key, Names};
use tenure_report::top;

/// Show which call stacks allocated: how much, how often, for how long; and what managers hold
///
/// A site is named after its innermost frame that is neither of the C and C++ runtime nor an
/// allocation wrapper. Figures of a sampled record are estimates, shown with the interval that
/// contains the truth nineteen times in twenty. Heaps, arenas, pools and budgets that have a name
/// come first, in a table of what they hold; a process that runs is asked for it anew.
///
/// Exit codes: 0 done; 2 wrong arguments; 3 the record cannot be read, or holds no call stacks.
/// What is torn or damaged is left out and told on stderr; the rest is shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A record (.tnr), a state file, the folder that a killed `tenure run` has left, or the number
    /// of a process that records
    file: PathBuf,
    /// What decides the order
    #[arg(long, value_name = "FIGURE", default_value = "live")]
    by: By,
    /// How many sites are shown
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
    /// Show every frame of each stack
    #[arg(long)]
    stacks: bool,
    /// Print JSON, schema top/1; `tenure explain NAME` tells what a field means
    #[arg(long)]
    json: bool,
}

/// By what sites are put in order.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum By {
    /// Bytes live at exit
    Live,
    /// Bytes live when those of the process were highest
    Peak,
    /// Bytes asked for over the whole run
    Allocated,
    /// Number of allocations
    Count,
    /// Median lifetime of the blocks
    Lifetime,
    /// Bytes handed out beyond those asked for
    Waste,
}

impl By {
    pub(crate) fn key(self) -> Key {
        match self {
            Self::Live => Key::Live,
            Self::Peak => Key::Peak,
            Self::Allocated => Key::Allocated,
            Self::Count => Key::Count,
            Self::Lifetime => Key::Lifetime,
            Self::Waste => Key::Waste,
        }
    }
}

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let recording = match look::pid_of(&arguments.file) {
        Some(pid) => record::read_named(&look::accounts(pid)?)?,
        None => record::read_named(&arguments.file)?,
    };
    let names = Names::new(&recording.sites, &recording.symbols);
    let (profile, by) = (&recording.profile, arguments.by.key());
    let text = match arguments.json {
        true => top::json(&names, profile, by, arguments.limit),
        false => {
            let selection = top::Selection {
                by,
                limit: arguments.limit,
                stacks: arguments.stacks,
            };
            top::text(&names, profile, selection, screen::style_of(&stdout()))
        }
    };
    screen::print(&text)?;
    Ok(DONE)
}

#[cfg(test)]
mod tests {
    //! The words of the command line are those of the model.

    use super::*;

    #[test]
    fn every_key_has_its_word() {
        let words = By::value_variants().iter().map(|by| {
            let value = by.to_possible_value().unwrap();
            (value.get_name().to_owned(), by.key())
        });
        let expected = Key::ALL.map(|key| (key.word().to_owned(), key));
        assert_eq!(words.collect::<Vec<_>>(), expected);
    }
}
