//! The table of rules: one name, one sentence, one function each.

mod attributes;
mod floors;
mod models;
mod shape;
mod walls;
mod words;

use super::finding::Finding;
use super::tree::Tree;

/// One rule of the house.
pub(crate) struct Rule {
    /// Stable name, printed with each finding; also the name of its fixture's folder.
    pub(crate) name: &'static str,
    /// What holds when the rule is kept.
    pub(crate) holds: &'static str,
    /// Every place where it does not hold.
    pub(crate) check: fn(&Tree) -> Vec<Finding>,
}

/// All rules, in the order in which `ARCHITECTURE.md` explains them.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        name: "floors",
        holds: "a crate has a floor and depends on lower floors only",
        check: floors::floors,
    },
    Rule {
        name: "preload-is-a-leaf",
        holds: "nothing depends on tenure-preload, except the tests of tenure-cli",
        check: floors::preload_is_a_leaf,
    },
    Rule {
        name: "models",
        holds: "the five models of tenure-model do not import each other",
        check: models::models,
    },
    Rule {
        name: "syscalls",
        holds: "system calls are made in tenure-os only",
        check: walls::syscalls,
    },
    Rule {
        name: "asm",
        holds: "assembly stands in tenure-os only; tenure-preload may use naked_asm!",
        check: walls::assembly,
    },
    Rule {
        name: "exported-names",
        holds: "unmangled names are exported by tenure-preload only",
        check: walls::exported_names,
    },
    Rule {
        name: "imported-names",
        holds: "C functions are imported by tenure-os and tenure-preload only",
        check: walls::imported_names,
    },
    Rule {
        name: "printing",
        holds: "only tenure-cli and xtask print",
        check: walls::printing,
    },
    Rule {
        name: "environment",
        holds: "only tenure-cli and xtask read arguments and environment",
        check: walls::environment,
    },
    Rule {
        name: "files",
        holds: "only tenure-vm, -probe, -lab, -cli and xtask open files by std",
        check: walls::files,
    },
    Rule {
        name: "no-std",
        holds: "crates that run inside the program carry #![no_std]",
        check: attributes::no_std,
    },
    Rule {
        name: "global-allocator",
        holds: "crates below malloc link neither alloc nor std",
        check: attributes::global_allocator,
    },
    Rule {
        name: "forbid-unsafe",
        holds: "crates outside the program carry #![forbid(unsafe_code)]",
        check: attributes::forbid_unsafe,
    },
    Rule {
        name: "first-line",
        holds: "a Rust file begins with a `//!` sentence",
        check: shape::first_line,
    },
    Rule {
        name: "file-length",
        holds: "a Rust file has at most 800 lines",
        check: shape::file_length,
    },
    Rule {
        name: "line-length",
        holds: "a line of Rust has at most 100 characters",
        check: shape::line_length,
    },
    Rule {
        name: "file-names",
        holds: "no mod.rs, and nothing is called utils, helpers, common, util or misc",
        check: shape::file_names,
    },
    Rule {
        name: "static-mut",
        holds: "there is no mutable static",
        check: words::static_mut,
    },
    Rule {
        name: "unfinished",
        holds: "no comment puts work off",
        check: words::unfinished,
    },
    Rule {
        name: "machine-paths",
        holds: "no text names a path of one person's machine",
        check: words::machine_paths,
    },
];
