//! What is made reads as valgrind prints it, and hides its own stack and no other.

use super::{Generator, generate, generate_lsan};
use crate::suppressions::chance::Chance;
use crate::suppressions::{Allocator, Frame, LeakKind, Stack, Suppressions};

/// Letters of names: those that a grammar reads as something else, and a few others.
const LETTERS: &str = "ab*?$^# {}:\n\t\u{e9}\u{85}~";

fn read(text: &str) -> Suppressions {
    let mut known = Suppressions::default();
    let reading = known.read(text.as_bytes(), "test");
    assert_eq!(
        (reading.entries, &reading.problems[..]),
        (1, &[][..]),
        "{text}"
    );
    known
}

fn mangled(name: &str) -> Frame<'_> {
    Frame {
        mangled: Some(name),
        function: Some("demangled"),
        module: Some("/lib/a.so"),
        ..Frame::default()
    }
}

#[test]
fn an_entry_is_as_valgrind_prints_it() {
    let module = Frame {
        module: Some("/lib/b.so"),
        ..Frame::default()
    };
    let frames = [
        mangled("_Z4loadv"),
        module,
        Frame::default(),
        mangled("main"),
        mangled("_start"),
    ];
    let lines = "   fun:_Z4loadv\n   obj:/lib/b.so\n   obj:*\n   fun:main\n}\n";
    for (allocator, first) in [
        (Allocator::Unknown, "   fun:malloc\n"),
        (Allocator::Named("calloc"), "   fun:calloc\n"),
        (
            Allocator::Named("operator new(unsigned long)"),
            "   fun:_Znwm\n",
        ),
        (Allocator::Within, ""),
    ] {
        let stack = Stack {
            allocator,
            frames: &frames,
        };
        let entry = generate(stack, LeakKind::Possible, " the\ncache ");
        let head = "{\n   the cache\n   Memcheck:Leak\n   match-leak-kinds: possible\n";
        assert_eq!(entry, Some(format!("{head}{first}{lines}")));
    }
}

#[test]
fn an_entry_has_as_many_frames_as_every_valgrind_reads() {
    let frames = [mangled("a"); 40];
    for allocator in [Allocator::Unknown, Allocator::Within] {
        let stack = Stack {
            allocator,
            frames: &frames,
        };
        let entry = generate(stack, LeakKind::Definite, "n").unwrap();
        assert_eq!(
            entry.lines().filter(|line| line.contains("fun:")).count(),
            24
        );
    }
}

#[test]
fn nothing_is_made_that_would_hide_every_leak() {
    let unnamed = [Frame::default(), Frame::default()];
    let empty = Frame {
        function: Some(""),
        mangled: Some(""),
        module: Some(""),
        ..Frame::default()
    };
    let allocator = [mangled("malloc"), empty];
    let within = Stack {
        allocator: Allocator::Within,
        frames: &allocator,
    };
    for stack in [Stack::of_callers(&[]), Stack::of_callers(&unnamed), within] {
        assert_eq!(generate(stack, LeakKind::Definite, "n"), None);
        assert_eq!(generate_lsan(stack, "n"), None);
    }
}

#[test]
fn an_entry_is_made_once_for_each_stack_and_kind() {
    let (one, other) = ([mangled("a")], [mangled("b")]);
    let mut generator = Generator::default();
    let mut entry = |frames, kind| {
        generator
            .entry(Stack::of_callers(frames), kind, "n")
            .is_some()
    };
    assert!(entry(&one, LeakKind::Definite));
    assert!(!entry(&one, LeakKind::Definite));
    assert!(entry(&one, LeakKind::Possible));
    assert!(entry(&other, LeakKind::Definite));
    assert!(!entry(&one, LeakKind::Possible));
}

