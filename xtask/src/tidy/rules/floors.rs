//! Who may depend on whom.

use crate::tidy::finding::Finding;
use crate::tidy::manifest::{Dependency, DependencyKind};
use crate::tidy::tree::{Crate, Tree};

const PRELOAD: &str = "tenure-preload";

/// Every crate names its floor, bears its folder's name, and depends downwards.
pub(super) fn floors(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for house in tree.crates.iter().filter(|house| house.folder != "xtask") {
        let name = &house.manifest.name;
        if *name != house.folder {
            let message = format!(
                "the folder is called {}, the crate {name}; give both one name",
                house.folder
            );
            findings.push(Finding::new(
                &house.path,
                house.manifest.name_line.max(1),
                message,
            ));
        }
        match house.manifest.floor {
            Some(floor) => findings.extend(upward_arrows(tree, house, floor)),
            None => findings.push(Finding::new(
                &house.path,
                house.manifest.name_line.max(1),
                "the crate names no floor; add `[package.metadata.tenure]` with `floor = N`",
            )),
        }
    }
    findings
}

fn upward_arrows(tree: &Tree, house: &Crate, floor: u32) -> Vec<Finding> {
    let ships = |dependency: &&Dependency| dependency.kind != DependencyKind::Dev;
    let mut findings = Vec::new();
    for dependency in house.manifest.dependencies.iter().filter(ships) {
        let Some(below) = floor_of(tree, &dependency.package) else {
            continue;
        };
        if below >= floor {
            let message = format!(
                "{} (floor {floor}) depends on {} (floor {below}); move what both need to a \
                 floor below {floor}",
                house.folder, dependency.package
            );
            findings.push(Finding::new(&house.path, dependency.line, message));
        }
    }
    findings
}

fn floor_of(tree: &Tree, package: &str) -> Option<u32> {
    tree.crates
        .iter()
        .find(|house| house.manifest.name == package)?
        .manifest
        .floor
}

/// The C shell is a leaf: linking it would put its `malloc` into the binary that links it.
pub(super) fn preload_is_a_leaf(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for house in &tree.crates {
        for dependency in house
            .manifest
            .dependencies
            .iter()
            .filter(|d| d.package == PRELOAD)
        {
            if house.folder == "tenure-cli" && dependency.kind == DependencyKind::Dev {
                continue;
            }
            let message = format!(
                "{} depends on {PRELOAD}, whose exported malloc would take over its binary; \
                 depend on tenure-heap",
                house.folder
            );
            findings.push(Finding::new(&house.path, dependency.line, message));
        }
    }
    findings
}
