//! Entries against stacks, against trying everything, and against time.

use std::time::{Duration, Instant};

use super::{Seen, fit_beginning};
use crate::suppressions::chance::Chance;
use crate::suppressions::entry::Location;
use crate::suppressions::glob::Glob;
use crate::suppressions::{Allocator, Frame, LeakKind, Stack, Suppressions};

/// Time for one hostile entry, which takes milliseconds: the machine may be busy.
const TIME_MAX: Duration = Duration::from_secs(20);

fn functions<'a>(names: &[&'a str]) -> Vec<Frame<'a>> {
    let frame = |name: &&'a str| Frame {
        function: Some(name),
        ..Frame::default()
    };
    names.iter().map(frame).collect()
}

/// True if an entry of these lines, a blank between two, hides a definite leak of `stack`.
fn hides(lines: &str, stack: Stack<'_>) -> bool {
    let lines = lines.replace(' ', "\n");
    let text = format!("{{\nname\nMemcheck:Leak\n{lines}\n}}\n");
    let mut known = Suppressions::default();
    let reading = known.read(text.as_bytes(), "test");
    assert_eq!(reading.problems, []);
    known.find(stack, LeakKind::Definite).is_some()
}

#[test]
fn the_lines_fit_a_beginning_of_the_stack() {
    let frames = functions(&["malloc", "a", "b", "c"]);
    let stack = Stack {
        allocator: Allocator::Within,
        frames: &frames,
    };
    for lines in [
        "fun:malloc",
        "fun:malloc fun:a fun:b fun:c",
        "fun:malloc ... fun:c",
        "fun:malloc ... fun:a fun:b ...",
        "... fun:b",
        "... ... fun:malloc",
        "fun:* obj:* fun:?",
        "fun:malloc fun:a fun:b fun:c ...",
    ] {
        assert!(hides(lines, stack), "{lines}");
    }
    for lines in [
        "fun:a",
        "fun:malloc fun:b",
        "fun:malloc ... fun:a fun:c",
        "... fun:c fun:*",
        "fun:malloc fun:a fun:b fun:c fun:*",
        "fun:malloc ... fun:d",
        "fun:malloc obj:a",
        "fun:malloc src:a",
    ] {
        assert!(!hides(lines, stack), "{lines}");
    }
}

#[test]
fn a_stack_that_begins_with_the_caller_is_as_one_with_the_allocator() {
    let frames = functions(&["a", "main"]);
    let unknown = Stack::of_callers(&frames);
    for first in [
        "fun:malloc",
        "fun:*alloc",
        "fun:calloc",
        "fun:_Znwm",
        "fun:_Znw*",
        "fun:operator?new*",
        "fun:posix_memalign",
        "fun:*",
        "obj:*",
        "obj:*/vgpreload_memcheck-*.so",
        "src:vg_replace_malloc.c",
        "fun:malloc fun:realloc",
    ] {
        assert!(hides(&format!("{first} fun:a"), unknown), "{first}");
    }
    for lines in [
        "fun:a",
        "fun:free fun:a",
        "fun:malloc fun:main",
        "fun:malloc fun:malloc fun:a",
    ] {
        assert!(!hides(lines, unknown), "{lines}");
    }
    let named = |name| Stack {
        allocator: Allocator::Named(name),
        frames: &frames,
    };
    assert!(hides("fun:calloc fun:a", named("calloc")));
    assert!(!hides("fun:malloc fun:a", named("calloc")));
    assert!(hides(
        "fun:_Znwm fun:a",
        named("operator new(unsigned long)")
    ));
    assert!(hides("fun:operator?new(* fun:a", named("_Znwm")));
    assert!(!hides("fun:_Znam fun:a", named("_Znwm")));
    assert!(hides("fun:my_pool_get fun:a", named("my_pool_get")));
    assert!(hides("fun:malloc fun:realloc fun:a", named("realloc")));
    assert!(hides("fun:malloc fun:a", named("realloc")));
    assert!(!hides("fun:realloc fun:a", named("malloc")));
    assert!(!hides("fun:malloc fun:* fun:a", unknown));
    assert!(!hides("fun:malloc fun:realloc fun:a", named("malloc")));
}

