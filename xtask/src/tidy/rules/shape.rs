//! The shape of files: first line, length, width, names.

use crate::tidy::finding::Finding;
use crate::tidy::tree::{Text, Tree};

const FILE_LINES_MAX: usize = 800;
const LINE_CHARS_MAX: usize = 100;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = [
    "utils", "util", "helpers", "helper", "common", "misc", "mod",
];

/// The first line of each Rust file says what the file is.
pub(super) fn first_line(tree: &Tree) -> Vec<Finding> {
    let begins = |text: &Text| text.text.starts_with("//!");
    rust(tree)
        .filter(|text| !begins(text))
        .map(|text| {
            let message = "the first line is not `//!`; begin with one sentence on what this is";
            Finding::new(&text.path, 1, message)
        })
        .collect()
}

/// A file is about one noun and ends in time.
pub(super) fn file_length(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for text in rust(tree) {
        let lines = text.text.lines().count();
        if lines > FILE_LINES_MAX {
            let message = format!(
                "the file has {lines} lines, {FILE_LINES_MAX} are allowed; split it by noun"
            );
            findings.push(Finding::new(&text.path, FILE_LINES_MAX + 1, message));
        }
    }
    findings
}

/// Characters, not bytes, count.
pub(super) fn line_length(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for text in rust(tree) {
        for (index, line) in text.text.lines().enumerate() {
            let chars = line.chars().count();
            if chars > LINE_CHARS_MAX {
                let message = format!(
                    "the line has {chars} characters, {LINE_CHARS_MAX} are allowed; break it"
                );
                findings.push(Finding::new(&text.path, index + 1, message));
            }
        }
    }
    findings
}

/// Neither files nor folders nor inline modules bear an empty name.
pub(super) fn file_names(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        let path = source.path.trim_end_matches(".rs");
        if let Some(name) = path.split('/').find(|part| EMPTY_NAMES.contains(part)) {
            let message = match source.file_name() {
                "mod.rs" => "mod.rs hides its name; use `name.rs` beside the folder `name`".into(),
                _ => format!("`{name}` says nothing; name the noun that the file is about"),
            };
            findings.push(Finding::new(&source.path, 1, message));
        }
        for pair in source.tokens.windows(2) {
            let name = pair[1].text.as_str();
            if pair[0].is_word("mod") && EMPTY_NAMES.contains(&name) {
                let message = format!("a module `{name}` says nothing; name its noun");
                findings.push(Finding::new(&source.path, pair[0].line, message));
            }
        }
    }
    findings
}

fn rust(tree: &Tree) -> impl Iterator<Item = &Text> {
    tree.texts.iter().filter(|text| text.path.ends_with(".rs"))
}
