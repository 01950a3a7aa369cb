//! Suppressions beside valgrind's own: what it prints is read, what we make it takes.

use std::path::Path;
use std::process::Command;

use tenure_formats::suppressions::{
    Allocator, BUILT_IN, Frame, LeakKind, Stack, Suppressions, generate,
};

/// A program in C++ that loses three blocks, and asks libc for what it keeps.
const LEAKY: &str = r#"
#include <cstdlib>
#include <cstdio>
#include <clocale>
#include <ctime>
namespace cache {
__attribute__((noinline)) void grow(void *volatile *to) { *to = realloc(NULL, 33); }
__attribute__((noinline)) void load(int depth, void *volatile *to) {
    if (depth == 0) { *to = malloc(100); *to = new char[7]; grow(to); *to = 0; }
    else load(depth - 1, to);
}
}
int main() {
    void *volatile block;
    setlocale(LC_ALL, "C.UTF-8");
    time_t now = 0;
    localtime(&now);
    puts("done");
    cache::load(DEPTH, &block);
    return 0;
}
"#;
/// Frames of a stack that valgrind keeps.
const CALLERS: &str = "--num-callers=60";

/// The program, built; `None` if there is no compiler or no valgrind.
fn leaky(folder: &Path, depth: u32) -> Option<std::path::PathBuf> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: no valgrind");
        return None;
    }
    let (source, program) = (folder.join("leaky.cc"), folder.join("leaky"));
    std::fs::write(&source, LEAKY.replace("DEPTH", &depth.to_string())).unwrap();
    let mut compiler = Command::new("c++");
    compiler
        .args(["-g", "-O0", "-o"])
        .arg(&program)
        .arg(&source);
    match compiler.status() {
        Err(_) => {
            println!("skipped: no c++");
            None
        }
        Ok(status) => {
            assert!(status.success(), "c++: {status}");
            Some(program)
        }
    }
}

/// What valgrind says of the program.
fn valgrind(program: &Path, options: &[&str]) -> String {
    let mut command = Command::new("valgrind");
    command
        .args(["--leak-check=full", CALLERS])
        .args(options)
        .arg(program);
    let output = command.output().expect("valgrind runs");
    String::from_utf8(output.stderr).expect("text")
}

/// The entries that `--gen-suppressions=all` printed.
fn entries(log: &str) -> Vec<String> {
    let lines: Vec<&str> = log.lines().collect();
    let mut entries = Vec::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| **line == "{") {
        let end = lines[at..]
            .iter()
            .position(|line| *line == "}")
            .expect("an end");
        entries.push(lines[at..=at + end].join("\n") + "\n");
    }
    entries
}

/// The frames that an entry of valgrind was made of, the allocation function first.
fn frames(entry: &str) -> Vec<Frame<'_>> {
    let frame = |line| {
        let (word, name) = str::split_once(str::trim(line), ':')?;
        match word {
            "fun" => Some(Frame {
                mangled: Some(name),
                ..Frame::default()
            }),
            "obj" => Some(Frame {
                module: Some(name).filter(|name| *name != "*"),
                ..Frame::default()
            }),
            _ => None,
        }
    };
    entry.lines().filter_map(frame).collect()
}

/// The kind that an entry names.
fn kind(entry: &str) -> LeakKind {
    let is_named = |kind: &LeakKind| entry.contains(&format!("match-leak-kinds: {kind}\n"));
    LeakKind::ALL.into_iter().find(is_named).expect("a kind")
}

#[test]
fn what_valgrind_prints_hides_the_same_stack_here() {
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = leaky(folder.path(), 3) else {
        return;
    };
    let log = valgrind(&program, &["--gen-suppressions=all"]);
    let entries = entries(&log);
    assert_eq!(entries.len(), 3, "{log}");
    for (number, entry) in entries.iter().enumerate() {
        let mut known = Suppressions::default();
        let reading = known.read(entry.as_bytes(), "valgrind");
        assert_eq!(
            (reading.entries, &reading.problems[..]),
            (1, &[][..]),
            "{entry}"
        );
        for (other, entry) in entries.iter().enumerate() {
            let frames = frames(entry);
            let (allocator, callers) = frames.split_first().expect("frames");
            let within = Stack {
                allocator: Allocator::Within,
                frames: &frames,
            };
            let is_own = number == other;
            assert_eq!(known.find(within, kind(entry)).is_some(), is_own, "{entry}");
            // As our own stacks are: without the allocation function. What valgrind shows of
            // `realloc` differs by its build: `malloc`, `realloc`, or both.
            let is_grown = entry.contains("grow");
            let skipped = usize::from(callers[0].mangled == Some("realloc"));
            let stack = Stack {
                allocator: match is_grown {
                    true => Allocator::Named("realloc"),
                    false => Allocator::Named(allocator.mangled.expect("a name")),
                },
                frames: &callers[skipped..],
            };
            assert_eq!(known.find(stack, kind(entry)).is_some(), is_own, "{entry}");
        }
    }
}

