//! Builds the library that `tenure run` preloads, so that the command carries it as bytes.
//!
//! The library has a profile of its own (no unwinding, one unit), so it cannot be an ordinary
//! dependency: cargo is run once more, with its own target folder under `OUT_DIR`. What the outer
//! build was told about its own compiler does not reach the inner one, and neither does its
//! jobserver, whose tokens the outer build holds while it waits for this script.

use std::env;
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

/// The crates whose sources make up the library.
const SOURCES: [&str; 7] = [
    "tenure-base",
    "tenure-os",
    "tenure-vm",
    "tenure-heap",
    "tenure-trace",
    "tenure-record",
    "tenure-preload",
];

/// What of cargo's environment says where packages come from, and so stays.
const KEPT: [&str; 6] = [
    "CARGO_HOME",
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    "CARGO_SOURCE_",
];

/// What would change or break the inner build, beside what begins with `CARGO_`.
const REMOVED: [&str; 6] = [
    "CLIPPY_ARGS",
    "MAKEFLAGS",
    "MFLAGS",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
];

/// The inner build as one would type it.
const SAID: &str = "cargo build --package tenure-preload --profile preload";

fn main() {
    let root = path("CARGO_MANIFEST_DIR").join("../..");
    watch(&root);
    let target = text("TARGET");
    let folder = path("OUT_DIR").join("library");
    let built = build(&root, &target, &folder);
    let library = folder.join(target).join("preload/libtenure.so");
    let bytes = match std::fs::read(&library) {
        Ok(bytes) if built => bytes,
        Ok(_) => exit(1),
        Err(error) => {
            eprintln!(
                "error: the preload library was not built: {}: {error}",
                library.display()
            );
            exit(1)
        }
    };
    let mut hasher = DefaultHasher::new();
    hasher.write(&bytes);
    println!("cargo::rustc-env=TENURE_LIBRARY={}", library.display());
    println!(
        "cargo::rustc-env=TENURE_LIBRARY_HASH={:016x}",
        hasher.finish()
    );
}

/// Tells cargo when this script is stale.
fn watch(root: &Path) {
    println!("cargo::rerun-if-changed=build.rs");
    for file in ["Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(file).display());
    }
    for name in SOURCES {
        let source = root.join("crates").join(name);
        for part in ["Cargo.toml", "src", "build.rs"] {
            let part = source.join(part);
            if part.exists() {
                println!("cargo::rerun-if-changed={}", part.display());
            }
        }
    }
}

/// Runs the inner build; what it says on stderr is shown with this script's.
fn build(root: &Path, target: &str, folder: &Path) -> bool {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args([
        "build",
        "--package",
        "tenure-preload",
        "--profile",
        "preload",
    ]);
    cargo.arg("--manifest-path").arg(root.join("Cargo.toml"));
    cargo
        .arg("--target-dir")
        .arg(folder)
        .args(["--target", target]);
    cargo.args(["--jobs", &text("NUM_JOBS")]);
    if root.join("Cargo.lock").exists() {
        cargo.arg("--locked");
    }
    for (name, _) in env::vars_os() {
        if is_of_outer_build(&name) {
            cargo.env_remove(name);
        }
    }
    match cargo.current_dir(root).status() {
        Ok(status) if status.success() => true,
        Ok(status) => {
            eprintln!("error: building the preload library failed: {SAID} ended with {status}");
            false
        }
        Err(error) => {
            eprintln!("error: cargo could not be started for the preload library: {error}");
            false
        }
    }
}

fn is_of_outer_build(name: &OsString) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    let finds_packages = KEPT.iter().any(|kept| name.starts_with(kept));
    let finds_linker = name.starts_with("CARGO_TARGET_") && name.ends_with("_LINKER");
    let of_cargo = name.starts_with("CARGO_") || name.starts_with("RUSTC_WORKSPACE");
    REMOVED.contains(&name) || (of_cargo && !finds_packages && !finds_linker)
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(text(name))
}

fn text(name: &str) -> String {
    match env::var(name) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("error: {name}, which cargo sets for build scripts: {error}");
            exit(1)
        }
    }
}
