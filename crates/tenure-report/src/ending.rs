//! Which program a profile is of, and how it ended: the words that text and page share.

use crate::signal;
use crate::style::Tone;
use crate::visible::{shell_word, visible};
use tenure_model::profile::{End, Outcome, Profile};

/// The command line as one would type it.
pub(crate) fn command(profile: &Profile) -> String {
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

/// How the program ended, and whether that is good.
pub(crate) fn outcome(profile: &Profile) -> (String, Tone) {
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
