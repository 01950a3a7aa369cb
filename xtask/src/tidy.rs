//! `cargo xtask tidy`: the walls of the house, each held by one small rule.
//!
//! The tree is read and lexed once (`tree`); a rule is a function from the tree to findings
//! (`rules`). Each rule has a planted failure in `xtask/fixtures/NAME/`, a small repository in
//! which that rule fires at exactly the lines listed in its file `expected`, and no other does.

mod finding;
mod lexer;
mod manifest;
mod paths;
mod rules;
mod test_code;
mod tree;

use std::path::Path;

use rules::RULES;
use tree::Tree;

/// Checks the repository at `root` and prints every finding; false when there is one.
pub(crate) fn run(root: &Path) -> Result<bool, String> {
    let broken = check(root)?;
    for line in &broken {
        println!("{line}");
    }
    match broken.len() {
        0 => println!("tidy: {} rules hold", RULES.len()),
        count => println!("tidy: {count} findings; `cargo xtask tidy --rules` lists the rules"),
    }
    Ok(broken.is_empty())
}

/// Prints the table of rules.
pub(crate) fn list_rules() {
    for rule in RULES {
        println!("{:<18} {}", rule.name, rule.holds);
    }
}

/// Names of the crates whose manifest says that Miri can run their tests.
pub(crate) fn crates_fit_for_miri(root: &Path) -> Result<Vec<String>, String> {
    let crates = Tree::read(root)?.crates.into_iter();
    Ok(crates
        .filter(|house| house.manifest.miri)
        .map(|house| house.manifest.name)
        .collect())
}

/// Every broken rule of the repository at `root`, as `file:line: rule: message`.
fn check(root: &Path) -> Result<Vec<String>, String> {
    let tree = Tree::read(root)?;
    let mut broken = Vec::new();
    for rule in RULES {
        for found in (rule.check)(&tree) {
            broken.push(format!(
                "{}:{}: {}: {}",
                found.path, found.line, rule.name, found.message
            ));
        }
    }
    Ok(broken)
}

#[cfg(test)]
mod tests;
