//! Functions, files and lines are those that the compiler was given.

use crate::program::{INLINED_C, Program, addresses_of, module_of, text_of};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use tenure_probe::symbols::{Frame, Module, ModuleKind, Quality, Request, Resolved, Symboliser};

/// `function:line` of each frame, the innermost first.
pub(crate) fn written(frames: &[Frame]) -> String {
    let one = |frame: &Frame| {
        let function = frame.function.as_deref().unwrap_or("?");
        match (frame.line, frame.offset) {
            (Some(line), _) => format!("{function}:{line}"),
            (None, Some(offset)) => format!("{function}+{offset}"),
            (None, None) => function.to_owned(),
        }
    };
    frames.iter().map(one).collect::<Vec<_>>().join(" < ")
}

pub(crate) fn look_up(module: &Module, addresses: &[u64]) -> Resolved {
    Symboliser::new().module(module, addresses, &mut |_| {})
}

/// The line of [`INLINED_C`] that has `text`.
fn line_of(text: &str) -> usize {
    INLINED_C
        .lines()
        .position(|line| line.contains(text))
        .expect("a line of the source")
        + 1
}

#[test]
fn inlined_functions_are_told_with_the_lines_of_their_calls() {
    let Some(program) = Program::inlined() else {
        return;
    };
    let found = look_up(&program.module(), &program.addresses("outermost"));
    assert_eq!(found.quality, Quality::Lines);
    assert_eq!(found.notes, []);
    let expected = format!(
        "innermost:{} < middle:{} < outermost:{}",
        line_of("malloc(bytes * 3)"),
        line_of("innermost(bytes + 1)"),
        line_of("middle(bytes + 2)"),
    );
    let all: Vec<_> = found
        .frames
        .iter()
        .map(|(_, frames)| written(frames))
        .collect();
    assert!(all.contains(&expected), "{expected} in {all:#?}");
    let (_, frames) = found
        .frames
        .iter()
        .find(|(_, frames)| frames.len() == 3)
        .expect("three");
    assert!(
        frames
            .iter()
            .all(|frame| frame.file.as_deref().unwrap_or("").ends_with("source.c"))
    );
}

#[test]
fn compressed_debug_data_is_read() {
    let plain = Program::inlined();
    for kind in ["-gz=zlib", "-gz=zstd"] {
        let Some(plain) = &plain else { return };
        let Some(packed) = Program::compile("cc", INLINED_C, &["-g", kind]) else {
            continue;
        };
        let of = |program: &Program| {
            let found = look_up(&program.module(), &program.addresses("outermost"));
            assert_eq!(found.notes, []);
            found
                .frames
                .iter()
                .map(|(_, frames)| written(frames))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(&packed), of(plain), "{kind}");
    }
}

#[test]
fn without_lines_the_symbol_table_names_the_function() {
    let Some(program) = Program::compile("cc", INLINED_C, &[]) else {
        return;
    };
    let addresses = program.addresses("hidden");
    let found = look_up(&program.module(), &addresses);
    assert_eq!(found.quality, Quality::Functions);
    assert_eq!(written(found.at(addresses[0]).unwrap()), "hidden+0");
    assert_eq!(written(found.at(addresses[3]).unwrap()), "hidden+3");
}

#[test]
fn a_stripped_library_names_what_it_exports_and_no_more() {
    let flags = ["-shared", "-fPIC"];
    let Some(program) = Program::compile("cc", INLINED_C, &flags) else {
        return;
    };
    let (hidden, outermost) = (program.addresses("hidden"), program.addresses("outermost"));
    if !program.tool("strip", &["program"]) {
        return;
    }
    let found = look_up(&program.module(), &[hidden[0], outermost[0], outermost[2]]);
    assert_eq!(found.quality, Quality::Exported);
    assert_eq!(written(found.at(outermost[2]).unwrap()), "outermost+2");
    // A function that is not exported is not given the name of the one before it.
    assert_eq!(written(found.at(hidden[0]).unwrap()), "");
}

#[test]
fn an_address_outside_of_all_functions_has_no_name() {
    let Some(program) = Program::inlined() else {
        return;
    };
    let found = look_up(&program.module(), &[0, 1, u64::MAX, 0xffff_ffff_ffff]);
    assert!(
        found.frames.iter().all(|(_, frames)| frames.is_empty()),
        "{found:?}"
    );
    assert_eq!(found.at(5), None);
}

