//! The repository that `git repack` is measured on: the same bytes everywhere.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Files of the first commit.
const FILES: u64 = 150;

/// Commits after it, each of which changes some files.
const COMMITS: u64 = 40;

/// Lines of a file.
const LINES: u64 = 150;

/// Made anew when this changes.
const STAMP: &str = "150 files, 40 commits, 150 lines";

/// Makes the repository, unless it is there already.
pub(super) fn prepare(git: &Path, folder: &Path) -> Result<(), String> {
    let fault = |error| format!("the repository cannot be made: {error}");
    let stamp = folder.join("stamp");
    if fs::read_to_string(&stamp).is_ok_and(|text| text == STAMP) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(fault)?;
    }
    let init = Command::new(git)
        .args(["init", "--quiet", "--bare"])
        .arg(folder)
        .status();
    if !init.map_err(fault)?.success() {
        return Err("`git init` failed".into());
    }
    let mut import = Command::new(git)
        .arg("-C")
        .arg(folder)
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()
        .map_err(fault)?;
    if let Some(input) = import.stdin.take() {
        stream(&mut BufWriter::new(input)).map_err(fault)?;
    }
    if !import.wait().map_err(fault)?.success() {
        return Err("`git fast-import` failed".into());
    }
    fs::write(stamp, STAMP).map_err(fault)
}

/// All commits in git's own form.
fn stream(out: &mut impl Write) -> std::io::Result<()> {
    for commit in 0..=COMMITS {
        writeln!(out, "commit refs/heads/main")?;
        let date = 1_700_000_000 + commit * 1000;
        writeln!(out, "committer Bench <bench@example.org> {date} +0000")?;
        writeln!(out, "data 2\nc")?;
        for file in 0..FILES {
            // After the first commit a seventh of the files changes each time.
            if commit == 0 || (file + commit) % 7 == 0 {
                let text = contents(file, commit);
                writeln!(out, "M 100644 inline dir{}/file{file}", file % 12)?;
                writeln!(out, "data {}\n{text}", text.len())?;
            }
        }
    }
    Ok(())
}

/// A file as of a commit: each commit changes one line in twenty.
fn contents(file: u64, commit: u64) -> String {
    let mut text = String::new();
    for line in 0..LINES {
        let version = (0..=commit).rev().find(|at| (line + at * 3) % 20 == 0);
        let seed = (file * LINES + line) * 64 + version.unwrap_or(0);
        let word = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        text.push_str(&format!("{line}: {:x} of {:x}\n", word, word >> 40));
    }
    text
}
