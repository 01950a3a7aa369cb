//! Whom the programs run on, each preloaded at its defaults.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::options::Options;
use crate::bench_record::checked;

/// The name of this repository's library in the tables.
pub(super) const OURS: &str = "tenure";

/// Debian's packages, and the library of each.
const PACKAGES: [(&str, &str, &str); 3] = [
    ("mimalloc", "libmimalloc2.0", "libmimalloc.so.2"),
    ("jemalloc", "libjemalloc2", "libjemalloc.so.2"),
    (
        "tcmalloc",
        "libtcmalloc-minimal4",
        "libtcmalloc_minimal.so.4",
    ),
];

/// A malloc.
pub(super) struct Rival {
    pub(super) name: String,
    pub(super) about: String,
    /// `None`: the C library's own.
    pub(super) library: Option<PathBuf>,
}

/// Those that are here and asked for, and a line for each that is missing.
pub(super) fn find(root: &Path, options: &Options) -> Result<(Vec<Rival>, Vec<String>), String> {
    let mut names = vec![OURS, "glibc"];
    names.extend(PACKAGES.map(|(name, ..)| name));
    names.extend(options.also.iter().map(|(name, _)| name.as_str()));
    if let Some(stranger) = options
        .rivals
        .iter()
        .find(|name| !names.contains(&&***name))
    {
        let known = names.join(", ");
        return Err(format!("there is no rival `{stranger}`; there are {known}"));
    }
    let wanted = |name: &str| options.rivals.is_empty() || options.rivals.iter().any(|n| n == name);
    let (mut present, mut absent) = (Vec::new(), Vec::new());
    if wanted(OURS) {
        present.push(ours(root)?);
    }
    if wanted("glibc") {
        present.push(Rival {
            name: "glibc".into(),
            about: "the malloc of the C library".into(),
            library: None,
        });
    }
    for (name, package, file) in PACKAGES {
        if !wanted(name) {
            continue;
        }
        let folders = ["x86_64", "aarch64"].map(|cpu| format!("/usr/lib/{cpu}-linux-gnu/{file}"));
        match folders
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_file())
        {
            Some(library) => present.push(Rival {
                name: name.into(),
                about: format!("Debian's {package} {}", version(package)),
                library: Some(library),
            }),
            None => absent.push(format!("{name} ({package} is not installed)")),
        }
    }
    for (name, file) in options.also.iter().filter(|(name, _)| wanted(name)) {
        // The loader only warns about a library that is not there, and goes on without.
        if !file.is_absolute() || !file.is_file() {
            return Err(format!(
                "{}: no file; the path must be absolute",
                file.display()
            ));
        }
        present.push(Rival {
            name: name.clone(),
            about: format!("`{}`", file.display()),
            library: Some(file.clone()),
        });
    }
    Ok((present, absent))
}

/// Builds this repository's library as the command carries it.
fn ours(root: &Path) -> Result<Rival, String> {
    let mut build = Command::new(env!("CARGO"));
    build.args([
        "build",
        "--package",
        "tenure-preload",
        "--profile",
        "preload",
    ]);
    checked(build.current_dir(root))?;
    Ok(Rival {
        name: OURS.into(),
        about: "this repository".into(),
        library: Some(root.join("target/preload/libtenure.so")),
    })
}

fn version(package: &str) -> String {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${Version}", package]);
    checked(&mut query).unwrap_or_else(|_| "of an unknown version".into())
}
