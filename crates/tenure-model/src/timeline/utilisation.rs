//! Minimum mutator utilisation: the worst window of the program's time, for each width.

use std::collections::VecDeque;

/// Pauses kept at a time; a log with more of them in one window is cut at the oldest.
const PAUSES_MAX: usize = 1 << 14;

/// The worst window of each width, found while pauses arrive in order.
///
/// The pause time inside a window, as the window moves, is piecewise linear; its maxima are
/// where the window ends with a pause or begins with one. Only these are looked at.
#[derive(Clone, Debug)]
pub struct Utilisation {
    windows: Vec<Window>,
    last_end_ns: u64,
}

#[derive(Clone, Debug)]
struct Window {
    width_ns: u64,
    worst_ns: u64,
    /// Pauses, as start and end, that a window of this width can still reach.
    pauses: VecDeque<(u64, u64)>,
    inside_ns: u64,
}

impl Utilisation {
    /// For windows of these widths, in nanoseconds.
    pub fn new(widths_ns: &[u64]) -> Self {
        let window = |width_ns: &u64| Window {
            width_ns: (*width_ns).max(1),
            worst_ns: 0,
            pauses: VecDeque::new(),
            inside_ns: 0,
        };
        Self {
            windows: widths_ns.iter().map(window).collect(),
            last_end_ns: 0,
        }
    }

    /// Adds a pause. What of it lies before the end of the one before is left out, so that no
    /// moment counts twice.
    pub fn add(&mut self, start_ns: u64, end_ns: u64) {
        let start_ns = start_ns.max(self.last_end_ns);
        if end_ns <= start_ns {
            return;
        }
        self.last_end_ns = end_ns;
        for window in &mut self.windows {
            window.add(start_ns, end_ns);
        }
    }

    /// A new clock begins.
    pub fn new_run(&mut self) {
        self.last_end_ns = 0;
        for window in &mut self.windows {
            window.drain(u64::MAX);
        }
    }

    /// Width and utilisation, 0 to 1, of each window in a log of `span_ns`; `None` for windows
    /// wider than the log.
    pub fn minima(&mut self, span_ns: u64) -> Vec<(u64, Option<f64>)> {
        self.new_run();
        let minimum = |window: &Window| {
            let share = window.worst_ns.min(window.width_ns) as f64 / window.width_ns as f64;
            (
                window.width_ns,
                (window.width_ns <= span_ns).then_some(1.0 - share),
            )
        };
        self.windows.iter().map(minimum).collect()
    }
}

impl Window {
    fn add(&mut self, start_ns: u64, end_ns: u64) {
        // Windows that begin with a pause and end before this one starts are complete.
        self.drain(start_ns);
        if self.pauses.len() >= PAUSES_MAX {
            self.drop_first();
        }
        self.pauses.push_back((start_ns, end_ns));
        self.inside_ns = self.inside_ns.saturating_add(end_ns - start_ns);
        // The window that ends with this pause.
        let from = end_ns.saturating_sub(self.width_ns);
        let first = self
            .pauses
            .front()
            .map_or(0, |first| from.saturating_sub(first.0));
        self.worst_ns = self.worst_ns.max(self.inside_ns.saturating_sub(first));
    }

    /// Lets pauses go whose window, begun with them, ends before `now_ns`.
    fn drain(&mut self, now_ns: u64) {
        while let Some((start_ns, _)) = self.pauses.front().copied() {
            let end_of_window = start_ns.saturating_add(self.width_ns);
            if end_of_window > now_ns {
                break;
            }
            let beyond = self
                .pauses
                .back()
                .map_or(0, |last| last.1.saturating_sub(end_of_window));
            self.worst_ns = self.worst_ns.max(self.inside_ns.saturating_sub(beyond));
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        if let Some((start_ns, end_ns)) = self.pauses.pop_front() {
            self.inside_ns = self.inside_ns.saturating_sub(end_ns - start_ns);
        }
    }
}
