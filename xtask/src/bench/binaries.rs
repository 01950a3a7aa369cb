//! Builds binaries and libraries, finds those of others, and says what is missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::rivals::{Library, Rival, Rivals};
use super::versions;

/// A rival that can be run.
#[derive(Debug)]
pub(super) struct Contestant {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) version: Option<String>,
    /// The binary of the loads, and what is preloaded into it.
    loads: Option<(PathBuf, Option<PathBuf>)>,
    /// What is preloaded into real programs; nothing for the C library's own malloc.
    library: Option<PathBuf>,
    /// Whether it runs real programs.
    pub(super) programs: bool,
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
    pub(super) fn load_command(&self, before: &[&str]) -> Option<Command> {
        let (binary, preload) = self.loads.as_ref()?;
        let mut command = match before.split_first() {
            Some((program, rest)) => {
                let mut command = Command::new(program);
                command.args(rest).arg(binary);
                command
            }
            None => Command::new(binary),
        };
        clear(&mut command);
        if let Some(library) = preload {
            command.env("LD_PRELOAD", library);
        }
        Some(command)
    }

    /// The library to preload into programs.
    pub(super) fn library(&self) -> Option<&Path> {
        self.library.as_deref()
    }
}

/// Nothing of the caller's environment chooses or configures a malloc.
pub(super) fn clear(command: &mut Command) {
    for name in [
        "LD_PRELOAD",
        "TENURE",
        "BENCH_PRELOAD",
        "MALLOC_CONF",
        "GLIBC_TUNABLES",
    ] {
        command.env_remove(name);
    }
}

/// The file of a binary of `bench/heap`, built.
pub(super) fn build(root: &Path, binary: &str) -> Result<PathBuf, String> {
    let mut args = vec!["--bin", binary];
    if !["system", "launch"].contains(&binary) {
        args.extend(["--features", binary]);
    }
    cargo(root, "bench/heap", &args)?;
    Ok(root.join("target/bench/release").join(binary))
}

/// Builds and finds all rivals, or those named in `only` and the reference.
pub(super) fn find(root: &Path, list: &Rivals, only: &[String]) -> Result<Found, String> {
    let stranger = only
        .iter()
        .find(|name| list.rivals.iter().all(|rival| rival.name != **name));
    if let Some(stranger) = stranger {
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
        eprintln!("building {}", rival.name);
        match contestant(root, rival) {
            Ok(contestant) => found.present.push(contestant),
            Err(reason) => found.absent.push(format!("{} ({reason})", rival.name)),
        }
    }
    Ok(found)
}

fn contestant(root: &Path, rival: &Rival) -> Result<Contestant, String> {
    let library = library(root, &rival.library)?;
    let binary = build(root, rival.binary.as_deref().unwrap_or("system"))?;
    let preload = match rival.binary {
        Some(_) => None,
        None => library.clone(),
    };
    // Whoever is linked in and has no library cannot serve a program, but for the C library.
    let serves = library.is_some() || rival.binary.as_deref() == Some("system");
    Ok(Contestant {
        name: rival.name.clone(),
        about: rival.about.clone(),
        version: versions::find(root, &rival.version),
        loads: Some((binary, preload)),
        library,
        programs: rival.programs && serves,
    })
}

fn library(root: &Path, library: &Library) -> Result<Option<PathBuf>, String> {
    match library {
        Library::Nothing => Ok(None),
        Library::File(files) => {
            let present = files.iter().map(PathBuf::from).find(|file| file.exists());
            present
                .map(Some)
                .ok_or_else(|| "its library is not installed".to_owned())
        }
        Library::Built(feature) => built(root, feature).map(Some),
        Library::Printed(command) => {
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

/// Builds a library of a crate. All are built under one name, so each is put aside under its own.
fn built(root: &Path, feature: &str) -> Result<PathBuf, String> {
    cargo(root, "bench/heap/preload", &["--features", feature])?;
    let folder = root.join("target/bench/preload");
    let library = folder.join(format!("{feature}.so"));
    let copied = fs::create_dir_all(&folder)
        .and_then(|()| fs::copy(root.join("target/bench/release/librival.so"), &library));
    copied.map_err(|error| format!("{}: {error}", library.display()))?;
    Ok(library)
}

fn cargo(root: &Path, package: &str, args: &[&str]) -> Result<(), String> {
    let mut command = Command::new("cargo");
    command
        .current_dir(root)
        .args(["build", "--quiet", "--release"]);
    command.args(["--manifest-path", &format!("{package}/Cargo.toml")]);
    command.args(["--target-dir", "target/bench"]).args(args);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{package} does not build with {}", args.join(" "))),
        Err(error) => Err(format!("cargo cannot be started: {error}")),
    }
}