#[test]
fn valgrind_takes_what_is_made_here() {
    // Deeper than an entry, too.
    for depth in [3, 40] {
        let folder = tempfile::tempdir().unwrap();
        let Some(program) = leaky(folder.path(), depth) else {
            return;
        };
        let log = valgrind(&program, &["--gen-suppressions=all"]);
        let mut made = String::new();
        for entry in entries(&log) {
            let frames = frames(&entry);
            let stack = Stack {
                allocator: Allocator::Named(frames[0].mangled.expect("a name")),
                frames: &frames[1..],
            };
            made += &generate(stack, kind(&entry), "made").expect("names");
        }
        assert_eq!(made.matches('{').count(), 3, "{log}");
        let file = folder.path().join("made.supp");
        let option = format!("--suppressions={}", file.display());
        // Under another name they hide nothing: the planted failure.
        for (text, is_hidden) in [(&made, true), (&made.replace("load", "store"), false)] {
            std::fs::write(&file, text).unwrap();
            let log = valgrind(&program, &[&option]);
            assert!(!log.contains("FATAL"), "{log}");
            let left = log.contains("definitely lost: 140 bytes in 3 blocks");
            let hidden = log.contains("suppressed: 140 bytes in 3 blocks");
            assert_eq!((left, hidden), (!is_hidden, is_hidden), "{log}");
        }
    }
}

#[test]
fn valgrind_takes_the_built_in_ones_and_its_stacks_are_hidden_by_them() {
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = leaky(folder.path(), 1) else {
        return;
    };
    let file = folder.path().join("built-in.supp");
    std::fs::write(&file, BUILT_IN).unwrap();
    let option = format!("--suppressions={}", file.display());
    // What libc and libstdc++ keep is left as it is, and no other suppressions are used.
    let keep = [
        "--run-libc-freeres=no",
        "--run-cxx-freeres=no",
        "--show-leak-kinds=all",
    ];
    let all = ["--gen-suppressions=all", "--default-suppressions=no"];
    let log = valgrind(&program, &[&keep[..], &all, &[&option]].concat());
    assert!(!log.contains("FATAL"), "{log}");
    let log = valgrind(&program, &[&keep[..], &all].concat());
    let mut known = Suppressions::default();
    known.read_built_in();
    let mut hidden = Vec::new();
    for entry in entries(&log)
        .iter()
        .filter(|entry| entry.contains("Memcheck:Leak"))
    {
        let frames = frames(entry);
        let stack = Stack {
            allocator: Allocator::Within,
            frames: &frames,
        };
        let is_ours = entry.contains("cache");
        let found = known.find(stack, kind(entry));
        assert_eq!(found.is_none(), is_ours, "{entry}");
        hidden.extend(found.map(|entry| entry.name().to_owned()));
    }
    let buffer = "glibc: buffers of streams";
    assert!(hidden.iter().any(|name| name == buffer), "{hidden:?} {log}");
}

#[test]
fn the_seeds_of_the_fuzz_target_reach_what_they_are_named_for() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/suppressions");
    for (name, entries, ignored, problems) in [
        ("valgrind", 1, 0, 0),
        ("lsan", 2, 1, 0),
        ("others", 1, 2, 0),
        ("bad", 0, 0, 8),
    ] {
        let text = std::fs::read(folder.join(name)).expect("a seed");
        let reading = Suppressions::default().read(&text, name);
        let found = (
            reading.entries,
            reading.ignored.len(),
            reading.problems.len(),
        );
        assert_eq!(
            found,
            (entries, ignored, problems),
            "{:#?}",
            reading.problems
        );
    }
}
