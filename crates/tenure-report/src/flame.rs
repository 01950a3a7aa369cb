//! The stacks of a run as a flame graph: one SVG with its own search and zoom.

use inferno::flamegraph::color::{BasicPalette, Palette};
use inferno::flamegraph::{self, Options};
use std::io;
use tenure_model::profile::{Key, Names};

/// Width of the picture in pixels.
const WIDTH: usize = 1_200;

/// Stacks as lines `outermost;…;innermost N`, those without any left out, largest first.
pub fn folded(names: &Names<'_>, by: Key) -> Vec<String> {
    let mut lines = Vec::new();
    for site in names.sites().ordered_by(by) {
        let value = site.by(by);
        if value == 0 {
            break;
        }
        let frames = names.stack(site.stack);
        let functions = frames.iter().rev().map(|frame| plain(&frame.function));
        let functions: Vec<_> = functions.collect();
        lines.push(format!("{} {value}", functions.join(";")));
    }
    lines
}

/// The flame graph of the sites by `by`; `title` stands above it.
///
/// # Errors
///
/// Where no site has any; the message says so.
pub fn svg(names: &Names<'_>, by: Key, title: &str) -> io::Result<String> {
    let lines = folded(names, by);
    if lines.is_empty() {
        let label = crate::top::label(by).label;
        return Err(io::Error::other(format!("no site has any {label}")));
    }
    let mut options = Options::default();
    options.title = plain(title);
    options.subtitle = Some(crate::top::label(by).label.to_owned());
    options.count_name = match by {
        Key::Count => "blocks".to_owned(),
        _ => "bytes".to_owned(),
    };
    options.name_type = "Function:".to_owned();
    options.colors = Palette::Basic(BasicPalette::Mem);
    options.deterministic = true;
    options.image_width = Some(WIDTH);
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, lines.iter().map(String::as_str), &mut svg)?;
    String::from_utf8(svg).map_err(io::Error::other)
}

/// A name without what the folded form is made of, and without control characters.
fn plain(name: &str) -> String {
    let plain = |char: char| match char {
        ';' => ':',
        char if char.is_control() => '\u{fffd}',
        char => char,
    };
    name.chars().map(plain).collect()
}

#[cfg(test)]
mod tests;
