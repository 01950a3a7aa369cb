//! A whole program on the heap, linked dynamically and with the C library inside.

use std::path::Path;
use std::process::Command;

/// Builds the example `own_program` with these flags of the compiler, in a folder of its own, and
/// runs it; gives what it printed.
fn built_and_run(name: &str, flags: &str) -> String {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut build = Command::new(env!("CARGO"));
    build
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "build",
            "--quiet",
            "--example",
            "own_program",
            "--target",
            &target,
        ])
        .arg("--target-dir")
        .arg(&folder)
        .env("RUSTFLAGS", flags)
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    let built = build.output().unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let program = folder.join(&target).join("debug/examples/own_program");
    let dynamic = Command::new("readelf").arg("-lW").arg(&program).output();
    if let Ok(headers) = dynamic {
        let asks_for_a_loader = String::from_utf8_lossy(&headers.stdout).contains("INTERP");
        assert_eq!(asks_for_a_loader, !flags.contains("crt-static"), "{name}");
    }
    let ended = Command::new(&program).output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{name}: {}\n{told}", ended.status);
    String::from_utf8_lossy(&ended.stdout).into_owned()
}

#[test]
fn a_program_linked_dynamically() {
    assert_eq!(built_and_run("dynamic", ""), "all checks hold\n");
}

#[test]
fn a_program_linked_statically() {
    let libraries = ["/usr/lib", "/usr/lib64"].map(Path::new);
    let arch = std::env::consts::ARCH;
    let mut places = libraries.map(|place| place.join("libc.a")).to_vec();
    places.push(libraries[0].join(format!("{arch}-linux-gnu/libc.a")));
    if !places.iter().any(|place| place.is_file()) {
        println!("skipped: a program linked statically: no libc.a here");
        return;
    }
    let printed = built_and_run("static", "-C target-feature=+crt-static");
    assert_eq!(printed, "all checks hold\n");
}
