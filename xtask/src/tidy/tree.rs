//! The repository as the rules see it: crates, Rust sources and other texts, read once.

use std::fs;
use std::path::Path;

use super::lexer::{self, Comment, Token};
use super::manifest::{self, Manifest, Renames};
use super::paths::{self, Path as SourcePath};
use super::test_code;

/// Folders that hold no text of ours, wherever they stand.
const SKIPPED_FOLDERS: [&str; 3] = [".git", "target", "node_modules"];

/// Where the planted failures of the rules live; on the real tree they do not count.
const FIXTURES: &str = "xtask/fixtures";

/// Endings of the files that are read as text; `.ci/run` is named in full.
const TEXT_ENDINGS: [&str; 19] = [
    "rs", "toml", "md", "sh", "yml", "yaml", "json", "txt", "c", "h", "cc", "cpp", "hpp", "py",
    "js", "ts", "html", "css", "map",
];

/// A whole repository.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) crates: Vec<Crate>,
    pub(crate) sources: Vec<Source>,
    /// Every text file, the Rust sources included.
    pub(crate) texts: Vec<Text>,
}

/// A crate under `crates/`, or `xtask`.
#[derive(Debug)]
pub(crate) struct Crate {
    /// The folder's name.
    pub(crate) folder: String,
    /// The manifest's path.
    pub(crate) path: String,
    pub(crate) manifest: Manifest,
}

/// One Rust source.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the repository's root, with `/`.
    pub(crate) path: String,
    /// Folder name of the crate that it belongs to; none for `bench/` and `fuzz/`.
    pub(crate) owner: Option<String>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) paths: Vec<SourcePath>,
    /// For each token, whether only tests compile it.
    pub(crate) test_mask: Vec<bool>,
}

/// One text file.
#[derive(Debug)]
pub(crate) struct Text {
    /// From the repository's root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// The file's name.
    pub(crate) fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether this is a crate's build script.
    pub(crate) fn is_build_script(&self) -> bool {
        let home = self
            .owner
            .as_ref()
            .map(|owner| format!("crates/{owner}/build.rs"));
        home.is_some_and(|home| home == self.path)
    }
}

impl Tree {
    /// Reads the repository at `root`.
    pub(crate) fn read(root: &Path) -> Result<Tree, String> {
        let mut tree = Tree::default();
        read_texts(root, "", &mut tree.texts)?;
        let renames = match tree.texts.iter().find(|text| text.path == "Cargo.toml") {
            Some(text) => manifest::parse_renames(&text.text)
                .map_err(|error| format!("Cargo.toml does not parse: {error}"))?,
            None => Renames::new(),
        };
        for text in &tree.texts {
            if text.path.ends_with(".rs") {
                tree.sources.push(source(text));
            }
            if let Some(folder) = crate_of_manifest(&text.path) {
                let manifest = manifest::parse(&text.text, &renames)
                    .map_err(|error| format!("{} does not parse: {error}", text.path))?;
                let (folder, path) = (folder.to_owned(), text.path.clone());
                tree.crates.push(Crate {
                    folder,
                    path,
                    manifest,
                });
            }
        }
        mark_test_modules(&mut tree.sources);
        Ok(tree)
    }
}

fn source(text: &Text) -> Source {
    let lexed = lexer::lex(&text.text);
    let test_mask = if test_code::is_test_file(&text.path) {
        vec![true; lexed.tokens.len()]
    } else {
        test_code::mask(&lexed.tokens)
    };
    Source {
        path: text.path.clone(),
        owner: owner(&text.path).map(str::to_owned),
        paths: paths::paths(&lexed.tokens),
        test_mask,
        tokens: lexed.tokens,
        comments: lexed.comments,
    }
}

/// Files whose module is declared for tests alone are test code too.
fn mark_test_modules(sources: &mut [Source]) {
    let mut homes = Vec::new();
    for source in sources.iter() {
        let folder = match source.path.rsplit_once('/') {
            Some((folder, "lib.rs" | "main.rs")) => folder,
            _ => source.path.trim_end_matches(".rs"),
        };
        for module in test_code::test_modules(&source.tokens, &source.test_mask) {
            homes.push(format!("{folder}/{module}"));
        }
    }
    for source in sources {
        let stem = source.path.trim_end_matches(".rs");
        let inside = |home: &String| stem.strip_prefix(home.as_str());
        if homes
            .iter()
            .filter_map(inside)
            .any(|rest| rest.is_empty() || rest.starts_with('/'))
        {
            source.test_mask.fill(true);
        }
    }
}

/// `tenure-heap` for `crates/tenure-heap/src/lib.rs`, `xtask` for `xtask/src/main.rs`.
fn owner(path: &str) -> Option<&str> {
    let mut parts = path.split('/');
    match (parts.next()?, parts.next()?) {
        ("crates", folder) => Some(folder),
        ("xtask", _) => Some("xtask"),
        _ => None,
    }
}

fn crate_of_manifest(path: &str) -> Option<&str> {
    let folder = path.strip_suffix("/Cargo.toml")?;
    let name = folder.strip_prefix("crates/").unwrap_or(folder);
    (folder == "xtask" || (name != folder && !name.contains('/'))).then_some(name)
}

fn read_texts(root: &Path, folder: &str, texts: &mut Vec<Text>) -> Result<(), String> {
    let here = root.join(folder);
    let fault = |error| format!("{} cannot be read: {error}", here.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(&here).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let kind = entry.file_type().map_err(fault)?;
        if let Ok(name) = entry.file_name().into_string() {
            names.push((name, kind));
        }
    }
    names.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, kind) in names {
        let path = if folder.is_empty() {
            name.clone()
        } else {
            format!("{folder}/{name}")
        };
        if kind.is_dir() {
            if !SKIPPED_FOLDERS.contains(&name.as_str()) && path != FIXTURES {
                read_texts(root, &path, texts)?;
            }
        } else if kind.is_file() && is_text(&path) {
            // What is not UTF-8 is no text of ours.
            if let Ok(text) = fs::read_to_string(root.join(&path)) {
                texts.push(Text { path, text });
            }
        }
    }
    Ok(())
}

fn is_text(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending);
    path == ".ci/run" || ending.is_some_and(|ending| TEXT_ENDINGS.contains(&ending))
}
