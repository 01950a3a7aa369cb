//! A page that opens without a network: style, data and scripts stand inside one file.
//!
//! # Shape
//!
//! The modules of `ui/` import each other by bare names, which an import map resolves to data
//! addresses: so they stay plain ES modules that a type checker and a test can read as they are,
//! and no bundler is needed. Before them stands a short script that shows a failure in words, so
//! that a page is never silently empty.

use crate::visible::visible;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter};
use std::io::{self, Write};

/// What a page of ours begins with, and by which it is known.
pub const BEGIN: &str = "<!doctype html>\n<html lang=\"en\" data-made-by=\"tenure\">\n";

/// The look that all pages share.
pub(crate) const BASE_STYLE: &str = include_str!("../ui/shared/base.css");
/// Modules that all pages share, by the names under which others import them.
pub(crate) const SHARED: [(&str, &str); 3] = [
    ("tenure/elements", include_str!("../ui/shared/elements.js")),
    ("tenure/units", include_str!("../ui/shared/units.js")),
    ("tenure/chart", include_str!("../ui/shared/chart.js")),
];

/// Says that a page could not be drawn, and why.
const WATCH: &str = "\
addEventListener(\"error\", (event) => tell(event.message || \"a script could not be loaded\"));\n\
addEventListener(\"unhandledrejection\", (event) => tell(String(event.reason)));\n\
function tell(why) {\n  \
  const line = document.createElement(\"p\");\n  \
  line.className = \"failure\";\n  \
  line.setAttribute(\"role\", \"alert\");\n  \
  line.textContent = `This page could not be drawn whole: ${why}. It needs a browser of 2023 or \
later.`;\n  \
  document.getElementById(\"page\")?.prepend(line);\n\
}\n";

/// The parts of a page.
#[derive(Debug)]
pub(crate) struct WebPage<'a> {
    /// What the window is called.
    pub(crate) title: &'a str,
    /// Style sheets, later ones over earlier ones.
    pub(crate) styles: &'a [&'a str],
    /// Modules that others import, by the name under which they do.
    pub(crate) modules: &'a [(&'a str, &'a str)],
    /// The module that is run.
    pub(crate) main: &'a str,
}

impl WebPage<'_> {
    /// The page with `data` in it, which its scripts find as JSON in the element `data`.
    pub(crate) fn html(&self, data: &impl Serialize) -> String {
        let mut page = Vec::new();
        // Writing to memory does not fail, and neither do strings, numbers and lists of them.
        let _ = self.write(&mut page, data);
        String::from_utf8(page).unwrap_or_default()
    }

    fn write(&self, page: &mut Vec<u8>, data: &impl Serialize) -> io::Result<()> {
        write!(
            page,
            "{BEGIN}<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n",
            escaped(self.title)
        )?;
        for style in self.styles {
            page.write_all(style.as_bytes())?;
        }
        write!(
            page,
            "</style>\n<script>\n{WATCH}</script>\n<script type=\"importmap\">{{\"imports\":{{"
        )?;
        for (index, (name, source)) in self.modules.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(page, "{comma}\"{name}\":\"data:text/javascript,")?;
            write_encoded(page, source)?;
            page.write_all(b"\"")?;
        }
        page.write_all(
            b"}}</script>\n</head>\n<body>\n<main id=\"page\"><noscript>This page draws itself \
              with scripts of its own; allow them for this file.</noscript></main>\n\
              <script type=\"application/json\" id=\"data\">",
        )?;
        let mut serializer = Serializer::with_formatter(&mut *page, Embedded(CompactFormatter));
        data.serialize(&mut serializer).map_err(io::Error::from)?;
        write!(
            page,
            "</script>\n<script type=\"module\">\n{}</script>\n</body>\n</html>\n",
            self.main
        )
    }
}

/// Writes JSON that may stand inside a script element: such an element ends at `</script`, a
/// comment in it begins with `<!--`, and older scripts take U+2028 and U+2029 for ends of lines.
struct Embedded(CompactFormatter);

impl Formatter for Embedded {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let is_special = |char: char| matches!(char, '<' | '\u{2028}' | '\u{2029}');
        let mut rest = fragment;
        while let Some(at) = rest.find(is_special) {
            let (before, from) = rest.split_at(at);
            self.0.write_string_fragment(writer, before)?;
            let mut chars = from.chars();
            let special = chars.next().map_or(0, u32::from);
            write!(writer, "\\u{special:04x}")?;
            rest = chars.as_str();
        }
        self.0.write_string_fragment(writer, rest)
    }
}

/// `text` for a place between tags.
fn escaped(text: &str) -> String {
    visible(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Writes `text` for a data address inside a JSON string inside a script element.
fn write_encoded(page: &mut Vec<u8>, text: &str) -> io::Result<()> {
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-_.!~*()=;:,/".contains(&byte) {
            true => page.push(byte),
            false => write!(page, "%{byte:02X}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    //! Hostile text stays text.

    use super::*;

    fn page(title: &str, data: &str) -> String {
        let page = WebPage {
            title,
            styles: &["p {}\n"],
            modules: &[("a", "export const b = \"</script>\";\n")],
            main: "import \"a\";\n",
        };
        page.html(&data)
    }

    #[test]
    fn data_cannot_leave_its_element() {
        let hostile = "</script><script>alert(1)</script><!--\u{2028}\u{2029}\"\\\n&amp;";
        let page = page("t", hostile);
        assert_eq!(page.matches("</script>").count(), 4, "those of the page");
        assert!(!page.contains("<!--") && !page.contains('\u{2028}') && !page.contains('\u{2029}'));
        let (_, from) = page.split_once("id=\"data\">").expect("there is data");
        let (json, _) = from.split_once("</script>").expect("it ends");
        let read: String = serde_json::from_str(json).expect("it is JSON");
        assert_eq!(read, hostile);
    }

    #[test]
    fn a_title_is_text() {
        let page = page("<img src=x>&\u{1b}[31m", "");
        assert!(page.contains("<title>&lt;img src=x&gt;&amp;\\u{1b}[31m</title>"));
    }

    #[test]
    fn nothing_is_asked_of_the_network() {
        let page = page("t", "");
        for outside in ["http://", "https://", "src=", "href=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.starts_with(BEGIN));
    }
}
