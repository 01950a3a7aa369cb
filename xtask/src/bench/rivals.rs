//! The list of rivals, `bench/rivals.toml`.

use std::fs;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::targets::Target;

/// The whole list.
#[derive(Debug, PartialEq)]
pub(super) struct Rivals {
    /// Ratios are to the rival of this name.
    pub(super) reference: String,
    /// The reference once more.
    pub(super) again: String,
    /// Whom the targets are for.
    pub(super) judged: Vec<String>,
    pub(super) rivals: Vec<Rival>,
    pub(super) targets: Vec<Target>,
}

/// One rival.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rival {
    pub(super) name: String,
    /// A binary of `bench/heap` with the allocator linked in. Without it, loads are run by
    /// `system` with the library preloaded.
    pub(super) binary: Option<String>,
    pub(super) about: String,
    pub(super) library: Library,
    /// Whether real programs are run as well.
    pub(super) programs: bool,
    pub(super) version: Version,
}

/// What is preloaded.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Library {
    /// There is none.
    Nothing,
    /// The first of these files that exists.
    File(Vec<String>),
    /// The file whose path this command prints.
    Printed(Vec<String>),
    /// Built of `bench/heap/preload` with this feature.
    Built(String),
}

/// Who knows the version.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// It is this repository's, or the system's, and the page says it elsewhere.
    Elsewhere,
    /// The lock file of `bench/heap`, under the name of this crate.
    Crate(String),
    /// Debian's package manager.
    Package(String),
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
    let rivals = tables(root, "rival")
        .map(rival)
        .collect::<Result<Vec<_>, _>>()?;
    let targets = tables(root, "target")
        .map(Target::parse)
        .collect::<Result<Vec<_>, _>>()?;
    let list = Rivals {
        reference: string(root, "reference")?,
        again: string(root, "again")?,
        judged: strings(root, "judged").ok_or("`judged` is missing")?,
        rivals,
        targets,
    };
    let named = [&list.reference, &list.again].into_iter();
    let named = named.chain(list.targets.iter().map(|target| &target.against));
    for name in named.chain(&list.judged) {
        if !list.rivals.iter().any(|rival| rival.name == *name) {
            return Err(format!("`{name}` is no rival"));
        }
    }
    Ok(list)
}

fn rival(table: &DeTable<'_>) -> Result<Rival, String> {
    let binary = string(table, "binary").ok();
    let library = match (
        strings(table, "preload"),
        strings(table, "prints"),
        string(table, "built").ok(),
    ) {
        (None, None, None) => Library::Nothing,
        (Some(files), None, None) => Library::File(files),
        (None, Some(command), None) => Library::Printed(command),
        (None, None, Some(feature)) => Library::Built(feature),
        _ => return Err("a rival has one of `preload`, `prints` and `built`".into()),
    };
    if binary.is_none() && library == Library::Nothing {
        return Err("a rival has a `binary`, a library or both".into());
    }
    let version = match (string(table, "crate").ok(), string(table, "package").ok()) {
        (Some(name), _) => Version::Crate(name),
        (None, Some(name)) => Version::Package(name),
        (None, None) => Version::Elsewhere,
    };
    let programs = table.get("programs").map(|value| value.get_ref().as_bool());
    Ok(Rival {
        name: string(table, "name")?,
        binary,
        about: string(table, "about")?,
        library,
        programs: programs.flatten().unwrap_or(true),
        version,
    })
}

/// The tables of `[[key]]`.
pub(super) fn tables<'t, 'd>(
    root: &'t DeTable<'d>,
    key: &str,
) -> impl Iterator<Item = &'t DeTable<'d>> {
    let array = root.get(key).and_then(|value| value.get_ref().as_array());
    let entries = array.into_iter().flat_map(|array| array.iter());
    entries.filter_map(|entry| entry.get_ref().as_table())
}

/// A string under `key`.
pub(super) fn string(table: &DeTable<'_>, key: &str) -> Result<String, String> {
    let value = table.get(key).and_then(|value| value.get_ref().as_str());
    value
        .map(str::to_owned)
        .ok_or_else(|| format!("`{key}` is missing"))
}

/// The strings of a list under `key`.
pub(super) fn strings(table: &DeTable<'_>, key: &str) -> Option<Vec<String>> {
    let array = table.get(key)?.get_ref().as_array()?;
    let text = |value: &DeValue<'_>| value.as_str().map(str::to_owned);
    Some(
        array
            .iter()
            .filter_map(|value| text(value.get_ref()))
            .collect(),
    )
}
