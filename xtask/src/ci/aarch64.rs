//! The heap and the preload library for the other processor, run by an emulator of programs.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::Outcome;
use super::steps::{answers, cargo, held};

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";
const SYSROOT: &str = "/usr/aarch64-linux-gnu";
const EMULATOR: &str = "qemu-aarch64";
/// Of the programs of `tenure-cli`'s tests: those that check themselves, and what they print.
const PROGRAMS: [(&str, &str); 3] = [
    ("c_blocks", "all checks hold"),
    ("c_aligned", "all checks hold"),
    ("c_aliases", "all checks hold"),
];

/// Runs the heap's tests and C programs on the preload library, where all that they need is here.
///
/// Blocks are not moved by remapping: QEMU 7.2 grants it and then gives back nothing of the source.
pub(super) fn run(root: &Path) -> Outcome {
    if std::env::consts::ARCH == "aarch64" {
        return Outcome::Skipped("this machine is one: the other steps have run there".into());
    }
    if let Some(reason) = missing(root) {
        return Outcome::Skipped(reason);
    }
    let mut tests = cargo(root, "test");
    tests.args([
        "--package",
        "tenure-heap",
        "--lib",
        "--test",
        "it",
        "--release",
    ]);
    let outcome = run_for_target(&mut tests);
    if outcome != Outcome::Held {
        return outcome;
    }
    let mut library = cargo(root, "build");
    library.args(["--package", "tenure-preload", "--profile", "preload"]);
    match run_for_target(&mut library) {
        Outcome::Held => programs(root),
        outcome => outcome,
    }
}

/// What is not installed.
fn missing(root: &Path) -> Option<String> {
    for program in [LINKER, EMULATOR] {
        if !answers(Command::new(program).arg("--version")) {
            return Some(format!("{program} is not installed"));
        }
    }
    let mut place = Command::new("rustc");
    place
        .current_dir(root)
        .args(["--print", "target-libdir", "--target", TARGET]);
    let place = place.output().ok();
    let place = place.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let is_here = place.is_some_and(|place| Path::new(&place).is_dir());
    (!is_here).then(|| format!("no standard library for {TARGET}: `rustup target add {TARGET}`"))
}

fn emulator() -> String {
    format!("{EMULATOR} -L {SYSROOT}")
}

fn run_for_target(command: &mut Command) -> Outcome {
    command.args(["--target", TARGET, "--target-dir", "target/aarch64"]);
    // Tests that build programs of their own would run this machine's cargo through the emulator.
    if command.get_args().any(|word| word == "--test") {
        command.args(["--", "--skip", "linked::"]);
    }
    held(
        command
            .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER)
            .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", emulator())
            .env("TENURE_TEST_RUNNER", emulator())
            .env("PROPTEST_CASES", "40")
            .env("RUSTFLAGS", "--cfg tenure_no_moving"),
    )
}

/// Compiles each program and runs it on the library.
fn programs(root: &Path) -> Outcome {
    let folder = root.join("target/aarch64/programs");
    if let Err(error) = fs::create_dir_all(&folder) {
        return Outcome::Failed(format!("{}: {error}", folder.display()));
    }
    let library = root.join(format!("target/aarch64/{TARGET}/preload/libtenure.so"));
    for (name, expected) in PROGRAMS {
        let source = root.join(format!("crates/tenure-cli/tests/programs/{name}.c"));
        let mut compile = Command::new(LINKER);
        compile.args(["-O0", "-g", "-fno-builtin", "-pthread", "-w", "-o"]);
        let outcome = held(compile.arg(folder.join(name)).arg(source));
        if outcome != Outcome::Held {
            return outcome;
        }
        let preload = format!("LD_PRELOAD={}", library.display());
        let mut program = Command::new(EMULATOR);
        program
            .args(["-L", SYSROOT, "-E", &preload])
            .arg(folder.join(name));
        let output = match program.output() {
            Ok(output) => output,
            Err(error) => return Outcome::Failed(format!("{program:?}: {error}")),
        };
        let printed = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() || printed.trim_end() != expected {
            let told = String::from_utf8_lossy(&output.stderr);
            return Outcome::Failed(format!("{name}: {}\n{printed}{told}", output.status));
        }
    }
    Outcome::Held
}
