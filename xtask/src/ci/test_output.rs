//! Adds up what the test binaries report, and keeps what they skipped and why.

use std::collections::BTreeSet;
use std::fmt;

/// How a test says that it could not run here.
const SKIPPED: &str = "skipped: ";

/// Totals over all test binaries of one run.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) ignored: usize,
    /// Tests that the command line left out.
    pub(super) filtered: usize,
    /// Each reason that a test gave for not running.
    pub(super) skipped: BTreeSet<String>,
}

impl Totals {
    /// Takes one line of the runner's output into account.
    pub(super) fn read(&mut self, line: &str) {
        let of_a_step = line.starts_with("== ");
        if let Some(at) = line.find(SKIPPED).filter(|_| !of_a_step) {
            self.skipped
                .insert(line[at + SKIPPED.len()..].trim().to_owned());
        }
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        for part in result.split(['.', ';']) {
            match part.trim().split_once(' ') {
                Some((count, "passed")) => self.passed += count.parse().unwrap_or(0),
                Some((count, "failed")) => self.failed += count.parse().unwrap_or(0),
                Some((count, "ignored")) => self.ignored += count.parse().unwrap_or(0),
                Some((count, "filtered out")) => self.filtered += count.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for reason in &self.skipped {
            writeln!(f, "{SKIPPED}{reason}")?;
        }
        let skipped = self.ignored + self.skipped.len();
        write!(
            f,
            "tests: {} passed, {} failed, {skipped} skipped",
            self.passed, self.failed
        )
    }
}
