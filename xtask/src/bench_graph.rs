//! `cargo xtask bench graph`: what the heap graph costs, shape by shape, at one size and at twice
//! that.
//!
//! Each shape is a process of its own, the example `graph_bench` of `tenure-model`; times are its
//! processor time, the best of the rounds, and bytes are counted at its allocator.

use crate::bench_looks;
use crate::results_page;
use std::path::Path;
use std::process::Command;

/// What the command line accepts, for the usage text.
pub(crate) const USAGE: &str = "bench graph [--only shapes|looks] [--rounds N] [--quick] [--write]";

/// The parts of the page of results, each between marks of its name.
const SHAPES_PART: &str = "graph";
const LOOKS_PART: &str = "looks";

/// Bytes for each node that dominators may take beside the graph.
const BYTES_MAX: f64 = 24.0;
/// Seconds that the dominators of 5 million nodes and 15 million edges may take.
const RANDOM_S_MAX: f64 = 5.0;
/// How much longer twice the size may take.
const DOUBLED_MAX: f64 = 2.5;

/// A shape, how many nodes it has, and what it is.
struct Shape {
    name: &'static str,
    nodes: u32,
    text: &'static str,
}

const SHAPES: [Shape; 6] = [
    Shape {
        name: "random",
        nodes: 5_000_000,
        text: "three pointers from each block to any",
    },
    Shape {
        name: "chain",
        nodes: 10_000_000,
        text: "one list, its places in no order",
    },
    Shape {
        name: "mesh",
        nodes: 2_000_000,
        text: "two halves, eight pointers from each block to the other half",
    },
    Shape {
        name: "deep",
        nodes: 5_000_000,
        text: "a list through four fifths, and two pointers from each block to any",
    },
    Shape {
        name: "climbs",
        nodes: 5_000_000,
        text: "a list whose last block points to as many others, as a root does",
    },
    Shape {
        name: "lost",
        nodes: 5_000_000,
        text: "as random, but without roots: all is lost, and under its leaders",
    },
];

/// The steps whose times are shown, by their names in the example.
const STEPS: [&str; 5] = ["build", "kinds", "dominators", "paths", "census"];

/// What one run printed.
struct Run {
    edges: f64,
    seconds: [f64; STEPS.len()],
    /// Bytes for each node that dominators took at most.
    most: f64,
}

/// Measures; false if a promise is not kept.
pub(crate) fn run(root: &Path, args: &[&str]) -> Result<bool, String> {
    let (mut rounds, mut quick, mut write, mut rest) = (3, false, false, args);
    let mut only = None;
    while let [name, tail @ ..] = rest {
        rest = match (*name, tail) {
            ("--write", tail) => {
                write = true;
                tail
            }
            ("--quick", tail) => {
                quick = true;
                tail
            }
            ("--only", [part @ ("shapes" | "looks"), tail @ ..]) => {
                only = Some(*part);
                tail
            }
            ("--rounds", [number, tail @ ..]) => {
                rounds = number.parse().map_err(|_| format!("{number}: no number"))?;
                tail
            }
            _ => return Err(format!("{name}: not known; {USAGE}")),
        };
    }
    if rounds == 0 {
        return Err(format!("--rounds 0: nothing to measure; {USAGE}"));
    }
    let mut is_kept = true;
    if only != Some("looks") {
        let (text, kept) = shapes(root, rounds, quick)?;
        println!("{text}");
        is_kept = kept;
        if write {
            results_page::write(root, SHAPES_PART, &text)?;
        }
    }
    if only != Some("shapes") && !quick {
        let text = bench_looks::measure(root, rounds)?;
        println!("{text}");
        if write {
            results_page::write(root, LOOKS_PART, &text)?;
        }
    }
    Ok(is_kept)
}

