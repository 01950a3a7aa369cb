//! Words that have no place in the tree.

use crate::tidy::finding::Finding;
use crate::tidy::test_code::is_test_file;
use crate::tidy::tree::{Text, Tree};

/// Marks of work put off.
const UNFINISHED: [&str; 3] = ["TODO", "FIXME", "XXX"];

/// Folders under `/` that belong to one person's machine.
const MACHINE_FOLDERS: [&str; 4] = ["home", "root", "Users", "work"];

/// Names that stand for anybody: `/home/user/…` is an example.
const ANYBODY: [&str; 3] = ["me", "user", "you"];

/// A mutable static is a data race that waits for its second thread.
pub(super) fn static_mut(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        for pair in source.tokens.windows(2) {
            if pair[0].is_word("static") && pair[1].is_word("mut") {
                let message = "a mutable static; use an atomic, a lock, or a cell in a type \
                               whose `Sync` is argued";
                findings.push(Finding::new(&source.path, pair[0].line, message));
            }
        }
    }
    findings
}

/// A comment in Rust, and any line of another source, that marks work put off.
///
/// Prose (`.md`) is free to talk about such marks, and so is a comment between backticks.
pub(super) fn unfinished(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut look = |path: &str, line: usize, text: &str| {
        if let Some(mark) = UNFINISHED.into_iter().find(|mark| has_word(text, mark)) {
            let message = format!("{mark} puts work off; do it, or state the limit in the docs");
            findings.push(Finding::new(path, line, message));
        }
    };
    for source in &tree.sources {
        for comment in &source.comments {
            look(&source.path, comment.line, &comment.text);
        }
    }
    for text in &tree.texts {
        if !text.path.ends_with(".rs") && !text.path.ends_with(".md") {
            for (index, line) in text.text.lines().enumerate() {
                look(&text.path, index + 1, line);
            }
        }
    }
    findings
}

/// Whether `word` stands in `text` as a whole word and outside backticks.
fn has_word(text: &str, word: &str) -> bool {
    let quoted = |at: usize| text[..at].matches('`').count() % 2 == 1;
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !part(before) && !part(after) && !quoted(at)
    })
}

/// A path that exists on one machine only helps nobody else.
///
/// The shared data folder beside the checkout may be named by `.ci/run` and by tests, which say
/// `skipped` where it is missing.
pub(super) fn machine_paths(tree: &Tree) -> Vec<Finding> {
    let shared = ["..", "shared"].join("/");
    let mut findings = Vec::new();
    for text in &tree.texts {
        let may_name_shared = text.path == ".ci/run" || is_test_file(&text.path);
        for (index, line) in text.text.lines().enumerate() {
            let found = MACHINE_FOLDERS
                .into_iter()
                .find_map(|folder| machine_path(line, folder));
            let shared = (!may_name_shared && line.contains(&shared)).then(|| shared.clone());
            if let Some(path) = found.or(shared) {
                let message = format!("`{path}` exists on one machine only; say it without");
                findings.push(finding(text, index, message));
            }
        }
    }
    findings
}

fn finding(text: &Text, index: usize, message: String) -> Finding {
    Finding::new(&text.path, index + 1, message)
}

/// The first absolute path of `line` that leads into `/folder/`.
fn machine_path(line: &str, folder: &str) -> Option<String> {
    let opening = format!("/{folder}/");
    line.match_indices(&opening).find_map(|(at, _)| {
        let before = line[..at].chars().next_back();
        // Behind a word, a dot or `~` it is the middle of another path.
        let middle = before.is_some_and(|c| c.is_alphanumeric() || "._-~/}*$".contains(c));
        let rest = &line[at..];
        let end = rest.find(|c: char| c.is_whitespace() || "\"'`)>,;".contains(c));
        let path = &rest[..end.unwrap_or(rest.len())];
        let inside = &path[opening.len().min(path.len())..];
        let example = inside
            .split('/')
            .next()
            .is_some_and(|name| ANYBODY.contains(&name));
        (!middle && !inside.is_empty() && !example).then(|| path.to_owned())
    })
}
