//! Which version of a rival it is.

use std::fs;
use std::path::Path;
use std::process::Command;

use toml::de::DeTable;

use super::rivals::{Version, string, tables};

/// The version, as the lock file or Debian's package manager has it.
pub(super) fn find(root: &Path, version: &Version) -> Option<String> {
    match version {
        Version::Elsewhere => None,
        Version::Crate(name) => {
            let lock = fs::read_to_string(root.join("bench/heap/Cargo.lock")).ok()?;
            Some(format!("{name} {}", of_crate(&lock, name)?))
        }
        Version::Package(name) => {
            let format = "--showformat=${Version}";
            let output = Command::new("dpkg-query")
                .args(["-W", format, name])
                .output();
            let output = output.ok().filter(|output| output.status.success())?;
            let printed = String::from_utf8_lossy(&output.stdout);
            Some(format!("{name} {}", printed.trim()))
        }
    }
}

/// The version of a crate in a lock file.
pub(super) fn of_crate(lock: &str, name: &str) -> Option<String> {
    let document = DeTable::parse(lock).ok()?;
    tables(document.get_ref(), "package")
        .find(|package| string(package, "name").is_ok_and(|own| own == name))
        .and_then(|package| string(package, "version").ok())
}
