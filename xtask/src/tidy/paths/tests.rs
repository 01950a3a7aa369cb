//! Paths as people write them: chains, groups, globs, turbofish.

use super::paths;
use crate::tidy::lexer::lex;

/// All paths of more than one segment.
fn long(source: &str) -> Vec<String> {
    let found = paths(&lex(source).tokens);
    found
        .iter()
        .filter(|p| p.segments.len() > 1)
        .map(ToString::to_string)
        .collect()
}

#[test]
fn chains_are_read_whole() {
    assert_eq!(
        long("let x = ::std::env::var(a::b);"),
        ["std::env::var", "a::b"]
    );
}

#[test]
fn groups_are_spelled_out() {
    assert_eq!(
        long("use std::{env, fs::{self, File as F}, io::*};"),
        ["std::env", "std::fs::self", "std::fs::File", "std::io::*"]
    );
}

#[test]
fn a_group_part_is_found_on_its_own_line() {
    let found = paths(&lex("use std::{\n    io,\n    env,\n};").tokens);
    let env = found
        .iter()
        .find(|p| p.starts_with(&["std", "env"]))
        .expect("std::env is found");
    assert_eq!(env.line, 3);
}

#[test]
fn generic_arguments_are_paths_of_their_own() {
    assert_eq!(long("Vec::<std::fs::File>::new()"), ["std::fs::File"]);
}

#[test]
fn type_ascription_is_no_path() {
    assert_eq!(
        long("struct S { file: ::std::fs::File }"),
        ["std::fs::File"]
    );
}
