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
