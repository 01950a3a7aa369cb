//! The models of `tenure-model` are siblings that do not see each other.

use crate::tidy::finding::Finding;
use crate::tidy::lexer::Token;
use crate::tidy::paths::Path;
use crate::tidy::tree::{Source, Tree};

const MODELS: [&str; 6] = [
    "profile",
    "graph",
    "fragmentation",
    "timeline",
    "space",
    "layout",
];

/// No model imports another one; what two of them need goes to `model::unit`.
pub(super) fn models(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        let Some(rest) = source.path.strip_prefix("crates/tenure-model/src/") else {
            continue;
        };
        let module: Vec<&str> = rest.trim_end_matches(".rs").split('/').collect();
        let Some(own) = MODELS.into_iter().find(|model| *model == module[0]) else {
            continue;
        };
        for path in &source.paths {
            let Some(target) = from_crate_root(source, &module, path) else {
                continue;
            };
            let message = match MODELS.into_iter().find(|model| *model == target) {
                Some(other) if other != own => {
                    format!("the model {own} imports {other}; put what both need into crate::unit")
                }
                None if target == "*" => format!(
                    "the model {own} imports everything; name what it needs, so that an arrow \
                     to another model can be seen"
                ),
                _ => continue,
            };
            findings.push(Finding::new(&source.path, path.line, message));
        }
    }
    findings
}

/// The first name below the crate's root that `path` goes through, if it goes through the root.
fn from_crate_root<'a>(source: &Source, module: &[&str], path: &'a Path) -> Option<&'a str> {
    let segments = &path.segments;
    let supers = segments
        .iter()
        .take_while(|segment| *segment == "super")
        .count();
    let skipped = match segments[0].as_str() {
        "crate" | "tenure_model" => 1,
        "super" if supers >= module.len() + inline_depth(&source.tokens[..path.token]) => supers,
        _ => return None,
    };
    segments.get(skipped).map(String::as_str)
}

/// How many `mod name { … }` are open at the end of `tokens`.
fn inline_depth(tokens: &[Token]) -> usize {
    let mut braces = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.is_punct('{') {
            braces.push(at >= 2 && tokens[at - 2].is_word("mod"));
        } else if token.is_punct('}') {
            braces.pop();
        }
    }
    braces.into_iter().filter(|is_module| *is_module).count()
}