/// What GNU addr2line says of each address, in the form of [`written`].
fn by_binutils(path: &Path, addresses: &[u64]) -> Option<Vec<String>> {
    let input = addresses.iter().fold(String::new(), |mut input, address| {
        let _ = writeln!(input, "{address:#x}");
        input
    });
    let list = tempfile::NamedTempFile::new().ok()?;
    std::fs::write(list.path(), input).ok()?;
    let program = path.to_str()?;
    let output = Command::new("addr2line")
        .args(["-a", "-f", "-i", "-C", "-e", program])
        .arg(format!("@{}", list.path().display()))
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut answers: Vec<Vec<String>> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("0x") {
            answers.push(Vec::new());
            continue;
        }
        let place = lines.next()?;
        let number = place.rsplit(':').next()?.split_whitespace().next()?;
        answers.last_mut()?.push(format!("{line}:{number}"));
    }
    Some(answers.iter().map(|frames| frames.join(" < ")).collect())
}

const INLINED_CXX: &str = r#"#include <map>
#include <string>
#include <vector>
namespace shelf {
template <class T> struct Rows {
    std::vector<T> rows;
    void put(T row) { rows.push_back(row); }
};
__attribute__((noinline)) std::size_t fill(int count) {
    Rows<std::string> rows;
    std::map<int, std::string> index;
    for (int at = 0; at < count; at++) {
        rows.put(std::string(100, 'x'));
        index[at] = rows.rows.back();
    }
    return rows.rows.size() + index.size();
}
}
int main(int count, char **) { return shelf::fill(count) > 100; }
"#;

#[test]
fn another_reader_of_dwarf_agrees() {
    for (compiler, source) in [("cc", INLINED_C), ("c++", INLINED_CXX)] {
        let Some(program) = Program::compile(compiler, source, &["-g"]) else {
            continue;
        };
        let addresses: Vec<_> = match compiler {
            "cc" => program.addresses("outermost"),
            _ => addresses_of(&program.path, "_ZN5shelf4fillEi"),
        };
        let Some(expected) = by_binutils(&program.path, &addresses) else {
            println!("skipped: no addr2line");
            return;
        };
        assert_eq!(expected.len(), addresses.len());
        let found = look_up(&program.module(), &addresses);
        let lines = |text: &str| -> Vec<String> {
            // Spelling of templates differs between demanglers; the plain name and line do not.
            let plain = |frame: &str| {
                let (name, line) = frame.rsplit_once(':').unwrap_or((frame, ""));
                let name = name.split(['(', '<', ' ']).next().unwrap_or("");
                let name = name.rsplit("::").next().unwrap_or("").to_owned();
                format!("{name}:{line}")
            };
            let frames = text.replace("operator<", "operator_less");
            frames.split(" < ").map(plain).collect()
        };
        let mut differ = 0;
        for ((address, frames), expected) in found.frames.iter().zip(&expected) {
            let (ours, theirs) = (lines(&written(frames)), lines(expected));
            // Where the compiler gives line 0, binutils says `?` and we leave the line out.
            let is_same = ours.len() == theirs.len()
                && ours.iter().zip(&theirs).all(|(our, their)| {
                    our == their || their.ends_with(":?") || their.ends_with(":0")
                });
            if !is_same {
                differ += 1;
                println!("{address:#x}\n  {ours:?}\n  {theirs:?}");
            }
        }
        assert_eq!(differ, 0, "of {} addresses of {compiler}", addresses.len());
    }
}

#[test]
fn names_of_this_rust_program_are_readable() {
    let own = std::env::current_exe().expect("a path");
    let found = look_up(&module_of(&own), &text_of(&own)[..4096]);
    let names: Vec<_> = found
        .frames
        .iter()
        .flat_map(|(_, frames)| frames.iter().filter_map(|frame| frame.function.as_deref()))
        .collect();
    assert!(!names.is_empty());
    let mangled = |name: &&&str| name.starts_with("_ZN") || name.starts_with("_R");
    assert_eq!(names.iter().find(mangled), None);
}

#[test]
fn progress_counts_up_to_all_addresses() {
    let Some(program) = Program::inlined() else {
        return;
    };
    let addresses = text_of(&program.path);
    let request = Request {
        module: program.module(),
        addresses: addresses.clone(),
    };
    let mut seen = Vec::new();
    let requests = [request.clone(), request];
    let found = Symboliser::new().all(&requests, &mut |progress| {
        assert_eq!(progress.total, 2 * addresses.len());
        assert_eq!(progress.module, program.path);
        seen.push(progress.done);
    });
    assert_eq!(found[0], found[1]);
    assert!(seen.is_sorted(), "{seen:?}");
    assert_eq!(seen.last(), Some(&(2 * addresses.len())));
}

#[test]
fn the_vdso_of_another_kernel_is_not_ours() {
    let kind = ModuleKind::Vdso;
    let module = Module {
        path: "[vdso]".into(),
        build_id: vec![7; 20],
        kind,
    };
    let found = look_up(&module, &[0xa00]);
    assert_eq!(found.at(0xa00), Some(&[][..]));
    assert!(
        found.notes[0].to_string().contains("in no file"),
        "{:?}",
        found.notes
    );
}
