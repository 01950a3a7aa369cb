//! `tenure explain`: what a printed figure means.

use crate::failure::{DONE, Failure, USAGE};
use crate::screen;
use std::io::stdout;
use tenure_report::{explanation, term};

/// Explain a figure that Tenure prints: what it is, its unit, how exact it is
///
/// Names are those of the JSON (peak_live_bytes) or the words of the summary (peak live).
/// Without a name all figures are explained.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Name of the figure
    name: Vec<String>,
}

/// Suggestions for an unknown name, at most.
const SUGGESTIONS_MAX: usize = 3;
/// Names less alike than this are not worth suggesting; 1 is equal.
const LIKENESS_MIN: f64 = 0.7;

pub(crate) fn perform(arguments: &Arguments) -> Result<u8, Failure> {
    let style = screen::style_of(&stdout());
    let name = arguments.name.join(" ");
    if arguments.name.is_empty() {
        let all: Vec<_> = term::ALL
            .iter()
            .map(|term| explanation::explanation(term, style))
            .collect();
        screen::print(&all.join("\n"))?;
        return Ok(DONE);
    }
    // A word may mean one thing of a run and another of a collector's log.
    let meant = term::all_called(&name).map(|term| explanation::explanation(term, style));
    let meant: Vec<_> = meant.collect();
    if meant.is_empty() {
        return Err(Failure::new(USAGE, unknown(&name)));
    }
    screen::print(&meant.join("\n"))?;
    Ok(DONE)
}

fn unknown(name: &str) -> String {
    let plain = name.to_lowercase().replace([' ', '-'], "_");
    let mut like: Vec<(f64, &str)> = term::ALL
        .iter()
        .map(|term| {
            let by_label = strsim::jaro_winkler(&plain, &term.label.replace(' ', "_"));
            (
                strsim::jaro_winkler(&plain, term.name).max(by_label),
                term.name,
            )
        })
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .collect();
    like.sort_by(|a, b| b.0.total_cmp(&a.0));
    let names: Vec<_> = like
        .iter()
        .take(SUGGESTIONS_MAX)
        .map(|(_, name)| *name)
        .collect();
    let meant = match names.as_slice() {
        [] => String::new(),
        [only] => format!(" Did you mean {only}?"),
        [first @ .., last] => format!(" Did you mean {} or {last}?", first.join(", ")),
    };
    format!("no figure is called \"{name}\".{meant} `tenure explain` without a name tells all")
}

#[cfg(test)]
mod tests {
    //! What a wrong name is answered with.

    use super::unknown;

    #[test]
    fn the_nearest_names_are_suggested() {
        assert!(
            unknown("peek live").contains("Did you mean peak_live"),
            "{}",
            unknown("peek live")
        );
        assert!(unknown("fragmentation_internal").contains("Did you mean"));
        assert!(!unknown("xyzzy").contains("Did you mean"));
    }
}
