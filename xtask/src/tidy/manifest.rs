//! What the rules need to know of a crate's `Cargo.toml`: name, floor and dependencies.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeTable;

/// How a dependency is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DependencyKind {
    /// `[dependencies]`.
    Ordinary,
    /// `[build-dependencies]`.
    Build,
    /// `[dev-dependencies]`.
    Dev,
}

/// One dependency by the name of its package, whatever the crate calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) package: String,
    pub(crate) kind: DependencyKind,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// One crate's manifest.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    /// `package.name` and its line.
    pub(crate) name: String,
    pub(crate) name_line: usize,
    /// `package.metadata.tenure.floor`.
    pub(crate) floor: Option<u32>,
    /// `package.metadata.tenure.unsafe`: why an outside crate needs unsafe code.
    pub(crate) unsafe_reason: Option<String>,
    /// `package.metadata.tenure.miri`: whether Miri can run the crate's tests.
    pub(crate) miri: bool,
    pub(crate) dependencies: Vec<Dependency>,
}

/// Names in `[workspace.dependencies]` that stand for a package of another name.
pub(crate) type Renames = BTreeMap<String, String>;

/// Reads a crate's manifest.
pub(crate) fn parse(text: &str, renames: &Renames) -> Result<Manifest, String> {
    let document = DeTable::parse(text).map_err(|error| error.to_string())?;
    let root = document.get_ref();
    let mut manifest = Manifest::default();
    if let Some(package) = table(root, "package") {
        if let Some((key, value)) = package.get_key_value("name") {
            manifest.name = value.get_ref().as_str().unwrap_or_default().to_owned();
            manifest.name_line = line_of(text, key);
        }
        let metadata = table(package, "metadata").and_then(|metadata| table(metadata, "tenure"));
        if let Some(metadata) = metadata {
            let floor = metadata
                .get("floor")
                .and_then(|value| value.get_ref().as_integer());
            manifest.floor = floor.and_then(|floor| floor.as_str().parse().ok());
            manifest.unsafe_reason = string(metadata, "unsafe");
            manifest.miri = metadata.get("miri").and_then(|v| v.get_ref().as_bool()) == Some(true);
        }
    }
    read_dependencies(text, root, renames, &mut manifest.dependencies);
    if let Some(targets) = table(root, "target") {
        for target in targets
            .values()
            .filter_map(|value| value.get_ref().as_table())
        {
            read_dependencies(text, target, renames, &mut manifest.dependencies);
        }
    }
    manifest
        .dependencies
        .sort_by_key(|dependency| dependency.line);
    Ok(manifest)
}

/// Reads the renames of the workspace's manifest.
pub(crate) fn parse_renames(text: &str) -> Result<Renames, String> {
    let document = DeTable::parse(text).map_err(|error| error.to_string())?;
    let workspace = table(document.get_ref(), "workspace");
    let Some(dependencies) = workspace.and_then(|workspace| table(workspace, "dependencies"))
    else {
        return Ok(Renames::new());
    };
    let renamed = dependencies.iter().filter_map(|(key, value)| {
        let package = value
            .get_ref()
            .as_table()
            .and_then(|entry| string(entry, "package"))?;
        Some((key.get_ref().to_string(), package))
    });
    Ok(renamed.collect())
}

fn read_dependencies(
    text: &str,
    parent: &DeTable<'_>,
    renames: &Renames,
    found: &mut Vec<Dependency>,
) {
    let kinds = [
        ("dependencies", DependencyKind::Ordinary),
        ("build-dependencies", DependencyKind::Build),
        ("dev-dependencies", DependencyKind::Dev),
    ];
    for (section, kind) in kinds {
        for (key, value) in table(parent, section).into_iter().flatten() {
            let entry = value.get_ref().as_table();
            let name = key.get_ref().to_string();
            let package = entry
                .and_then(|entry| string(entry, "package"))
                .or_else(|| renames.get(&name).cloned())
                .unwrap_or(name);
            found.push(Dependency {
                package,
                kind,
                line: line_of(text, key),
            });
        }
    }
}

fn table<'a, 'i>(parent: &'a DeTable<'i>, key: &str) -> Option<&'a DeTable<'i>> {
    parent.get(key)?.get_ref().as_table()
}

fn string(parent: &DeTable<'_>, key: &str) -> Option<String> {
    parent.get(key)?.get_ref().as_str().map(str::to_owned)
}

fn line_of<T>(text: &str, spanned: &Spanned<T>) -> usize {
    1 + text[..spanned.span().start].matches('\n').count()
}

#[cfg(test)]
mod tests;
