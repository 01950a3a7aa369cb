//! Programs that must not compile, each beside a twin that must.
//!
//! A file of `tests/ui` is both: lines marked `//@ wrong` are left out of the twin, lines marked
//! `//@ right` of the program that is wrong. Its last lines, `//~ LINE: CODE: MESSAGE`, are all
//! errors that the compiler must report. `UPDATE=1` writes them anew; look at what has changed.
//!
//! This one file is a module of the tests of several crates: what it needs to know it takes from
//! the package that compiles it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

/// The library's name as programs say it.
fn library_name() -> String {
    env!("CARGO_PKG_NAME").replace('-', "_")
}

/// Characters of a message that are compared.
const MESSAGE_LEN: usize = 70;

/// The compiled library that this test was linked with: the newest, since cargo made it just now.
fn library() -> Option<(PathBuf, PathBuf)> {
    let folder = env::current_exe().ok()?.parent()?.to_path_buf();
    let entries = fs::read_dir(&folder).ok()?.flatten();
    let begin = format!("lib{}-", library_name());
    let found = entries.filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.starts_with(&begin) && name.ends_with(".rlib")
    });
    let newest = found.max_by_key(|entry| entry.metadata().and_then(|m| m.modified()).ok())?;
    Some((newest.path(), folder))
}

/// The program without the lines of one mark; lines keep their numbers.
fn variant(source: &str, left_out: &str) -> String {
    let mut text = String::new();
    for line in source.lines() {
        if !line.ends_with(left_out) && !line.starts_with("//~") {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}

/// The errors of the compiler, one a line: `LINE: CODE: MESSAGE`.
fn errors(text: &str, name: &str, place: &Path, library: &(PathBuf, PathBuf)) -> Vec<String> {
    let source = place.join(format!("{name}.rs"));
    fs::write(&source, text).unwrap();
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--edition", "2024", "--emit=obj", "--error-format=short"])
        .args(["--cap-lints", "allow", "-o"])
        .arg(place.join(format!("{name}.o")))
        .arg("--extern")
        .arg(format!("{}={}", library_name(), library.0.display()))
        .arg("-L")
        .arg(format!("dependency={}", library.1.display()))
        .arg(&source)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("rustc runs");
    let told = String::from_utf8_lossy(&output.stderr);
    let mut found: Vec<String> = told
        .lines()
        .filter_map(|line| error(line, &source))
        .collect();
    if !output.status.success() && found.is_empty() {
        found.push("failed without an error".to_owned());
    }
    found.sort();
    found.dedup();
    found
}

/// Of a line `FILE:LINE:COLUMN: error[CODE]: MESSAGE`, what is kept.
fn error(line: &str, source: &Path) -> Option<String> {
    if line.starts_with("error: ") {
        return None;
    }
    let (place, message) = match line.strip_prefix("error") {
        Some(message) => ("", message),
        None => line.split_once(": error")?,
    };
    let (code, message) = match message.strip_prefix('[') {
        Some(message) => message.split_once("]: ")?,
        None => ("E-", message.strip_prefix(": ")?),
    };
    let line = match place.strip_prefix(source.to_str()?) {
        Some(place) => place.split(':').nth(1)?,
        None => "in the library",
    };
    // What follows the first clause quotes the program at length.
    let message = message.split(": ").next().unwrap_or(message);
    // Which private type it is that cannot be sent is not the reader's business.
    let message = match message.rsplit_once("` cannot be ") {
        Some((_, what)) => what,
        None => message,
    };
    let message: String = message.chars().take(MESSAGE_LEN).collect();
    Some(format!("{line}: {code}: {message}"))
}

#[test]
#[cfg_attr(miri, ignore = "starts the compiler")]
fn programs_that_must_not_compile_do_not_and_their_twins_do() {
    let Some(library) = library() else {
        panic!("the library of this test is not beside it");
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let place = env::temp_dir().join(format!("{}-ui-{}", library_name(), std::process::id()));
    fs::create_dir_all(&place).unwrap();
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 25, "{} programs", cases.len());
    let (next, faults) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(case) = next.lock().unwrap().next() else {
                        break;
                    };
                    let fault = judge(case, &place, &library);
                    faults.lock().unwrap().extend(fault);
                }
            });
        }
    });
    let _ = fs::remove_dir_all(&place);
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is wrong with a case.
fn judge(case: &Path, place: &Path, library: &(PathBuf, PathBuf)) -> Option<String> {
    let name = case.file_stem()?.to_str()?;
    let source = fs::read_to_string(case).unwrap();
    let twin = errors(
        &variant(&source, "//@ wrong"),
        &format!("{name}_twin"),
        place,
        library,
    );
    if !twin.is_empty() {
        return Some(format!("{name}: the twin does not compile: {twin:?}"));
    }
    let found = errors(&variant(&source, "//@ right"), name, place, library);
    if found.is_empty() {
        return Some(format!("{name}: it compiles"));
    }
    let expected: Vec<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("//~ "))
        .collect();
    if env::var_os("UPDATE").is_some() {
        let mut text: String = (source.lines())
            .filter(|line| !line.starts_with("//~"))
            .map(|line| format!("{line}\n"))
            .collect();
        found
            .iter()
            .for_each(|error| text.push_str(&format!("//~ {error}\n")));
        fs::write(case, text).unwrap();
        return None;
    }
    (found != expected).then(|| format!("{name}: expected {expected:?}, got {found:?}"))
}
