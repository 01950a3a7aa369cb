//! Where test code begins and ends.

use super::{is_test_file, mask, test_modules};
use crate::tidy::lexer::lex;

/// The words of `source` that are not test code.
fn product_words(source: &str) -> Vec<String> {
    let tokens = lex(source).tokens;
    let mask = mask(&tokens);
    let product = tokens.iter().zip(mask).filter(|(_, test)| !test);
    product
        .map(|(t, _)| t.text.clone())
        .filter(|text| !text.is_empty())
        .collect()
}

#[test]
fn a_test_module_ends_at_its_brace() {
    let source = "#[cfg(test)] #[allow(x)] mod t { fn a() { b } } fn c() {}";
    assert_eq!(product_words(source), ["fn", "c"]);
}

#[test]
fn a_test_function_may_take_arrays() {
    assert_eq!(
        product_words("#[test] fn a(x: [u8; 4]) -> u8 { b } c"),
        ["c"]
    );
}

#[test]
fn a_use_for_tests_ends_at_its_semicolon() {
    assert_eq!(
        product_words("#[cfg(test)] use std::env; use std::fs;"),
        ["use", "std", "fs"]
    );
}

#[test]
fn not_test_and_any_are_product_code() {
    let source = "#[cfg(not(test))] fn a() {} #[cfg(any(test, x))] fn b() {}";
    assert!(product_words(source).contains(&"a".to_owned()));
    assert!(product_words(source).contains(&"b".to_owned()));
}

#[test]
fn an_inner_attribute_makes_the_whole_file_test_code() {
    assert!(product_words("#![cfg(all(test, loom))] fn a() {} fn b() {}").is_empty());
}

#[test]
fn modules_for_tests_are_named() {
    let tokens = lex("mod a; #[cfg(test)] mod shadow; #[cfg(test)] mod b { mod c {} }").tokens;
    assert_eq!(test_modules(&tokens, &mask(&tokens)), ["shadow"]);
}

#[test]
fn test_files_are_known_by_their_place() {
    for path in [
        "crates/a/tests/it/main.rs",
        "crates/a/src/b/tests.rs",
        "crates/a/benches/c.rs",
    ] {
        assert!(is_test_file(path), "{path}");
    }
    assert!(!is_test_file("crates/a/src/latests.rs"));
}
