//! What a figure means, as text for people.

use crate::style::{Style, Tone};
use crate::term::Term;

const INDENT: &str = "  ";

/// The term's words, its JSON name and unit, and its meaning, filled to the width.
///
/// ```
/// use tenure_report::{Style, explanation::explanation, term};
/// let text = explanation(&term::PID, Style::PLAIN);
/// assert_eq!(text, "pid (number)\n  Process id.\n");
/// ```
pub fn explanation(term: &Term, style: Style) -> String {
    let label = match term.label {
        "" => term.name,
        label => label,
    };
    let json = match term.name == label {
        true => format!("({})", term.unit),
        false => format!("({} in JSON; {})", term.name, term.unit),
    };
    let mut text = format!("{} {}\n", style.paint(Tone::Title, label), json);
    let mut line = INDENT.to_owned();
    for word in term.meaning.split_whitespace() {
        let begun = line.len() > INDENT.len();
        if begun && line.chars().count() + 1 + word.chars().count() > style.width {
            text.push_str(&line);
            text.push('\n');
            line = INDENT.to_owned();
        } else if begun {
            line.push(' ');
        }
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    //! Lines stay within the width.

    use super::*;
    use crate::term;

    #[test]
    fn every_explanation_fits_its_width() {
        for width in [40, 80] {
            for term in term::ALL {
                let text = explanation(
                    term,
                    Style {
                        width,
                        color: false,
                    },
                );
                for line in text.lines().skip(1) {
                    assert!(line.chars().count() <= width, "{line}");
                }
                let words = text.lines().skip(1).flat_map(str::split_whitespace);
                assert_eq!(words.collect::<Vec<_>>().join(" "), term.meaning);
            }
        }
    }
}
