//! Each wrapper comes off, layers too, and what is no wrapper stays.

use super::*;

const INSIDE: &str = "[0.123s][info][gc] GC(0) Pause Young (Normal) 5M->1M(8M) 1.5ms";

fn unwrapped(line: &str) -> String {
    let mut wrapper = Wrapper::default();
    String::from_utf8_lossy(wrapper.unwrap(line.as_bytes())).into_owned()
}

#[test]
fn each_prefix_comes_off() {
    for prefix in [
        "2026-11-24T00:35:34.123456789Z stdout F ",
        "2026-11-24T00:35:34.123456789+01:00 stderr F ",
        "2026-11-24T00:35:34.123456789Z ",
        "web-1  | ",
        "\u{1b}[36mweb-1  |\u{1b}[0m ",
        "web-1  | 2026-11-24T00:35:34.123456789Z ",
        "[pod/web-5d7f/app] ",
        "[pod/web-5d7f/app] 2026-11-24T00:35:34.1Z ",
        "Nov 24 00:35:34 host-1 java[123]: ",
        "Nov  4 00:35:34.123456 host-1 java: ",
        "2026-11-24T00:35:34+0000 host-1 java[123]: ",
        "<34>Nov 24 00:35:34 host-1 java[123]: ",
        "<34>1 2026-11-24T00:35:34.000Z host-1 app 12 id - ",
        "<34>1 2026-11-24T00:35:34.000Z host-1 app 12 id [a b=\"c\"] ",
    ] {
        assert_eq!(unwrapped(&format!("{prefix}{INSIDE}")), INSIDE, "{prefix}");
    }
}

#[test]
fn a_message_of_json_is_decoded() {
    for (line, inside) in [
        (
            r#"{"log":"a \"b\" \\ \t c\n","stream":"stdout","time":"2026"}"#,
            "a \"b\" \\ \t c",
        ),
        (
            r#"{"level":30,"time":1.5e3,"a":{"b":[1,{"msg":"no"}]},"msg":"yes"}"#,
            "yes",
        ),
        (
            r#" { "log" : {"offset":1}, "message" : "x\u002dy \ud83d\ude00" }"#,
            "x-y \u{1f600}",
        ),
        (r#"{"message":"cut sho"#, "cut sho"),
        (r#"web  | {"MESSAGE":"a\nb\r\n"}"#, "a b"),
    ] {
        assert_eq!(unwrapped(line), inside, "{line}");
    }
}

#[test]
fn what_is_no_wrapper_stays() {
    for line in [
        INSIDE,
        "",
        "2021-01-01T10:00:00.123+0000: 1.234: [GC (Allocation Failure) 1K->1K(1K), 0.1 secs]",
        "2021-01-01T10:00:00.123 text",
        "[123:0x1]  46 ms: Scavenge",
        "gc: done, 0.0001s elapsed",
        "{\"level\":1,\"text\":2}",
        "{\"log\":",
        "{[}\"log\":\"a\"}",
        "{",
        "<verbosegc version=\"1\">",
        "<GC(1): freed 1 bytes, 94% free (1/2), in 1077 ms>",
        "Nov 24 a b c",
    ] {
        assert_eq!(unwrapped(line), line);
    }
}

#[test]
fn a_log_that_shows_no_wrapper_is_let_alone_afterwards() {
    let mut wrapper = Wrapper::default();
    for _ in 0..LEARN_LINES {
        assert_eq!(wrapper.unwrap(INSIDE.as_bytes()), INSIDE.as_bytes());
    }
    let late = b"web-1  | text";
    assert_eq!(wrapper.unwrap(late), late);
    assert!(!wrapper.is_used());
}

#[test]
fn a_few_lines_of_another_program_make_no_wrapped_log() {
    let mut wrapper = Wrapper::default();
    wrapper.unwrap(b"{\"msg\":\"hello\"}");
    assert!(wrapper.is_used());
    for _ in 1..LEARN_LINES {
        assert_eq!(wrapper.unwrap(INSIDE.as_bytes()), INSIDE.as_bytes());
    }
    assert!(!wrapper.is_used());
    let late = b"{\"msg\":\"hello\"}";
    assert_eq!(wrapper.unwrap(late), late);
}
