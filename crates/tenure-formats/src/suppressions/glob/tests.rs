//! Patterns against trying everything, and against time.

use std::time::{Duration, Instant};

use super::Glob;
use crate::suppressions::chance::Chance;

/// Time for one hostile pattern, which takes milliseconds: the machine may be busy.
const TIME_MAX: Duration = Duration::from_secs(20);

/// The meaning of a whole pattern, by trying everything.
fn slow(pattern: &[u8], text: &[u8], any: bool) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|at| slow(rest, &text[at..], any)),
        Some((wanted, rest)) => text.split_first().is_some_and(|(byte, text)| {
            (wanted == byte || (any && *wanted == b'?')) && slow(rest, text, any)
        }),
    }
}

/// The meaning of LSan's pattern, by trying everything.
fn slow_part(pattern: &[u8], text: &[u8]) -> bool {
    let (is_first, pattern) = match pattern.strip_prefix(b"^") {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let (is_last, pattern) = match pattern.strip_suffix(b"$") {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    (0..=text.len()).any(|from| {
        (from == 0 || !is_first)
            && (from..=text.len())
                .any(|to| (to == text.len() || !is_last) && slow(pattern, &text[from..to], false))
    })
}

#[test]
fn a_whole_pattern_fits_whole_names() {
    let fits = |pattern: &str, text: &str| Glob::whole(pattern.as_bytes()).fits(text.as_bytes());
    for (pattern, text) in [
        ("malloc", "malloc"),
        ("*", ""),
        ("*", "x"),
        ("**", "xyz"),
        ("*alloc", "calloc"),
        ("?alloc", "malloc"),
        ("m*c", "mc"),
        ("a*b*c", "aXbXbXc"),
        ("???", "abc"),
        ("*a?c*", "xxabcxx"),
        ("ab*ab", "abab"),
        (r"a\*", r"a\b"),
    ] {
        assert!(fits(pattern, text), "{pattern} {text}");
    }
    for (pattern, text) in [
        ("malloc", "mallocs"),
        ("malloc", "xmalloc"),
        ("?alloc", "alloc"),
        ("ab*ba", "aba"),
        ("a*b*c", "acb"),
        ("???", "ab"),
        ("*a?c*", "ac"),
        ("", "a"),
    ] {
        assert!(!fits(pattern, text), "{pattern} {text}");
    }
}

#[test]
fn a_pattern_of_lsan_fits_parts_of_names() {
    let fits = |pattern: &str, text: &str| Glob::part(pattern.as_bytes()).fits(text.as_bytes());
    for (pattern, text) in [
        ("foo", "xfoox"),
        ("^foo", "foox"),
        ("foo$", "foofoo"),
        ("^foo$", "foo"),
        ("f*o", "xfxox"),
        ("a$b", "xa$bx"),
        ("f?", "f?"),
        ("*", "x"),
    ] {
        assert!(fits(pattern, text), "{pattern} {text}");
    }
    for (pattern, text) in [
        ("foo", "fo"),
        ("^foo", "xfoo"),
        ("foo$", "foox"),
        ("^foo$", "foofoo"),
        ("f?", "fo"),
    ] {
        assert!(!fits(pattern, text), "{pattern} {text}");
    }
}

#[test]
fn patterns_of_chance_fit_what_trying_everything_says() {
    let mut chance = Chance(7);
    let mut fitted = 0;
    for _ in 0..40_000 {
        let (pattern, text) = (chance.text("ab*?", 8), chance.text("ab?", 9));
        let (bytes, name) = (pattern.as_bytes(), text.as_bytes());
        let expected = slow(bytes, name, true);
        assert_eq!(
            Glob::whole(bytes).fits(name),
            expected,
            "{pattern:?} {text:?}"
        );
        fitted += u32::from(expected);
        let pattern = chance.text("ab*?^$", 6);
        let expected = slow_part(pattern.as_bytes(), name);
        assert_eq!(
            Glob::part(pattern.as_bytes()).fits(name),
            expected,
            "{pattern:?} {text:?}"
        );
    }
    assert!((4_000..36_000).contains(&fitted), "{fitted}");
}

#[test]
fn many_stars_take_no_longer_than_few() {
    let start = Instant::now();
    let text = "a".repeat(20_000);
    let stars = "a*".repeat(9_000);
    assert!(!Glob::whole(format!("{stars}b").as_bytes()).fits(text.as_bytes()));
    assert!(Glob::whole(stars.as_bytes()).fits(text.as_bytes()));
    let questions = format!("*{}b*", "?".repeat(9_000));
    assert!(!Glob::whole(questions.as_bytes()).fits(text.as_bytes()));
    assert!(!Glob::part(format!("{stars}b").as_bytes()).fits(text.as_bytes()));
    assert!(start.elapsed() < TIME_MAX, "{:?}", start.elapsed());
}
