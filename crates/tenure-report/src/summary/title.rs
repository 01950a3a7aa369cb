//! The first line: which program, how it ended, how long it took.

use crate::quantity::span;
use crate::signal;
use crate::style::{Style, Tone};
use crate::visible::{cut, shell_word, visible};
use tenure_model::profile::{End, Outcome, Profile};

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

/// The command line as one would type it.
fn command(profile: &Profile) -> String {
    let arguments = match (&profile.run, profile.root()) {
        (Some(run), _) => &run.command,
        (None, Some(root)) => &root.arguments,
        (None, None) => return "no process".into(),
    };
    let words: Vec<_> = arguments
        .iter()
        .map(|word| visible(&shell_word(word)))
        .collect();
    match (words.is_empty(), profile.root()) {
        (true, Some(root)) => visible(root.name()),
        _ => words.join(" "),
    }
}

fn outcome(profile: &Profile) -> (String, Tone) {
    let seen = profile.run.as_ref().and_then(|run| run.outcome);
    match (seen, profile.root().map(|root| root.end)) {
        (Some(Outcome::Code(0)), _) => ("exit 0".into(), Tone::Good),
        (Some(Outcome::Code(code)), _) => (format!("exit {code}"), Tone::Bad),
        (Some(Outcome::Signal(signal)), _) | (None, Some(End::Signal(signal))) => {
            (format!("killed by {}", signal::name(signal)), Tone::Bad)
        }
        (None, Some(End::Exit)) => ("left through exit".into(), Tone::Good),
        (None, Some(End::Fault)) => ("stopped by a fault".into(), Tone::Bad),
        (None, Some(End::Exec)) => ("replaced by exec".into(), Tone::Quiet),
        (None, Some(End::Running)) => ("still running".into(), Tone::Quiet),
        (None, Some(End::Unseen) | None) => ("end not seen".into(), Tone::Quiet),
    }
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
