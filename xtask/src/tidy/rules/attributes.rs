//! What the root file of a crate must declare about itself.

use crate::tidy::finding::Finding;
use crate::tidy::test_code::Attribute;
use crate::tidy::tree::{Crate, Source, Tree};

/// Crates that run inside the program.
const INSIDE: [&str; 9] = [
    "tenure-base",
    "tenure-os",
    "tenure-place",
    "tenure-ptr",
    "tenure-vm",
    "tenure-heap",
    "tenure-region",
    "tenure-gc",
    "tenure-record",
];

/// Crates that malloc stands on, or that run within it: they cannot call malloc.
const BELOW_MALLOC: [&str; 6] = [
    "tenure-base",
    "tenure-os",
    "tenure-vm",
    "tenure-heap",
    "tenure-record",
    "tenure-preload",
];

/// Crates that only look at memory from outside. `tenure-probe` is not among them.
const OUTSIDE: [&str; 7] = [
    "tenure-trace",
    "tenure-model",
    "tenure-formats",
    "tenure-sim",
    "tenure-report",
    "tenure-cli",
    "xtask",
];

/// The one outside crate that may name a reason for unsafe code.
const MAY_NAME_A_REASON: &str = "tenure-cli";

/// `#![no_std]` in every inside crate; `tenure-preload` may put it under `cfg_attr`.
pub(super) fn no_std(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (house, root) in roots(tree) {
        let declared = match house.folder.as_str() {
            "tenure-preload" => inner_attributes(root)
                .iter()
                .any(|words| words[..] == ["no_std"] || is_conditional_no_std(words)),
            folder if INSIDE.contains(&folder) => inner_attributes(root)
                .iter()
                .any(|words| words[..] == ["no_std"]),
            _ => continue,
        };
        if !declared {
            let message = format!(
                "{} runs inside the program; put `#![no_std]` under the file's first lines",
                house.folder
            );
            findings.push(Finding::new(&root.path, 1, message));
        }
    }
    findings
}

fn is_conditional_no_std(words: &[&str]) -> bool {
    words.first() == Some(&"cfg_attr") && words.last() == Some(&"no_std")
}

/// No `extern crate alloc` or `std` below malloc, except for tests and loom.
pub(super) fn global_allocator(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        let Some(owner) = &source.owner else { continue };
        if !BELOW_MALLOC.contains(&owner.as_str()) || source.is_build_script() {
            continue;
        }
        for (at, words) in source.tokens.windows(3).enumerate() {
            let links = words[0].is_word("extern") && words[1].is_word("crate");
            let heap = words[2].is_word("alloc") || words[2].is_word("std");
            if links && heap && !source.test_mask[at] && !is_gated(source, at) {
                let message = format!(
                    "{owner} stands below malloc and cannot use `{}`; use fixed storage, or map \
                     memory by tenure-vm",
                    words[2].text
                );
                findings.push(Finding::new(&source.path, words[0].line, message));
            }
        }
    }
    findings
}

/// Whether the item at `item` stands right under a `cfg` that asks for loom or tests.
fn is_gated(source: &Source, item: usize) -> bool {
    (0..item).any(|at| {
        Attribute::at(&source.tokens, at).is_some_and(|attribute| {
            let words = attribute.words(&source.tokens);
            let asks = words.contains(&"loom") || words.contains(&"test");
            attribute.end == item && words[0] == "cfg" && asks && !words.contains(&"not")
        })
    })
}

/// `#![forbid(unsafe_code)]` in every outside crate.
pub(super) fn forbid_unsafe(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (house, root) in roots(tree) {
        let folder = house.folder.as_str();
        let excused = folder == MAY_NAME_A_REASON
            && house
                .manifest
                .unsafe_reason
                .as_ref()
                .is_some_and(|reason| !reason.is_empty());
        if !OUTSIDE.contains(&folder) || excused {
            continue;
        }
        let forbids = |words: &Vec<&str>| words[..] == ["forbid", "unsafe_code"];
        if !inner_attributes(root).iter().any(forbids) {
            let message = format!(
                "{folder} only looks from outside; put `#![forbid(unsafe_code)]` under the \
                 file's first lines"
            );
            findings.push(Finding::new(&root.path, 1, message));
        }
    }
    findings
}

/// Each crate with each of its root files.
fn roots(tree: &Tree) -> impl Iterator<Item = (&Crate, &Source)> {
    tree.crates.iter().flat_map(|house| {
        let folder = house.path.trim_end_matches("Cargo.toml");
        let names = [
            format!("{folder}src/lib.rs"),
            format!("{folder}src/main.rs"),
        ];
        let mine = move |source: &&Source| names.contains(&source.path);
        tree.sources
            .iter()
            .filter(mine)
            .map(move |source| (house, source))
    })
}

/// The words of each `#![…]` of a file.
fn inner_attributes(source: &Source) -> Vec<Vec<&str>> {
    let attributes = (0..source.tokens.len()).filter_map(|at| Attribute::at(&source.tokens, at));
    attributes
        .filter(|a| a.inner)
        .map(|a| a.words(&source.tokens))
        .collect()
}
