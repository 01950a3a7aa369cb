//! Puts the tables into `bench/RESULTS.md`, between two marks, and leaves the rest alone.

use std::fs;
use std::path::Path;

const BEGIN: &str = "<!-- bench heap: begin -->";
const END: &str = "<!-- bench heap: end -->";

/// Writes the tables to the page, which must have both marks.
pub(super) fn write(page: &Path, tables: &str) -> Result<(), String> {
    let fault = |error| format!("{}: {error}", page.display());
    let text = fs::read_to_string(page).map_err(fault)?;
    let text = replace(&text, tables)
        .ok_or_else(|| format!("{} lacks `{BEGIN}` or `{END}`", page.display()))?;
    fs::write(page, text).map_err(fault)
}

/// The page with new tables between its marks.
pub(super) fn replace(page: &str, tables: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!(
        "{before}{BEGIN}\n{}\n{END}{after}",
        tables.trim_end()
    ))
}
