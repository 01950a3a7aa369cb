//! Foreign text made safe to show: no control characters, cut to a width, quoted for a shell.

/// `text` with control characters escaped, so that a file name cannot steer the terminal.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() {
            shown.extend(char.escape_default());
        } else {
            shown.push(char);
        }
    }
    shown
}

/// `text` cut to `columns`, with an ellipsis where something is missing.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let kept = text.chars().take(columns.saturating_sub(1));
    kept.chain((columns > 0).then_some('…')).collect()
}

/// `text` as one word of a POSIX shell, quoted where it needs to be.
///
/// ```
/// use tenure_report::shell_word;
/// assert_eq!(shell_word("a.tnr"), "a.tnr");
/// assert_eq!(shell_word("it's"), r"'it'\''s'");
/// ```
pub fn shell_word(text: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "-_./=:,@%+".contains(char);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    //! What hostile names become.

    use super::*;

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(
            visible("a\x1b[31mb\n\u{9b}c é"),
            "a\\u{1b}[31mb\\n\\u{9b}c é"
        );
    }

    #[test]
    fn cut_text_ends_with_an_ellipsis_within_its_columns() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("abcd", 0), "");
        assert_eq!(cut("äöüß", 3), "äö…");
    }

    #[test]
    fn words_that_a_shell_would_read_are_quoted() {
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_word("a b"), "'a b'");
        assert_eq!(shell_word("$(x)"), "'$(x)'");
    }
}
