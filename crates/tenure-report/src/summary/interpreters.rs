//! Which interpreters ran whose functions are not shown, and why.

use crate::style::{Style, Tone};
use tenure_model::profile::{Sites, Unread, UnreadInterpreter};

/// The versions whose frames can be read, for people.
const READ: &str = "3.11 to 3.13";

/// A line or two for each interpreter whose frames could not be read; empty where there was none.
pub fn unread_interpreters(sites: &Sites, style: Style) -> String {
    let mut text = String::new();
    for interpreter in &sites.unread_interpreters {
        let [ran, why] = reason(interpreter);
        text.push_str(&format!(
            "\n  {}\n  {}\n",
            style.paint(Tone::Bad, &ran),
            why
        ));
    }
    text
}

fn reason(interpreter: &UnreadInterpreter) -> [String; 2] {
    let name = match interpreter.version {
        None => "A Python older than 3.11".to_owned(),
        Some([major, minor, patch]) => format!("Python {major}.{minor}.{patch}"),
    };
    let ran = format!("{name} ran; its functions are not shown, but the interpreter's own.");
    let why = match interpreter.reason {
        Unread::Version => format!("Frames of CPython {READ} can be read."),
        Unread::Build => {
            "It is built in a way whose frames cannot be read: without the global lock, say."
                .to_owned()
        }
    };
    [ran, why]
}

#[cfg(test)]
mod tests {
    //! The reasons as they are printed.

    use super::*;

    fn shown(version: Option<[u8; 3]>, reason: Unread) -> String {
        let sites = Sites {
            unread_interpreters: vec![UnreadInterpreter { version, reason }],
            ..Sites::default()
        };
        unread_interpreters(&sites, Style::PLAIN)
    }

    #[test]
    fn each_reason_names_the_version_and_what_would_do() {
        assert_eq!(
            shown(Some([3, 14, 0]), Unread::Version),
            "\n  Python 3.14.0 ran; its functions are not shown, but the interpreter's own.\n  \
             Frames of CPython 3.11 to 3.13 can be read.\n"
        );
        assert!(shown(None, Unread::Version).contains("A Python older than 3.11 ran;"));
        let built = shown(Some([3, 13, 1]), Unread::Build);
        assert!(built.contains("Python 3.13.1 ran;") && built.contains("without the global lock"));
        assert_eq!(unread_interpreters(&Sites::default(), Style::PLAIN), "");
    }
}
