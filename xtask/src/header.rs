//! `cargo xtask header`: makes `tenure.h` out of the functions that it declares.
//!
//! The C names, their types and their comments stand once, in the sources below; cbindgen reads
//! them.

use cbindgen::{Builder, Config, DocumentationStyle, Language, Style};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the functions are, in the order of the header.
const SOURCES: [&str; 2] = ["c_heap.rs", "c_look.rs"];

const ABOUT: &str = "\
/* Tenure for C and C++ programs: heaps that are values, and what the whole heap holds.
 *
 * The functions are in libtenure.so, whose path `tenure lib` prints: link it by path and let the
 * loader search its folder (-Wl,-rpath), or declare those that you use weak, test them for NULL and
 * run the program under `tenure run` or LD_PRELOAD.
 * This file is made by `cargo xtask header` out of crates/tenure-preload/src.
 */";

/// Writes the header. True: it is there.
pub(crate) fn write(root: &Path) -> Result<bool, String> {
    let text = generate(&root.join("crates/tenure-preload/src"))?;
    let path = place(root);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("header: {} is made", path.display());
    Ok(true)
}

/// Whether the header that is there is the one that would be made; says how to make it if not.
pub(crate) fn check(root: &Path) -> Result<bool, String> {
    let made = generate(&root.join("crates/tenure-preload/src"))?;
    let path = place(root);
    let found = fs::read_to_string(&path).unwrap_or_default();
    match first_difference(&found, &made) {
        None => Ok(true),
        Some((line, wanted)) => {
            let path = path.display();
            println!("{path}:{line}: `{wanted}` should stand here; run `cargo xtask header`");
            Ok(false)
        }
    }
}

fn place(root: &Path) -> PathBuf {
    root.join("crates/tenure-preload/tenure.h")
}

/// The number of the first line in which two texts differ, and how it stands in the second.
fn first_difference(found: &str, made: &str) -> Option<(usize, String)> {
    if found == made {
        return None;
    }
    let (mut left, mut right) = (found.lines(), made.lines());
    for line in 1.. {
        match (left.next(), right.next()) {
            (Some(one), Some(other)) if one == other => {}
            (None, None) => return Some((line, "the end of the file".into())),
            (_, wanted) => return Some((line, wanted.unwrap_or("the end of the file").into())),
        }
    }
    None
}

/// The header of the sources in `folder`.
fn generate(folder: &Path) -> Result<String, String> {
    let mut config = Config {
        language: Language::C,
        style: Style::Both,
        cpp_compat: true,
        include_guard: Some("TENURE_H".into()),
        header: Some(ABOUT.into()),
        no_includes: true,
        sys_includes: ["stddef.h", "stdint.h"].map(str::to_owned).into(),
        usize_is_size_t: true,
        documentation: true,
        documentation_style: DocumentationStyle::Doxy,
        line_length: 100,
        ..Config::default()
    };
    for (rust, c) in [
        ("TenureHeap", "tenure_heap"),
        ("TenureHeapStats", "tenure_heap_stats_t"),
        ("TenureUsage", "tenure_usage_t"),
        ("TenureLimitCallback", "tenure_limit_callback"),
    ] {
        config.export.rename.insert(rust.into(), c.into());
    }
    let mut builder = Builder::new().with_config(config);
    for source in SOURCES {
        builder = builder.with_src(folder.join(source));
    }
    let bindings = builder
        .generate()
        .map_err(|error| format!("cbindgen cannot read {}: {error}", folder.display()))?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = String::from_utf8(text).map_err(|error| error.to_string())?;
    Ok(for_c(&text))
}

/// Says of the duties that Rust calls `# Safety` whose they are.
fn for_c(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    for line in text.lines() {
        lines.push_str(line.trim_end().trim_end_matches("# Safety"));
        if line.trim_end().ends_with("# Safety") {
            lines.push_str("The caller sees to it:");
        }
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests;