#[test]
fn a_frame_is_known_by_each_of_its_names() {
    let frames = [Frame {
        function: Some("cache::load()"),
        mangled: Some("_ZN5cache4loadEv"),
        module: Some("/usr/lib/libcache.so.1"),
        file: Some("/src/cache/load.cc"),
        line: Some(12),
    }];
    let stack = Stack {
        allocator: Allocator::Within,
        frames: &frames,
    };
    for line in [
        "fun:cache::load()",
        "fun:_ZN5cache*",
        "obj:*/libcache.so*",
        "src:load.cc",
        "src:load.cc:12",
        "src:/src/*:12",
    ] {
        assert!(hides(line, stack), "{line}");
    }
    for line in [
        "fun:load",
        "obj:libcache*",
        "src:load.cc:13",
        "src:ad.cc",
        "fun:???",
        "obj:???",
    ] {
        assert!(!hides(line, stack), "{line}");
    }
}

#[test]
fn what_has_no_name_is_three_question_marks() {
    let frames = [Frame::default()];
    let stack = Stack {
        allocator: Allocator::Within,
        frames: &frames,
    };
    for line in ["fun:*", "obj:*", "fun:???", "obj:???"] {
        assert!(hides(line, stack), "{line}");
    }
    for line in ["fun:??", "obj:a", "src:*"] {
        assert!(!hides(line, stack), "{line}");
    }
}

#[test]
fn the_callers_of_main_are_below_main() {
    let frames = functions(&[
        "main",
        "__libc_start_call_main",
        "__libc_start_main",
        "_start",
    ]);
    let stack = Stack::of_callers(&frames);
    let below = "fun:malloc\nfun:main\nfun:(below?main)\nfun:(below*";
    assert!(hides(below, stack));
    assert!(!hides("fun:malloc fun:(below*", stack));
}

#[test]
fn lsan_looks_for_a_part_of_any_name_of_any_frame() {
    let frames = [
        Frame::default(),
        Frame {
            function: Some("cache::load()"),
            mangled: None,
            module: Some("/usr/lib/libcache.so.1"),
            file: Some("load.cc"),
            line: None,
        },
    ];
    let find = |pattern: &str| {
        let mut known = Suppressions::default();
        let reading = known.read(format!("leak:{pattern}").as_bytes(), "test");
        assert_eq!(reading.problems, []);
        let hides = |kind| known.find(Stack::of_callers(&frames), kind).is_some();
        let all = LeakKind::ALL.map(hides);
        assert!(all.iter().all(|one| *one == all[0]));
        all[0]
    };
    for pattern in ["load", "^cache", "libcache.so", "d.cc$", "c*e::l"] {
        assert!(find(pattern), "{pattern}");
    }
    for pattern in ["^load()", "libcache$", "main", "malloc"] {
        assert!(!find(pattern), "{pattern}");
    }
}

/// The meaning of an entry, by trying everything.
fn slow(locations: &[Location], frames: &[Frame<'_>]) -> bool {
    match locations.split_first() {
        None => true,
        Some((Location::Frames, rest)) => {
            (0..=frames.len()).any(|skipped| slow(rest, &frames[skipped..]))
        }
        Some((location, rest)) => frames.split_first().is_some_and(|(frame, frames)| {
            Seen::Frame(frame).is_at(location) && slow(rest, frames)
        }),
    }
}

#[test]
fn entries_of_chance_fit_what_trying_everything_says() {
    let mut chance = Chance(3);
    let mut fitted = 0;
    for _ in 0..40_000 {
        let count = 1 + chance.below(6);
        let mut locations = Vec::new();
        for _ in 0..count {
            let pattern = chance.text("ab*?", 3);
            let glob = Glob::whole(pattern.as_bytes());
            locations.push(match chance.below(8) {
                0..3 => Location::Frames,
                3..6 => Location::Function(glob),
                6 => Location::Module(glob),
                _ => Location::Source(glob, (chance.below(2) == 0).then_some(1)),
            });
        }
        let frames = chance.frames(7);
        let expected = slow(&locations, &frames);
        let seen = frames.iter().map(Seen::Frame);
        assert_eq!(
            fit_beginning(&locations, seen),
            expected,
            "{locations:?} {frames:?}"
        );
        fitted += u32::from(expected);
    }
    assert!((4_000..36_000).contains(&fitted), "{fitted}");
}

#[test]
fn many_ellipses_take_no_longer_than_few() {
    let start = Instant::now();
    let frames = functions(&["a"; 3_000]);
    let stack = Stack::of_callers(&frames);
    let parts = "... fun:a fun:*a ".repeat(150);
    assert!(hides(&format!("{parts} fun:a"), stack));
    assert!(!hides(&format!("{parts} fun:b"), stack));
    let long = format!("... {}fun:b", "fun:a ".repeat(400));
    assert!(!hides(&long, stack));
    assert!(start.elapsed() < TIME_MAX, "{:?}", start.elapsed());
}
