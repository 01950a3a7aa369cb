//! All suppressions of a run.

use super::built_in::BUILT_IN;
use super::entry::Suppression;
use super::reader::{self, Reading};
use super::stack::{LeakKind, Stack};

/// The suppressions of a run: read from any number of files, asked for each leak.
///
/// They are tried in the order in which they were read; the first that fits is used.
///
/// ```
/// use tenure_formats::suppressions::{Frame, LeakKind, Stack, Suppressions};
///
/// let mut known = Suppressions::default();
/// let reading = known.read(b"leak:load_plugins\n", "plugins.supp");
/// assert!(reading.problems.is_empty());
///
/// let frames = [Frame { function: Some("load_plugins"), ..Frame::default() }];
/// let stack = Stack::of_callers(&frames);
/// let hidden = known.hide(stack, LeakKind::Definite, 2, 64);
/// assert_eq!(hidden.map(|hidden| hidden.line()), Some(1));
/// assert_eq!(known.unused().count(), 0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Suppressions {
    pub(super) entries: Vec<Suppression>,
}

impl Suppressions {
    /// Adds those of a file. `origin` is what messages call it.
    ///
    /// A bad entry is left out and named in the answer, and reading goes on behind it. What is kept
    /// is a small multiple of `text`; whoever opens the file bounds that.
    pub fn read(&mut self, text: &[u8], origin: &str) -> Reading {
        reader::read(&mut self.entries, text, origin)
    }

    /// Adds the ones that come with the house ([`BUILT_IN`]).
    pub fn read_built_in(&mut self) -> Reading {
        let before = self.entries.len();
        let reading = self.read(BUILT_IN.as_bytes(), "built-in");
        for entry in &mut self.entries[before..] {
            entry.is_built_in = true;
        }
        reading
    }

    /// The suppression that hides a leak of `kind` whose blocks were allocated here, if there is
    /// one; counts it as used for these blocks and bytes.
    ///
    /// Costs at most the frames times the lines of all suppressions, and usually one or two
    /// comparisons of names for each suppression.
    pub fn hide(
        &mut self,
        stack: Stack<'_>,
        kind: LeakKind,
        blocks: u64,
        bytes: u64,
    ) -> Option<&Suppression> {
        let mut entries = self.entries.iter_mut();
        let entry = entries.find(|entry| entry.hides(stack, kind))?;
        let usage = &mut entry.usage;
        usage.times = usage.times.saturating_add(1);
        usage.blocks = usage.blocks.saturating_add(blocks);
        usage.bytes = usage.bytes.saturating_add(bytes);
        Some(entry)
    }

    /// The suppression that would hide such a leak; counts nothing.
    pub fn find(&self, stack: Stack<'_>, kind: LeakKind) -> Option<&Suppression> {
        self.entries.iter().find(|entry| entry.hides(stack, kind))
    }

    /// All of them, in the order in which they were read.
    pub fn iter(&self) -> impl Iterator<Item = &Suppression> {
        self.entries.iter()
    }

    /// Those that have hidden something.
    pub fn used(&self) -> impl Iterator<Item = &Suppression> {
        self.entries.iter().filter(|entry| entry.usage.times > 0)
    }

    /// The user's that have hidden nothing. Built-in ones are not told: most programs use few.
    pub fn unused(&self) -> impl Iterator<Item = &Suppression> {
        let is_unused = |entry: &&Suppression| entry.usage.times == 0 && !entry.is_built_in;
        self.entries.iter().filter(is_unused)
    }
}

#[cfg(test)]
mod tests;
