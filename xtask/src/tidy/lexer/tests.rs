//! The lexer on the corners of Rust's grammar that have fooled simpler readers.

use super::{Kind, lex};

/// The identifiers of `source`, in order.
fn words(source: &str) -> Vec<String> {
    let tokens = lex(source).tokens;
    tokens
        .into_iter()
        .filter(|t| t.kind == Kind::Ident)
        .map(|t| t.text)
        .collect()
}

#[test]
fn strings_hide_their_text() {
    assert_eq!(words(r#"let a = "println!(\"x\")"; b"#), ["let", "a", "b"]);
    assert_eq!(words("x(b\"asm\", c\"asm\", b'\\'', y)"), ["x", "y"]);
}

#[test]
fn raw_strings_end_at_their_own_hashes() {
    assert_eq!(words("r#\"one \" two\"# three"), ["three"]);
    assert_eq!(words("br##\"one \"# two\"## three"), ["three"]);
    assert_eq!(words("r\"back\\\" after"), ["after"]);
}

#[test]
fn raw_identifiers_are_identifiers() {
    assert_eq!(words("r#type r#fn"), ["type", "fn"]);
}

#[test]
fn block_comments_nest() {
    let lexed = lex("a /* one /* two */ still */ b");
    assert_eq!(lexed.tokens.len(), 2);
    assert_eq!(lexed.comments.len(), 1);
}

#[test]
fn lifetimes_are_not_characters() {
    assert_eq!(
        words("fn f<'a, 'b>(x: &'static mut u8, c: char) { 'a' ; '\\'' ; '\\u{1F}' ; z }"),
        ["fn", "f", "x", "mut", "u8", "c", "char", "z"]
    );
}

#[test]
fn numbers_leave_ranges_and_methods_alone() {
    assert_eq!(words("1..max 1.0e3 0x_ff 2.pow"), ["max", "pow"]);
}

#[test]
fn lines_are_counted_through_literals_and_comments() {
    let lexed = lex("\"a\nb\"\n/* c\nd */ e\n// f\ng");
    let e = lexed
        .tokens
        .iter()
        .find(|t| t.text == "e")
        .expect("e is a token");
    let g = lexed
        .tokens
        .iter()
        .find(|t| t.text == "g")
        .expect("g is a token");
    assert_eq!((e.line, g.line), (4, 6));
    let lines: Vec<usize> = lexed.comments.iter().map(|c| c.line).collect();
    assert_eq!(lines, [3, 4, 5]);
}

#[test]
fn an_open_string_or_comment_runs_to_the_end() {
    for source in ["\"abc", "r#\"abc\"", "/* abc", "b'", "'\\", "'", "r#"] {
        lex(source);
    }
}
