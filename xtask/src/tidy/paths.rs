//! The paths (`std::env::var`, `crate::graph`) that a file writes, with `use` groups spelled out.
//!
//! `use std::{env, fs::File}` counts as `std::env` and `std::fs::File`. A name brought in under
//! another name is not followed: the `use` that brought it in is seen, and that is enough.

use super::lexer::{Kind, Token};

/// One path as written, without a leading `::`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// The segments; `*` for a glob.
    pub(crate) segments: Vec<String>,
    /// Where the path, or its part inside a `use` group, begins; counted from 1.
    pub(crate) line: usize,
    /// Index of the token with which it begins.
    pub(crate) token: usize,
}

impl Path {
    /// Whether the path begins with these segments.
    pub(crate) fn starts_with(&self, prefix: &[&str]) -> bool {
        self.segments.len() >= prefix.len() && self.segments.iter().zip(prefix).all(|(a, b)| a == b)
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.segments.join("::"))
    }
}

/// All paths of a file, single identifiers included.
pub(crate) fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = match tokens[at].kind {
            Kind::Ident => walk(tokens, at, Vec::new(), &mut found),
            _ => at + 1,
        };
    }
    found
}

/// Reads one path (or one part of a group) from `start`; returns the index behind it.
fn walk(tokens: &[Token], start: usize, mut segments: Vec<String>, found: &mut Vec<Path>) -> usize {
    let mut at = start;
    let end = loop {
        let Some(token) = tokens.get(at) else {
            break at;
        };
        match token.kind {
            Kind::Ident => segments.push(token.text.clone()),
            Kind::Punct('*') if at > start || !segments.is_empty() => segments.push("*".into()),
            Kind::Punct('{') if at > start => return walk_group(tokens, at + 1, &segments, found),
            _ => break at,
        }
        at += 1;
        if tokens.get(at).is_none_or(|next| next.kind != Kind::PathSep) {
            break at;
        }
        at += 1;
    };
    found.push(Path {
        segments,
        line: tokens[start].line,
        token: start,
    });
    end
}

/// Reads the parts of a `use` group up to its closing brace; returns the index behind it.
fn walk_group(tokens: &[Token], start: usize, prefix: &[String], found: &mut Vec<Path>) -> usize {
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        at = match token.kind {
            Kind::Punct('}') => return at + 1,
            Kind::Ident if token.text == "as" => at + 2,
            Kind::Ident | Kind::Punct('*') => walk(tokens, at, prefix.to_vec(), found),
            _ => at + 1,
        };
    }
    at
}

#[cfg(test)]
mod tests;