/// What the shapes cost, and whether that is as promised.
fn shapes(root: &Path, rounds: u32, quick: bool) -> Result<(String, bool), String> {
    build(root)?;
    let divisor = if quick { 100 } else { 1 };
    let mut text =
        format!("Command: `cargo xtask bench graph --only shapes --rounds {rounds} --write`\n\n");
    text.push_str(&format!(
        "Processor time in seconds, the best of {rounds} rounds; bytes for each node that\n\
         dominators take at most beside the graph. The last column has the dominators of a graph\n\
         twice as large, and how much longer they take.\n\n"
    ));
    text.push_str(
        "| shape | nodes | edges | build | kinds | **dominators** | ways | sums | bytes | \
         doubled |\n",
    );
    text.push_str("|---|---|---|---|---|---|---|---|---|---|\n");
    let mut broken = Vec::new();
    for shape in &SHAPES {
        let nodes = shape.nodes / divisor;
        let once = best(root, shape.name, nodes, rounds)?;
        let twice = best(root, shape.name, nodes * 2, rounds)?;
        text.push_str(&row(shape.name, nodes, &once, &twice));
        if !quick {
            judge(shape.name, &once, &twice, &mut broken);
        }
    }
    text.push('\n');
    for shape in &SHAPES {
        text.push_str(&format!("- `{}`: {}\n", shape.name, shape.text));
    }
    text.push_str(&format!(
        "\nPromised: {RANDOM_S_MAX} s for `random`, {BYTES_MAX} bytes, and {DOUBLED_MAX} times as \
         long for twice the size.\n"
    ));
    text.push_str(&match broken.as_slice() {
        [] if quick => "So small, they are not looked at.\n".to_owned(),
        [] => "All are kept.\n".to_owned(),
        broken => format!("Not kept: {}.\n", broken.join("; ")),
    });
    Ok((text, broken.is_empty()))
}

fn row(name: &str, nodes: u32, once: &Run, twice: &Run) -> String {
    let [build, kinds, dominators, paths, census] = once.seconds;
    let doubled = twice.seconds[2];
    format!(
        "| {name} | {nodes} | {:.0} | {build:.2} | {kinds:.2} | **{dominators:.2}** | {paths:.2} | \
         {census:.2} | {:.2} | {doubled:.2} ({:.2}×) |\n",
        once.edges,
        once.most,
        doubled / dominators.max(1e-6),
    )
}

/// Adds what is not as promised.
fn judge(name: &str, once: &Run, twice: &Run, broken: &mut Vec<String>) {
    let (seconds, doubled) = (once.seconds[2], twice.seconds[2]);
    if name == "random" && seconds > RANDOM_S_MAX {
        broken.push(format!("{name} takes {seconds:.2} s"));
    }
    if doubled > DOUBLED_MAX * seconds {
        broken.push(format!(
            "{name} at twice the size takes {:.2} times as long",
            doubled / seconds
        ));
    }
    let most = once.most.max(twice.most);
    if most > BYTES_MAX {
        broken.push(format!("{name} takes {most:.2} bytes for each node"));
    }
}

fn build(root: &Path) -> Result<(), String> {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--package", "tenure-model"])
        .args(["--example", "graph_bench"])
        .current_dir(root)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("building graph_bench failed: {status}")),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

/// The best time of each step over some runs.
fn best(root: &Path, shape: &str, nodes: u32, rounds: u32) -> Result<Run, String> {
    let mut best = once(root, shape, nodes)?;
    for _ in 1..rounds {
        let run = once(root, shape, nodes)?;
        for (best, new) in best.seconds.iter_mut().zip(run.seconds) {
            *best = new.min(*best);
        }
        best.most = best.most.max(run.most);
    }
    Ok(best)
}

fn once(root: &Path, shape: &str, nodes: u32) -> Result<Run, String> {
    let output = Command::new(root.join("target/release/examples/graph_bench"))
        .args([shape, &nodes.to_string()])
        .output()
        .map_err(|error| format!("graph_bench: {error}"))?;
    let told = String::from_utf8_lossy(&output.stdout);
    let value = |name: &str| {
        let mut words = told.split_whitespace();
        let found = words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        let number = found.and_then(|number| number.parse::<f64>().ok());
        number.ok_or_else(|| format!("graph_bench {shape} {nodes} told no {name}: {told}"))
    };
    let mut seconds = [0.0; STEPS.len()];
    for (seconds, step) in seconds.iter_mut().zip(STEPS) {
        *seconds = value(&format!("{step}_s"))?;
    }
    Ok(Run {
        edges: value("edges")?,
        seconds,
        most: value("dominators_most")?,
    })
}
