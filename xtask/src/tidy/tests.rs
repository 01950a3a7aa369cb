//! Every rule fires on its planted failure, nowhere else, and not on the real tree.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::check;
use super::rules::RULES;

fn manifest_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The findings in a fixture as `file:line: rule`.
fn findings(fixture: &Path) -> BTreeSet<String> {
    let broken = check(fixture).expect("the fixture can be read");
    let place = |line: String| line.splitn(4, ':').take(3).collect::<Vec<_>>().join(":");
    broken.into_iter().map(place).collect()
}

#[test]
fn each_rule_fires_on_its_planted_failure_and_only_there() {
    for rule in RULES {
        let fixture = manifest_folder().join("fixtures").join(rule.name);
        let expected = fs::read_to_string(fixture.join("expected"))
            .unwrap_or_else(|error| panic!("{} has no list `expected`: {error}", rule.name));
        let expected: BTreeSet<String> = expected
            .lines()
            .map(|place| format!("{place}: {}", rule.name))
            .collect();
        assert!(!expected.is_empty(), "{} expects nothing", rule.name);
        assert_eq!(findings(&fixture), expected, "rule {}", rule.name);
    }
}

#[test]
fn each_fixture_belongs_to_a_rule() {
    let fixtures = fs::read_dir(manifest_folder().join("fixtures")).expect("fixtures exist");
    for fixture in fixtures {
        let name = fixture.expect("the entry can be read").file_name();
        assert!(
            RULES.iter().any(|rule| name == rule.name),
            "{name:?} is no rule"
        );
    }
}

#[test]
fn the_real_tree_is_clean() {
    let root = manifest_folder().join("..");
    let broken = check(&root).expect("the tree can be read");
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn a_folder_that_is_no_repository_is_named() {
    let error = check(Path::new("/dev/null/none")).expect_err("nothing is there");
    assert!(error.contains("/dev/null/none"), "{error}");
}
