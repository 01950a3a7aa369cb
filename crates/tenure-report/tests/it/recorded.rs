//! Recorded files as the model and the page have them.

use std::time::Duration;
use tenure_model::profile::sample::{Files, sites_of};
use tenure_model::profile::{Outcome, Process, Profile, Run, Sites, Symbols};
use tenure_report::report::{Limits, Page, Recorded, page};
use tenure_trace::state::StateView;

/// A record: its processes and its names.
pub(crate) struct Record {
    pub(crate) name: &'static str,
    pub(crate) profile: Profile,
    pub(crate) sites: Sites,
    pub(crate) each: Vec<Sites>,
    pub(crate) symbols: Symbols,
}

impl Record {
    /// The record of a run of `command` that left these files.
    pub(crate) fn new(
        name: &'static str,
        command: &[&str],
        files: &[Files],
        symbols: Symbols,
    ) -> Self {
        let states = files.iter().map(|file| StateView::parse(&file.state));
        let processes: Vec<_> = states
            .map(|state| Process::from_state(&state.expect("a whole state file")))
            .collect();
        let run = Run {
            version: "0.1.0".into(),
            command: command.iter().copied().map(String::from).collect(),
            directory: "/srv/tiles".into(),
            start_unix_ns: 1_700_000_000_000_000_000,
            wall: processes
                .iter()
                .filter_map(|process| process.wall)
                .max()
                .unwrap_or(Duration::ZERO),
            root_pid: processes[0].pid,
            outcome: Some(Outcome::Code(0)),
            processes: vec![],
        };
        let of = |files: &[Files]| sites_of(files).expect("readable files");
        Self {
            name,
            profile: Profile::new(Some(run), processes, vec![]),
            sites: of(files),
            each: files
                .iter()
                .map(|file| of(std::slice::from_ref(file)))
                .collect(),
            symbols,
        }
    }

    /// What its page is made of.
    pub(crate) fn recorded(&self) -> Recorded<'_> {
        Recorded {
            name: self.name,
            profile: &self.profile,
            sites: &self.sites,
            each: &self.each,
            symbols: &self.symbols,
            heaps: &[],
            leaks: None,
            held: None,
        }
    }

    /// Its page.
    pub(crate) fn page(&self, limits: Limits) -> Page {
        page(&self.recorded(), limits)
    }
}
