//! A bar for whatever takes its time.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

/// Reading that takes longer shows how far it is.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar that appears once reading has lasted.
pub(crate) struct Progress {
    begin: Instant,
    bar: ProgressBar,
}

impl Progress {
    pub(crate) fn new(bytes: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::hidden());
        let template = "reading {bar:40} {bytes} of {total_bytes}";
        // The template is a constant; were it wrong, the default one would do.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self {
            begin: Instant::now(),
            bar,
        }
    }

    pub(crate) fn show(&mut self, bytes: u64) {
        if self.bar.is_hidden() && self.begin.elapsed() > PATIENCE {
            // Draws nothing where stderr is not a terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(bytes);
    }

    pub(crate) fn done(self) {
        self.bar.finish_and_clear();
    }
}

/// Something over so many blocks takes more than a second.
const MANY_BLOCKS: u64 = 1_000_000;
/// How often the line moves.
const TICK: Duration = Duration::from_millis(120);

/// A line that says what is being done with many blocks.
pub(crate) struct Steps {
    bar: ProgressBar,
}

impl Steps {
    pub(crate) fn new(blocks: u64) -> Self {
        let target = match blocks > MANY_BLOCKS {
            // Draws nothing where stderr is not a terminal.
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        // The template is a constant; were it wrong, the default one would do.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        if !bar.is_hidden() {
            bar.enable_steady_tick(TICK);
        }
        Self { bar }
    }

    /// Says what begins now.
    pub(crate) fn show(&self, step: &str) {
        self.bar.set_message(step.to_owned());
    }

    pub(crate) fn done(self) {
        self.bar.finish_and_clear();
    }
}
