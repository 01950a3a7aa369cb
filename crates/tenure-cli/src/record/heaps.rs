//! The heaps of a recording, with what holds them called by name.

use super::{Heap, Recording, symbols};
use crate::progress::Steps;
use std::cmp::Reverse;
use std::collections::HashSet;
use tenure_model::graph::Scan;
use tenure_model::profile::{FrameId, Names, StackId};
use tenure_report::holders::{self, Holders, Places, divide, unnamed};

/// Looks up the names of the heaps' sites, and of the places from which they are reached; tells
/// their roots apart by those places, and gives them, heap by heap.
pub(crate) fn name_heaps(recording: &mut Recording) -> Vec<Places> {
    if recording.heaps.is_empty() {
        return Vec::new();
    }
    let wanted = frames_of(recording);
    symbols::complete(recording, &wanted);
    let heaps = recording.heaps.iter();
    let nameless: Vec<_> = heaps.flat_map(|heap| unnamed(&heap.recorded)).collect();
    symbols::complete_places(recording, &nameless);
    let Recording {
        heaps,
        symbols,
        profile,
        ..
    } = recording;
    let divided = heaps.iter_mut().map(|heap| {
        let places = Places::of(&heap.recorded, symbols);
        if let Err(why) = divide(&mut heap.recorded, &places) {
            // Nothing is divided then, and roots are called by their places in the file.
            profile.losses.push(why.to_string());
        }
        places
    });
    divided.collect()
}

/// The frames of all sites of heaps, each once.
fn frames_of(recording: &Recording) -> Vec<FrameId> {
    let stacks = &recording.sites.stacks;
    let mut seen = HashSet::new();
    let mut frames = HashSet::new();
    for &stack in recording.heaps.iter().flat_map(|heap: &Heap| &heap.stacks) {
        let mut at = stack;
        while at != StackId::ROOT && seen.insert(at) {
            let Some((frame, outer)) = stacks.innermost(at) else {
                break;
            };
            frames.insert(frame);
            at = outer;
        }
    }
    let mut frames: Vec<_> = frames.into_iter().collect();
    frames.sort_unstable();
    frames
}

impl Recording {
    /// Who holds what in each heap, the largest first. `places` are those of [`name_heaps`].
    pub(crate) fn holders<'a>(
        &'a self,
        places: &'a [Places],
        names: &'a Names<'a>,
    ) -> Vec<Holders<'a>> {
        let blocks = self
            .heaps
            .iter()
            .map(|heap| u64::from(heap.recorded.graph().nodes()));
        let steps = Steps::new(blocks.sum());
        let heaps = self.heaps.iter().zip(places).map(|(heap, places)| {
            let heap = holders::Heap {
                program: self.program_of(heap.recorded.scan()),
                recorded: &heap.recorded,
                stacks: &heap.stacks,
                places,
                names,
            };
            Holders::of(heap, &mut |step| steps.show(step))
        });
        let mut heaps: Vec<_> = heaps.collect();
        steps.done();
        heaps.sort_by_key(|heap| Reverse(heap.total().0));
        heaps
    }

    /// The name of the program whose heap was looked at.
    pub(crate) fn program_of(&self, scan: &Scan) -> &str {
        let processes = self.profile.processes.iter();
        let mut of_pid = processes.filter(|process| process.pid == scan.pid);
        of_pid.next_back().map_or("?", |process| process.name())
    }
}
