//! The scripts of the page under the type checker.

use crate::browser::{Scratch, skipped};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The type checker; see the decision about it.
const TYPESCRIPT: &str = "typescript@5.9.3";

fn ui() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ui")
}

/// The type checker's script, installed where it is not yet; `None` where it cannot be.
fn checker() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("typescript");
    let script = folder.join("node_modules/typescript/bin/tsc");
    if script.exists() {
        return Some(script);
    }
    let why = |reason: &str| skipped("the types of the page's scripts", reason);
    fs::create_dir_all(&folder).unwrap();
    let installed = Command::new("timeout")
        .args(["--kill-after=5", "120", "npm", "install", "--prefix"])
        .arg(&folder)
        .args(["--no-audit", "--no-fund", "--ignore-scripts", TYPESCRIPT])
        .output();
    match installed {
        Err(error) => why(&format!("npm cannot be started: {error}")),
        Ok(output) if output.status.code() == Some(127) => why("npm is not installed here"),
        Ok(output) if !output.status.success() => why("npm cannot install typescript here"),
        Ok(_) => return Some(script),
    }
    None
}

fn check(checker: &Path, folder: &Path) -> Output {
    let mut command = Command::new("node");
    command.arg(checker).args(["--pretty", "false", "-p"]);
    command.arg(folder.join("tsconfig.json")).output().unwrap()
}

#[test]
fn the_scripts_have_the_types_that_they_tell() {
    let Some(checker) = checker() else { return };
    let output = check(&checker, &ui());
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    // The same scripts with a mistake in one: what finds none finds nothing.
    let scratch = Scratch::new();
    for folder in ["", "shared", "report", "gclog"] {
        let to = scratch.0.join(folder);
        fs::create_dir_all(&to).unwrap();
        for entry in fs::read_dir(ui().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    let broken = scratch.0.join("report/main.js");
    let script = fs::read_to_string(&broken).unwrap() + "state.setMetric(\"weight\");\n";
    fs::write(&broken, script).unwrap();
    let output = check(&checker, &scratch.0);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        !output.status.success() && told.contains("report/main.js"),
        "{told}"
    );
}

#[test]
fn every_script_is_in_the_page() {
    let page = tenure_report::report::page(
        &tenure_report::report::Recorded {
            name: "a",
            profile: &Default::default(),
            sites: &Default::default(),
            each: &[],
            symbols: &Default::default(),
            heaps: &[],
            leaks: None,
            held: None,
        },
        Default::default(),
    );
    let mut names = BTreeSet::new();
    for (folder, prefix) in [("shared", "tenure/"), ("report", "tenure/report/")] {
        for entry in fs::read_dir(ui().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if let Some(name) = name.strip_suffix(".js").filter(|&name| name != "main") {
                names.insert(format!("\"{prefix}{name}\":\"data:text/javascript,"));
            }
        }
    }
    assert!(names.len() > 15);
    for name in names {
        assert!(page.html.contains(&name), "{name}");
    }
}
