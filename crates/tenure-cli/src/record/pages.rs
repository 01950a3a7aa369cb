//! What the pages of a recording's processes held, with the call stacks that pin them.

use super::{Recording, complete};
use tenure_model::profile::{Process, StackId};
use tenure_report::fragmentation::{Fragmentation, HeldOf};

/// Looks up the names of the frames of `stacks`.
pub(crate) fn name_stacks(recording: &mut Recording, stacks: &[StackId]) {
    let known = &recording.sites.stacks;
    let frames = stacks.iter().flat_map(|&stack| known.frames(stack));
    let mut frames: Vec<_> = frames.collect();
    frames.sort_unstable();
    frames.dedup();
    complete(recording, &frames);
}

impl Recording {
    /// What the processes held; of one size class, where its bytes are named.
    pub(crate) fn fragmentation(&self, class_bytes: Option<u64>) -> Fragmentation {
        let held = self.pages.iter().map(|pages| {
            let pid = pages.recorded.scan().pid;
            let processes = self.profile.processes.iter();
            let mut of_pid = processes.filter(|process| process.pid == pid);
            HeldOf {
                recorded: &pages.recorded,
                stacks: &pages.stacks,
                program: of_pid.next_back().map_or("?", Process::name),
            }
        });
        Fragmentation::of(held, class_bytes)
    }
}