#[test]
fn a_line_of_lsan_names_the_innermost_function() {
    let module = Frame {
        module: Some("/lib/b.so"),
        ..Frame::default()
    };
    let frames = [module, mangled("_Z4loadv"), mangled("main")];
    let line = generate_lsan(Stack::of_callers(&frames), "the\ncache");
    assert_eq!(line.as_deref(), Some("# the cache\nleak:^demangled$\n"));
    let line = generate_lsan(Stack::of_callers(&[module]), "n");
    assert_eq!(line.as_deref(), Some("# n\nleak:^/lib/b.so$\n"));
}

#[test]
fn names_of_any_letters_are_read_back() {
    let mut chance = Chance(11);
    for _ in 0..5_000 {
        let names = [
            chance.text(LETTERS, 6),
            chance.text(LETTERS, 6),
            chance.text(LETTERS, 6),
        ];
        let title = chance.text(LETTERS, 4);
        let frames = [
            Frame {
                function: Some(&names[0]),
                ..Frame::default()
            },
            Frame {
                module: Some(&names[1]),
                ..Frame::default()
            },
            mangled("end"),
        ];
        let stack = Stack {
            allocator: Allocator::Named(if names[2].is_empty() { "a" } else { &names[2] }),
            frames: &frames,
        };
        let entry = generate(stack, LeakKind::Indirect, &title).unwrap();
        let known = read(&entry);
        assert!(
            known.find(stack, LeakKind::Indirect).is_some(),
            "{frames:?} {entry}"
        );
        assert!(known.find(stack, LeakKind::Definite).is_none());
        let line = generate_lsan(stack, &title).unwrap();
        assert!(
            read(&line).find(stack, LeakKind::Indirect).is_some(),
            "{frames:?} {line}"
        );
    }
    let long = "a".repeat(70_000);
    let frames = [mangled(&long)];
    let stack = Stack::of_callers(&frames);
    let entry = generate(stack, LeakKind::Definite, "n").unwrap();
    assert!(read(&entry).find(stack, LeakKind::Definite).is_some());
}

/// What an entry can say of a frame: the function, or else the module; nothing of what has neither.
fn said<'a>(frame: &Frame<'a>) -> [Option<&'a str>; 2] {
    let function = frame.mangled.or(frame.function);
    [function, frame.module.filter(|_| function.is_none())]
}

#[test]
fn an_entry_of_chance_hides_its_stack_and_no_other() {
    let mut chance = Chance(5);
    let (mut hidden, mut shown) = (0, 0);
    for _ in 0..20_000 {
        let (mut one, mut other) = (chance.frames(30), chance.frames(30));
        // Names of one sort, so that none matches by the other; alike but for a few.
        for frame in one.iter_mut().chain(&mut other) {
            frame.function = None;
        }
        if chance.below(2) == 0 {
            other = one.clone();
            let changes = chance.below(3);
            for frame in other.iter_mut().take(changes) {
                frame.mangled = chance.name();
            }
        }
        let (stack, another) = (Stack::of_callers(&one), Stack::of_callers(&other));
        let Some(entry) = generate(stack, LeakKind::Definite, "n") else {
            continue;
        };
        let known = read(&entry);
        assert!(known.find(stack, LeakKind::Definite).is_some(), "{entry}");
        let main = one.iter().position(|frame| frame.mangled == Some("main"));
        let count = main.map_or(one.len(), |at| at + 1).min(23);
        // An unnamed frame fits any; a module alone fits where a function is known, too.
        let is_same = other.len() >= count
            && one[..count]
                .iter()
                .zip(&other)
                .all(|(frame, other)| match said(frame) {
                    [Some(function), _] => other.mangled == Some(function),
                    [None, Some(module)] => other.module == Some(module),
                    [None, None] => true,
                });
        assert_eq!(
            known.find(another, LeakKind::Definite).is_some(),
            is_same,
            "{other:?} {entry}"
        );
        *(if is_same { &mut hidden } else { &mut shown }) += 1;
    }
    assert!(hidden > 2_000 && shown > 2_000, "{hidden} {shown}");
}
