//! Contenders in other languages: they take part where their runtime is installed.

use super::Contender;
use std::path::Path;
use std::process::{Command, Stdio};

/// A runtime, what prepares the program for it, and what runs it; `@` stands for the folder of
/// built programs.
struct Runtime {
    who: &'static str,
    /// The command that says whether it is there.
    probe: &'static [&'static str],
    build: &'static [&'static str],
    run: &'static [&'static str],
}

const TREES: [Runtime; 6] = [
    Runtime {
        who: "boehm (C)",
        probe: &["gcc", "--version"],
        build: &[
            "gcc",
            "-O2",
            "-o",
            "@/trees-boehm",
            "bench/gc/programs/trees.c",
            "-lgc",
        ],
        run: &["@/trees-boehm"],
    },
    Runtime {
        who: "go",
        probe: &["go", "version"],
        build: &[
            "go",
            "build",
            "-o",
            "@/trees-go",
            "bench/gc/programs/trees.go",
        ],
        run: &["@/trees-go"],
    },
    Runtime {
        who: "java serial",
        probe: &["javac", "-version"],
        build: &["javac", "-d", "@", "bench/gc/programs/Trees.java"],
        run: &["java", "-XX:+UseSerialGC", "-Xmx2g", "-cp", "@", "Trees"],
    },
    Runtime {
        who: "java parallel",
        probe: &["javac", "-version"],
        build: &["javac", "-d", "@", "bench/gc/programs/Trees.java"],
        run: &["java", "-XX:+UseParallelGC", "-Xmx2g", "-cp", "@", "Trees"],
    },
    Runtime {
        who: "java G1",
        probe: &["javac", "-version"],
        build: &["javac", "-d", "@", "bench/gc/programs/Trees.java"],
        run: &["java", "-XX:+UseG1GC", "-Xmx2g", "-cp", "@", "Trees"],
    },
    Runtime {
        who: "node",
        probe: &["node", "--version"],
        build: &["node", "--check", "bench/gc/programs/trees.js"],
        run: &["node", "bench/gc/programs/trees.js"],
    },
];

/// The foreign contenders of the loads that there are, and why some are left out.
pub(super) fn of(root: &Path, contenders: &[Contender]) -> (Vec<Contender>, Vec<String>) {
    let (mut found, mut absent) = (Vec::new(), Vec::new());
    let Some(trees) = contenders
        .iter()
        .find(|contender| contender.load == "trees")
    else {
        return (found, absent);
    };
    let folder = root.join("target/bench/programs");
    if let Err(error) = std::fs::create_dir_all(&folder) {
        return (found, vec![format!("{}: {error}", folder.display())]);
    }
    let folder = folder.to_string_lossy().into_owned();
    let placed = |words: &[&str]| -> Vec<String> {
        words
            .iter()
            .map(|word| word.replace('@', &folder))
            .collect()
    };
    for runtime in &TREES {
        if !runs(root, &placed(runtime.probe)) {
            absent.push(format!(
                "{} (`{}` is not installed)",
                runtime.who, runtime.probe[0]
            ));
        } else if !runs(root, &placed(runtime.build)) {
            let build = runtime.build.join(" ");
            absent.push(format!("{} (`{build}` fails)", runtime.who));
        } else {
            let mut program = placed(runtime.run);
            program.push(trees.size.to_string());
            found.push(Contender {
                load: trees.load.clone(),
                who: runtime.who.to_owned(),
                size: trees.size,
                program: Some(program),
                runs: Vec::new(),
            });
        }
    }
    (found, absent)
}

fn runs(root: &Path, words: &[String]) -> bool {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).current_dir(root);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
