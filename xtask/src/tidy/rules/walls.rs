//! What only some crates may do: system calls, assembly, exports, printing, files.
//!
//! These walls bind the product: `crates/` and `xtask`, without their tests. Two exceptions are
//! narrow and named here. `tenure-preload` may write `naked_asm!`, because its throwing C++
//! entry points need a frame that no compiler lays out. And a macro that `tenure-os` defines may
//! expand anywhere: a rule reads the text of a file, where the call is a plain macro call.

use crate::tidy::finding::Finding;
use crate::tidy::lexer::{Kind, Token};
use crate::tidy::paths::Path;
use crate::tidy::test_code::Attribute;
use crate::tidy::tree::{Source, Tree};

/// Crates whose purpose is to make system calls.
const SYSCALL_CRATES: [&str; 5] = ["rustix", "libc", "nix", "linux_raw_sys", "syscalls"];

const ASSEMBLY_MACROS: [&str; 3] = ["asm", "global_asm", "naked_asm"];

const PRINTING_MACROS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

/// Whom a wall lets through.
struct Wall {
    /// Folder names of the crates.
    homes: &'static [&'static str],
    /// Whether tests and build scripts may do it as well.
    tests_may: bool,
}

impl Wall {
    /// The sources that the wall binds.
    fn bound<'a>(&self, tree: &'a Tree) -> impl Iterator<Item = &'a Source> {
        let (homes, tests_may) = (self.homes, self.tests_may);
        tree.sources.iter().filter(move |source| {
            let free = tests_may && source.is_build_script();
            !free
                && source
                    .owner
                    .as_ref()
                    .is_some_and(|owner| !homes.contains(&owner.as_str()))
        })
    }

    /// Whether the wall binds this token of a bound source.
    fn binds(&self, source: &Source, token: usize) -> bool {
        !(self.tests_may && source.test_mask[token])
    }

    /// Every path that `is_broken_by` names, with the message made from it.
    fn paths(
        &self,
        tree: &Tree,
        is_broken_by: fn(&Path) -> bool,
        message: fn(&Path) -> String,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for source in self.bound(tree) {
            for path in &source.paths {
                if self.binds(source, path.token) && is_broken_by(path) {
                    findings.push(Finding::new(&source.path, path.line, message(path)));
                }
            }
        }
        findings
    }

    /// Every call of one of `macros`.
    fn macros(&self, tree: &Tree, macros: &[&str], way_out: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        for source in self.bound(tree) {
            for (at, call) in source.tokens.windows(3).enumerate() {
                let name = call[0].text.as_str();
                let called = call[1].is_punct('!') && !call[2].is_punct('=');
                if macros.contains(&name) && called && self.binds(source, at) {
                    let message = format!("{name}! {way_out}");
                    findings.push(Finding::new(&source.path, call[0].line, message));
                }
            }
        }
        findings
    }
}

/// System calls, by crate or by the name `syscall`, belong to `tenure-os`.
pub(super) fn syscalls(tree: &Tree) -> Vec<Finding> {
    let wall = Wall {
        homes: &["tenure-os"],
        tests_may: true,
    };
    let way_out = "belongs to tenure-os; give tenure-os a function for it and call that";
    let mut findings = Vec::new();
    for source in wall.bound(tree) {
        let tokens = source.tokens.as_slice();
        let crates = source.paths.iter().filter(|path| {
            let named = path.token > 0
                && (tokens[path.token - 1].is_word("use")
                    || tokens[path.token - 1].is_word("crate"));
            SYSCALL_CRATES.contains(&path.segments[0].as_str())
                && (path.segments.len() > 1 || named)
        });
        let calls = source.paths.iter().filter(|path| {
            let next = tokens.get(path.token + 1);
            let called = next.is_some_and(|next| next.is_punct('(') || next.is_punct('!'));
            path.segments == ["syscall"] && called
        });
        for path in crates
            .chain(calls)
            .filter(|path| wall.binds(source, path.token))
        {
            let message = format!("{path} {way_out}");
            findings.push(Finding::new(&source.path, path.line, message));
        }
    }
    findings
}

