//! What a run did with its memory, as text for people.
//!
//! # Shape
//!
//! A title, the figures (first what is held, then what flowed), the size classes as a bar chart,
//! where there are any the managers of memory that have accounts, for several processes a table
//! with one line each, and where call stacks were recorded the [`sites()`] with the most. Lines fit
//! the width of the [`Style`];
//! numbers stand right-aligned under each other, each with its unit.

mod classes;
mod figures;
mod interpreters;
mod processes;
mod sites;
mod title;

pub use interpreters::unread_interpreters;
pub use sites::{named_sites, sites};

use crate::managers;
use crate::style::{Style, Tone};
use crate::visible::{shell_word, visible};
use tenure_model::profile::Profile;

/// How much a summary shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The ten size classes with the most bytes; of many processes the largest, the others by pid.
    Brief,
    /// Every size class and every process that was used.
    Full,
}

/// The profile as text; every line ends with a line end.
pub fn text(profile: &Profile, style: Style, detail: Detail) -> String {
    let totals = profile.totals();
    let mut text = title::title(profile, style);
    text.push('\n');
    text.push_str(&figures::figures(profile, &totals, style));
    if !totals.classes.is_empty() {
        text.push('\n');
        text.push_str(&classes::classes(&totals.classes, style, detail));
    }
    let accounts = managers::table(profile, style);
    if !accounts.is_empty() {
        text.push('\n');
        text.push_str(&accounts);
    }
    if profile.processes.len() > 1 {
        text.push('\n');
        text.push_str(&processes::processes(profile, &totals, style, detail));
    }
    text
}

/// Where the record is and what to type next: `top` where it `has_sites`, else `stats`.
pub fn footer(record: &str, has_sites: bool, style: Style) -> String {
    let verb = if has_sites { "top" } else { "stats" };
    let quiet = |label: &str| style.paint(Tone::Quiet, label);
    format!(
        "\n  {}  {}\n  {}  tenure {verb} {}\n",
        quiet("record"),
        visible(record),
        quiet("next  "),
        visible(&shell_word(record)),
    )
}

#[cfg(test)]
mod tests;
