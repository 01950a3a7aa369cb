//! Any bytes as a suppression file: no panic, an end, and what is made from a stack hides it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenure_formats::suppressions::{
    Frame, LeakKind, Stack, Suppressions, generate, generate_lsan,
};

fuzz_target!(|bytes: &[u8]| {
    let mut known = Suppressions::default();
    let reading = known.read(bytes, "fuzz");
    assert_eq!(known.iter().count(), reading.entries);
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    for problem in &reading.problems {
        assert!(problem.line <= lines && problem.to_string().len() < 2_000);
    }
    // The same bytes as names.
    let text = String::from_utf8_lossy(bytes);
    let names = text.split('\n').take(40);
    let frames: Vec<Frame<'_>> = names
        .map(|name| Frame {
            function: Some(name),
            module: Some("/lib/a.so"),
            file: Some("a.c"),
            line: Some(1),
            ..Frame::default()
        })
        .collect();
    let stack = Stack::of_callers(&frames);
    for kind in LeakKind::ALL {
        let found = known.find(stack, kind).map(|entry| entry.line());
        assert_eq!(known.hide(stack, kind, 1, 1).map(|entry| entry.line()), found);
    }
    let entry = generate(stack, LeakKind::Definite, &text);
    for text in [entry, generate_lsan(stack, &text)].into_iter().flatten() {
        let mut known = Suppressions::default();
        let reading = known.read(text.as_bytes(), "made");
        assert!(reading.entries == 1 && reading.problems.is_empty(), "{text}");
        assert!(known.find(stack, LeakKind::Definite).is_some(), "{text}");
    }
});
