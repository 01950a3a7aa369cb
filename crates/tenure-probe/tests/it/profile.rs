//! The frames of a profile get their names.

use crate::program::{Program, module_of};
use std::fs;
use tenure_model::profile::sample::{Recorder, sites_of};
use tenure_model::profile::{FrameId, Names, Sites, Symbols};
use tenure_probe::symbols::{Note, Symboliser, name_frames};
use tenure_trace::profile::Frame;

/// A record in which `program` called `malloc` in the innermost inlined function, in `hidden`, and
/// in a file that does not exist.
fn recorded(program: &Program) -> Option<Sites> {
    let path = program.path.to_str()?;
    let mut recorder = Recorder::every(4711, path);
    let app = recorder.load(path, &module_of(&program.path).build_id);
    let gone = recorder.load("/nonexistent/library.so", &[9; 20]);
    let symboliser = Symboliser::new();
    let addresses = program.addresses("outermost");
    let found = symboliser.module(&program.module(), &addresses, &mut |_| {});
    let (inlined, _) = found.frames.iter().find(|(_, frames)| frames.len() == 3)?;
    let hidden = program.addresses("hidden")[2];
    let stacks = [
        [Frame::new(app, hidden), Frame::new(app, inlined + 1)],
        [Frame::new(app, hidden), Frame::new(gone, 0x1234)],
    ];
    for stack in stacks {
        let site = recorder.site(&stack);
        recorder.allocate(site, 64);
    }
    sites_of(&[recorder.files(true)]).ok()
}

fn all(sites: &Sites) -> Vec<FrameId> {
    let nodes = sites.stacks.nodes();
    nodes.map(|(_, frame, _)| frame).collect()
}

#[test]
fn frames_are_named_by_the_call_before_the_return_address() {
    let Some(program) = Program::inlined() else {
        return;
    };
    let sites = recorded(&program).expect("a record");
    let mut symbols = Symbols::new();
    let mut steps = 0;
    let mut count = |_: tenure_probe::symbols::Progress<'_>| steps += 1;
    let notes = name_frames(
        &Symboliser::new(),
        &sites,
        all(&sites),
        &mut symbols,
        &mut count,
    );
    assert!(matches!(&notes[..], [Note::Unreadable { .. }]), "{notes:?}");
    let names = Names::new(&sites, &symbols);
    let stacks: Vec<Vec<String>> = (sites.sites.iter())
        .map(|site| {
            let stack = names.stack(site.stack);
            stack
                .iter()
                .map(|frame| frame.function.clone().into_owned())
                .collect()
        })
        .collect();
    let inlined = ["innermost", "middle", "outermost", "hidden"];
    assert!(stacks.iter().any(|stack| stack == &inlined), "{stacks:?}");
    assert!(
        stacks
            .iter()
            .any(|stack| stack == &["library.so+0x1234", "hidden"]),
        "{stacks:?}"
    );
    let site = sites
        .sites
        .iter()
        .find(|site| names.stack(site.stack).len() == 4)
        .expect("a site");
    let flags: Vec<_> = names
        .stack(site.stack)
        .iter()
        .map(|frame| frame.inlined)
        .collect();
    assert_eq!(flags, [true, true, false, false]);
    assert!(steps > 0);
    // What is known is not looked up again: the file is not needed.
    fs::remove_file(&program.path).unwrap();
    let before = symbols.clone();
    let notes = name_frames(
        &Symboliser::new(),
        &sites,
        all(&sites),
        &mut symbols,
        &mut |_| {},
    );
    assert_eq!(symbols, before);
    assert_eq!(notes.len(), 1, "only the one that was not found: {notes:?}");
}