/// Assembly belongs to `tenure-os`.
pub(super) fn assembly(tree: &Tree) -> Vec<Finding> {
    let wall = Wall {
        homes: &["tenure-os"],
        tests_may: false,
    };
    let way_out = "belongs to tenure-os; wrap it there in a function or a macro and call that";
    let mut findings = wall.macros(tree, &ASSEMBLY_MACROS, way_out);
    findings.retain(|finding| {
        let in_preload = finding.path.starts_with("crates/tenure-preload/");
        !(in_preload && finding.message.starts_with("naked_asm!"))
    });
    findings
}

/// A library that exports `malloc` takes over every binary that links it.
pub(super) fn exported_names(tree: &Tree) -> Vec<Finding> {
    let wall = Wall {
        homes: &["tenure-preload"],
        tests_may: false,
    };
    let mut findings = Vec::new();
    for source in wall.bound(tree) {
        for at in 0..source.tokens.len() {
            let Some(attribute) = Attribute::at(&source.tokens, at) else {
                continue;
            };
            for name in &source.tokens[attribute.body..attribute.end] {
                if name.is_word("no_mangle") || name.is_word("export_name") {
                    let message = format!(
                        "{} exports a C name; exported names belong to tenure-preload",
                        name.text
                    );
                    findings.push(Finding::new(&source.path, name.line, message));
                }
            }
        }
    }
    findings
}

/// `extern "C" { … }` brings in C functions; defining one (`extern "C" fn`) is free.
pub(super) fn imported_names(tree: &Tree) -> Vec<Finding> {
    let wall = Wall {
        homes: &["tenure-os", "tenure-preload"],
        tests_may: true,
    };
    let mut findings = Vec::new();
    for source in wall.bound(tree) {
        for (at, token) in source.tokens.iter().enumerate() {
            if opens_import(&source.tokens[at..]) && wall.binds(source, at) {
                let message = "this block imports C functions; import them in tenure-os and \
                               give them a safe face there";
                findings.push(Finding::new(&source.path, token.line, message));
            }
        }
    }
    findings
}

/// Whether an `extern { … }` block begins with the first token.
fn opens_import(tokens: &[Token]) -> bool {
    match tokens {
        [word, abi, brace, ..] if abi.kind == Kind::Literal => {
            word.is_word("extern") && brace.is_punct('{')
        }
        [word, brace, ..] => word.is_word("extern") && brace.is_punct('{'),
        _ => false,
    }
}

/// Libraries return what they have to say.
pub(super) fn printing(tree: &Tree) -> Vec<Finding> {
    let wall = Wall {
        homes: &["tenure-cli", "xtask"],
        tests_may: true,
    };
    wall.macros(
        tree,
        &PRINTING_MACROS,
        "prints; return the text and let tenure-cli print it",
    )
}

/// Libraries take their settings as arguments. `env!` is read at build time and free.
pub(super) fn environment(tree: &Tree) -> Vec<Finding> {
    let wall = Wall {
        homes: &["tenure-cli", "xtask"],
        tests_may: true,
    };
    wall.paths(
        tree,
        |path| path.starts_with(&["std", "env"]),
        |path| format!("{path} reads the process; let tenure-cli read it and pass the value on"),
    )
}

/// Files and `/proc` are read where it is a crate's purpose.
pub(super) fn files(tree: &Tree) -> Vec<Finding> {
    let homes = &[
        "tenure-vm",
        "tenure-probe",
        "tenure-lab",
        "tenure-cli",
        "xtask",
    ];
    let wall = Wall {
        homes,
        tests_may: true,
    };
    wall.paths(tree, opens_files, |path| {
        format!("{path} opens files; take bytes, or go through tenure-probe or tenure-vm")
    })
}

fn opens_files(path: &Path) -> bool {
    let calls_file = path.segments.windows(2).any(|pair| {
        matches!(pair[0].as_str(), "File" | "OpenOptions")
            && pair[1].starts_with(char::is_lowercase)
    });
    calls_file || path.starts_with(&["std", "fs"])
}
