//! `bench/RESULTS.md`: each benchmark writes between two marks of its own, the rest stays.

use std::fs;
use std::path::Path;

/// Writes `text` into the part of the benchmark `part`, whose marks the page must have.
pub(crate) fn write(root: &Path, part: &str, text: &str) -> Result<(), String> {
    let page = root.join("bench/RESULTS.md");
    let fault = |error| format!("{}: {error}", page.display());
    let old = fs::read_to_string(&page).map_err(fault)?;
    let new = replace(&old, part, text).ok_or_else(|| {
        let [begin, end] = marks(part);
        format!("{} lacks `{begin}` or, behind it, `{end}`", page.display())
    })?;
    fs::write(&page, new).map_err(fault)?;
    eprintln!("written to {}", page.display());
    Ok(())
}

fn marks(part: &str) -> [String; 2] {
    ["begin", "end"].map(|side| format!("<!-- bench {part}: {side} -->"))
}

/// The page with a new text between the marks of `part`.
fn replace(page: &str, part: &str, text: &str) -> Option<String> {
    let [begin, end] = marks(part);
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    let text = text.trim_end();
    Some(format!("{before}{begin}\n{text}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_put_between_the_marks_of_its_part() {
        let page = "# R\n<!-- bench a: begin -->\nold\n<!-- bench a: end -->\ntail\n";
        assert_eq!(
            replace(page, "a", "new\n").unwrap(),
            "# R\n<!-- bench a: begin -->\nnew\n<!-- bench a: end -->\ntail\n"
        );
        assert_eq!(replace(page, "b", "new"), None);
        let turned = "<!-- bench a: end -->\n<!-- bench a: begin -->\n";
        assert_eq!(replace(turned, "a", "new"), None);
    }

    #[test]
    fn the_real_page_has_the_marks_of_every_part() {
        let page = include_str!("../../bench/RESULTS.md");
        for part in [
            "heap", "record", "graph", "looks", "place", "region", "return", "gc",
        ] {
            assert!(replace(page, part, "x").is_some(), "{part}");
        }
    }
}
