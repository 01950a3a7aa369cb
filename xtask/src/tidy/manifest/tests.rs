//! Manifests as cargo allows them: tables, inline tables, targets, renames.

use super::{Dependency, DependencyKind, Renames, parse, parse_renames};

const MANIFEST: &str = r#"[package]
name = "tenure-vm"

[package.metadata.tenure]
floor = 2
miri = true

[dependencies]
tenure-os.workspace = true
ground = { package = "tenure-base", path = "../tenure-base" }

[dev-dependencies.proptest]
version = "1"

[target.'cfg(unix)'.build-dependencies]
cc = "1"
"#;

#[test]
fn every_form_of_dependency_is_found_with_its_line() {
    let manifest = parse(MANIFEST, &Renames::new()).expect("the manifest parses");
    assert_eq!(
        (manifest.name.as_str(), manifest.name_line),
        ("tenure-vm", 2)
    );
    assert_eq!(manifest.floor, Some(2));
    assert!(manifest.miri);
    let expected = [
        ("tenure-os", DependencyKind::Ordinary, 9),
        ("tenure-base", DependencyKind::Ordinary, 10),
        ("proptest", DependencyKind::Dev, 12),
        ("cc", DependencyKind::Build, 16),
    ];
    let expected = expected.map(|(package, kind, line)| {
        let package = package.to_owned();
        Dependency {
            package,
            kind,
            line,
        }
    });
    assert_eq!(manifest.dependencies, expected);
}

#[test]
fn a_rename_in_the_workspace_is_followed() {
    let workspace =
        "[workspace.dependencies]\nground = { path = \"x\", package = \"tenure-gc\" }\n";
    let renames = parse_renames(workspace).expect("the workspace parses");
    let manifest = parse("[dependencies]\nground.workspace = true\n", &renames);
    let dependencies = manifest.expect("the manifest parses").dependencies;
    assert_eq!(dependencies[0].package, "tenure-gc");
}

#[test]
fn a_broken_manifest_is_refused() {
    assert!(parse("[package\n", &Renames::new()).is_err());
}
