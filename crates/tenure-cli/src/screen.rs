//! Printing: to a terminal or a pipe, and without a panic when nobody reads.

use crate::failure::{Failure, USAGE};
use console::Term;
use std::io::{ErrorKind, IsTerminal, Stderr, Stdout, Write, stderr, stdout};
use tenure_report::Style;

/// Wider lines are harder to read, not easier.
const WIDTH_MAX: usize = 110;
const WIDTH_MIN: usize = 40;

/// A stream that may be a terminal.
pub(crate) trait Target: IsTerminal {
    /// The terminal, for its width.
    fn term(&self) -> Term;
}

impl Target for Stdout {
    fn term(&self) -> Term {
        Term::stdout()
    }
}

impl Target for Stderr {
    fn term(&self) -> Term {
        Term::stderr()
    }
}

/// What `target` can show. Colour needs a terminal and an unset or empty `NO_COLOR`; the width is
/// the terminal's, or that of `COLUMNS`, or 80.
pub(crate) fn style_of(target: &impl Target) -> Style {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let is_terminal = target.is_terminal();
    let dumb = variable("TERM").is_some_and(|term| term == "dumb");
    let of_terminal = || {
        target
            .term()
            .size_checked()
            .map(|(_, columns)| usize::from(columns))
    };
    let of_variable = || variable("COLUMNS")?.to_str()?.parse().ok();
    let width = if is_terminal { of_terminal() } else { None }.or_else(of_variable);
    Style {
        width: width
            .unwrap_or(Style::PLAIN.width)
            .clamp(WIDTH_MIN, WIDTH_MAX),
        color: is_terminal && !dumb && variable("NO_COLOR").is_none(),
    }
}

/// Prints facts. A reader that has gone away (`tenure stats X | head -1`) is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::new(
            USAGE,
            format!("stdout: {error}; print to a place that takes it"),
        )),
        _ => Ok(()),
    }
}

/// Prints diagnostics as they are.
pub(crate) fn print_aside(text: &str) {
    let _ = stderr().lock().write_all(text.as_bytes());
}

/// Says one sentence on stderr, under the command's name.
pub(crate) fn complain(sentence: &str) {
    print_aside(&format!("tenure: {sentence}\n"));
}
