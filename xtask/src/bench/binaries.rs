//! Builds the binaries, finds the libraries, and says what is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::rivals::{Preload, Rival, Rivals};

/// A rival that can be run.
#[derive(Debug)]
pub(super) struct Contestant {
    pub(super) name: String,
    pub(super) about: String,
    binary: PathBuf,
    preload: Option<PathBuf>,
}

/// Who takes part.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) present: Vec<Contestant>,
    /// Who does not, and why.
    pub(super) absent: Vec<String>,
}

impl Contestant {
    /// The command that runs its binary, as the argument of `before` if that is not empty.
    pub(super) fn command(&self, before: &[&str]) -> Command {
        let mut command = match before.split_first() {
            Some((program, rest)) => {
                let mut command = Command::new(program);
                command.args(rest).arg(&self.binary);
                command
            }
            None => Command::new(&self.binary),
        };
        command.env_remove("LD_PRELOAD").env_remove("TENURE");
        if let Some(library) = &self.preload {
            command.env("LD_PRELOAD", library);
        }
        command
    }
}

/// Builds and finds all rivals, or those named in `only` and the reference.
pub(super) fn find(root: &Path, list: &Rivals, only: &[String]) -> Result<Found, String> {
    if let Some(stranger) = only
        .iter()
        .find(|name| list.rivals.iter().all(|r| r.name != **name))
    {
        let names: Vec<&str> = list
            .rivals
            .iter()
            .map(|rival| rival.name.as_str())
            .collect();
        return Err(format!(
            "there is no rival `{stranger}`; there are {}",
            names.join(", ")
        ));
    }
    let mut found = Found::default();
    for rival in &list.rivals {
        if !only.is_empty() && !only.contains(&rival.name) && rival.name != list.reference {
            continue;
        }
        match contestant(root, rival) {
            Ok(contestant) => found.present.push(contestant),
            Err(reason) => found.absent.push(format!("{} ({reason})", rival.name)),
        }
    }
    Ok(found)
}

fn contestant(root: &Path, rival: &Rival) -> Result<Contestant, String> {
    let preload = library(root, &rival.preload)?;
    let mut command = Command::new("cargo");
    command
        .current_dir(root)
        .args(["build", "--quiet", "--release"]);
    command.args([
        "--manifest-path",
        "bench/heap/Cargo.toml",
        "--target-dir",
        "target/bench",
    ]);
    command.args(["--bin", &rival.binary]);
    if rival.binary != "system" {
        command.args(["--features", &rival.binary]);
    }
    eprintln!("building {}", rival.name);
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(_) => return Err(format!("bench/heap does not build with {}", rival.binary)),
        Err(error) => return Err(format!("cargo cannot be started: {error}")),
    }
    let binary = root.join("target/bench/release").join(&rival.binary);
    Ok(Contestant {
        name: rival.name.clone(),
        about: rival.about.clone(),
        binary,
        preload,
    })
}

fn library(root: &Path, preload: &Preload) -> Result<Option<PathBuf>, String> {
    match preload {
        Preload::Nothing => Ok(None),
        Preload::File(files) => {
            let present = files.iter().map(PathBuf::from).find(|file| file.exists());
            present
                .map(Some)
                .ok_or_else(|| "its library is not installed".to_owned())
        }
        Preload::Printed(command) => {
            let (program, args) = command.split_first().ok_or("its command is empty")?;
            let output = Command::new(program).args(args).current_dir(root).output();
            let output = output.map_err(|error| format!("{program}: {error}"))?;
            let printed = String::from_utf8_lossy(&output.stdout);
            let file = PathBuf::from(printed.trim());
            if output.status.success() && file.is_absolute() && file.exists() {
                Ok(Some(file))
            } else {
                Err(format!("`{}` names no library", command.join(" ")))
            }
        }
    }
}
