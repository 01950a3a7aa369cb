//! The list of rivals, `bench/rivals.toml`.

use std::fs;
use std::path::Path;

use toml::de::{DeTable, DeValue};

/// The whole list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rivals {
    /// Ratios are to the rival of this name.
    pub(super) reference: String,
    pub(super) rivals: Vec<Rival>,
}

/// One rival.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rival {
    pub(super) name: String,
    /// A binary of `bench/heap`.
    pub(super) binary: String,
    pub(super) about: String,
    pub(super) preload: Preload,
}

/// What is preloaded into the binary.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Preload {
    /// Nothing.
    Nothing,
    /// The first of these files that exists.
    File(Vec<String>),
    /// The file whose path this command prints.
    Printed(Vec<String>),
}

/// Reads the list.
pub(super) fn read(path: &Path) -> Result<Rivals, String> {
    let text = fs::read_to_string(path);
    let text = text.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Parses the list.
pub(super) fn parse(text: &str) -> Result<Rivals, String> {
    let document = DeTable::parse(text).map_err(|error| error.to_string())?;
    let root = document.get_ref();
    let entries = root
        .get("rival")
        .and_then(|value| value.get_ref().as_array());
    let entries = entries.ok_or("there is no [[rival]]")?;
    let tables = entries
        .iter()
        .filter_map(|entry| entry.get_ref().as_table());
    let rivals = tables.map(rival).collect::<Result<Vec<_>, _>>()?;
    let reference = string(root, "reference")?;
    if !rivals.iter().any(|rival| rival.name == reference) {
        return Err(format!("the reference `{reference}` is no rival"));
    }
    Ok(Rivals { reference, rivals })
}

fn rival(table: &DeTable<'_>) -> Result<Rival, String> {
    let preload = match (list(table, "preload"), list(table, "prints")) {
        (None, None) => Preload::Nothing,
        (Some(files), None) => Preload::File(files),
        (None, Some(command)) => Preload::Printed(command),
        (Some(_), Some(_)) => return Err("a rival has both `preload` and `prints`".into()),
    };
    Ok(Rival {
        name: string(table, "name")?,
        binary: string(table, "binary")?,
        about: string(table, "about")?,
        preload,
    })
}

fn string(table: &DeTable<'_>, key: &str) -> Result<String, String> {
    let value = table.get(key).and_then(|value| value.get_ref().as_str());
    value
        .map(str::to_owned)
        .ok_or_else(|| format!("`{key}` is missing"))
}

fn list(table: &DeTable<'_>, key: &str) -> Option<Vec<String>> {
    let array = table.get(key)?.get_ref().as_array()?;
    let text = |value: &DeValue<'_>| value.as_str().map(str::to_owned);
    Some(
        array
            .iter()
            .filter_map(|value| text(value.get_ref()))
            .collect(),
    )
}
