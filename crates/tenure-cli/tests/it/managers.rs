//! Managers of memory with names in a Rust program: in the summary, `stats`, `top` and `report`.

use crate::command::{PATIENCE, tenure, tenure_run_as};
use crate::process::{Scratch, run};
use crate::sources::compiled;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The folder of the examples of the crate `tenure`, which are built once.
fn examples() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("managers");
        let mut build = Command::new(env!("CARGO"));
        build
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../tenure"))
            .args(["build", "--quiet", "--locked", "--example", "ledger"])
            .args(["--example", "ledger_plugin", "--target-dir"])
            .arg(&folder);
        let built = build.output().unwrap();
        let told = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{told}");
        folder.join("debug/examples")
    })
}

/// Each account of a `top/1` document by kind and name, with a figure.
fn figure<'a>(document: &'a Value, kind: &str, name: &str, figure: &str) -> &'a Value {
    let accounts = document["accounts"].as_array().unwrap();
    let found = accounts
        .iter()
        .find(|one| one["account_kind"] == kind && one["account_name"] == name);
    &found.unwrap_or_else(|| panic!("no {kind} {name} in {accounts:#?}"))[figure]
}

fn expect_accounts(document: &Value) {
    let held = |kind, name| {
        let held = figure(document, kind, name, "account_held_bytes");
        held.as_u64().unwrap()
    };
    assert!(held("arena", "requests") >= 800_000);
    assert!((80_000..800_000).contains(&held("arena", "parses")));
    assert_eq!(held("pool", "pages"), 8192);
    assert_eq!(held("budget", "server"), 300_000);
    let of_server = |name| figure(document, "budget", "server", name);
    assert_eq!(*of_server("account_limit_bytes"), 1 << 20);
    assert_eq!(*of_server("account_refusals"), 1);
}

#[test]
fn a_rust_programs_managers_are_shown_by_name_everywhere() {
    let scratch = Scratch::new();
    let program = examples().join("ledger");
    let mut command = tenure_run_as(&scratch, "--every", &[program.to_str().unwrap()]);
    let ended = run(&mut command, PATIENCE);
    ended.expect_success("ledger");
    let with = |arguments: &[&str]| {
        let ended = run(tenure(&scratch).args(arguments), PATIENCE);
        ended.expect_success(arguments[0]);
        ended.stdout
    };
    let texts = [
        ended.stderr,
        with(&["stats", "record.tnr"]),
        with(&["top", "record.tnr"]),
    ];
    for text in texts {
        for name in [
            "arena requests",
            "arena parses",
            "pool pages",
            "budget server",
        ] {
            assert!(text.contains(&format!("  {name} ")), "{name}: {text}");
        }
        let wide = text.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None);
    }
    let document = serde_json::from_str(&with(&["top", "record.tnr", "--json"])).unwrap();
    expect_accounts(&document);
    with(&["report", "record.tnr"]);
    let page = std::fs::read_to_string(scratch.join("record.html")).unwrap();
    for name in ["requests", "parses", "pages", "server"] {
        assert!(page.contains(&format!("\"{name}\"")), "{name}");
    }
}

#[test]
fn a_process_that_waits_tells_what_its_managers_hold() {
    let scratch = Scratch::new();
    let program = examples().join("ledger");
    let mut command = tenure_run_as(&scratch, "--every", &["sh", "-c"]);
    command.arg(format!("echo $$; exec {} wait", program.display()));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let pid = lines.next().unwrap().unwrap();
    let is_ready = lines.by_ref().any(|line| line.unwrap() == "ready");
    assert!(is_ready, "it has ended");
    let ended = run(tenure(&scratch).args(["top", &pid, "--json"]), PATIENCE);
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    let left: Vec<_> = lines.map(Result::unwrap).collect();
    assert_eq!(left, ["300000"], "the request does not disturb it");
    assert!(child.wait().unwrap().success());
    ended.expect_success("top PID");
    expect_accounts(&serde_json::from_str(&ended.stdout).unwrap());
}

#[test]
fn a_library_that_was_closed_is_still_read_at_the_end() {
    let scratch = Scratch::new();
    let plugin = examples().join("libledger_plugin.so");
    let program = compiled("closes_plugin.c");
    let line = [program.to_str().unwrap(), plugin.to_str().unwrap()];
    let ended = run(&mut tenure_run_as(&scratch, "--every", &line), PATIENCE);
    ended.expect_success("closes_plugin.c");
    assert_eq!(ended.stdout, "done\n");
    let said = "  arena of a plugin ";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}
