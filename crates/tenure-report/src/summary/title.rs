//! The first line: which program, how it ended, how long it took.

use crate::ending::{command, outcome};
use crate::quantity::span;
use crate::style::{Style, Tone};
use crate::visible::cut;
use tenure_model::profile::Profile;

/// The title as a rule across the width.
pub(super) fn title(profile: &Profile, style: Style) -> String {
    let (outcome, tone) = outcome(profile);
    let wall = match (&profile.run, profile.root()) {
        (Some(run), _) => Some(run.wall),
        (None, root) => root.and_then(|root| root.wall),
    };
    let wall = wall.map_or(String::new(), |wall| format!(" ━━ {}", span(wall)));
    let around = "━━ ".len_shown() + " ━━ ".len_shown() + outcome.len_shown() + wall.len_shown();
    let room = style.width.saturating_sub(around + " ━━".len_shown());
    let command = cut(&command(profile), room.max(8));
    let used = around + command.len_shown() + 1;
    let fill = "━".repeat(style.width.saturating_sub(used).max(2));
    format!(
        "━━ {} ━━ {}{wall} {fill}\n",
        style.paint(Tone::Title, &command),
        style.paint(tone, &outcome),
    )
}

trait Shown {
    /// Columns that the text takes.
    fn len_shown(&self) -> usize;
}

impl Shown for str {
    fn len_shown(&self) -> usize {
        self.chars().count()
    }
}
