//! Our own C and C++ programs, compiled once per test run.

use crate::process::{self, find};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

/// The folder of the sources.
pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs")
}

/// The path of the program made from `source` (`name.c` or `name.cpp`).
///
/// Without optimisation: the compiler must not remove the allocations that we look at.
pub(crate) fn compiled(source: &str) -> PathBuf {
    type Programs = Mutex<HashMap<String, Arc<OnceLock<PathBuf>>>>;
    static BUILT: OnceLock<Programs> = OnceLock::new();
    let programs = BUILT.get_or_init(Mutex::default);
    let cell = Arc::clone(
        programs
            .lock()
            .unwrap()
            .entry(source.to_owned())
            .or_default(),
    );
    cell.get_or_init(|| compile(source, &[])).clone()
}

/// The path of a program of `bench/return`, whose stops `give_back` measures at.
pub(crate) fn benchmark(name: &str) -> PathBuf {
    compiled(&format!("../../../../bench/return/{name}.c"))
}

/// As [`compiled`], every time anew, with more arguments for the compiler.
pub(crate) fn compile(source: &str, more: &[&OsStr]) -> PathBuf {
    let is_cxx = source.ends_with(".cpp");
    let compiler = if is_cxx { "c++" } else { "cc" };
    assert!(
        find(compiler).is_some(),
        "a C and C++ compiler is needed: {compiler} not found"
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
    fs::create_dir_all(&folder).unwrap();
    let name = Path::new(source).file_stem().unwrap().to_str().unwrap();
    let program = folder.join(name);
    // Made under a name of its own: an older test run may still execute the file, and two tests of
    // this one may want it at once.
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let fresh = folder.join(format!("{name}.{}-{number}", std::process::id()));
    let mut command = Command::new(compiler);
    command
        .args(["-O0", "-g", "-fno-builtin", "-pthread", "-w"])
        .args(is_cxx.then_some("-std=c++17"))
        .arg("-o")
        .arg(&fresh)
        .arg(sources().join(source))
        .args(more)
        .arg("-ldl");
    process::run(&mut command, 120).expect_success(source);
    fs::rename(fresh, &program).unwrap();
    program
}
