//! `tenure holders` on programs that people run: redis-server and python3, while they run and on
//! the record of how they left.

use crate::holders::{holders, lines, tree_of};
use crate::process::{Running, Scratch, find, find_or_skip, silence, skipped};
use crate::redis::{ask, connect, free_port};
use crate::sources::compiled;
use crate::way::record_into;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Keys that redis is loaded with.
const KEYS: usize = 200_000;
/// Keys that are sent before answers are read.
const BATCH: usize = 5_000;

/// Sets all keys.
fn load(stream: &mut TcpStream) {
    let mut answers = vec![0; BATCH * "+OK\r\n".len()];
    for batch in 0..KEYS / BATCH {
        let mut commands = String::new();
        for key in batch * BATCH..(batch + 1) * BATCH {
            let value = format!("value {key} {}", "x".repeat(48));
            let key = format!("key:{key}");
            commands.push_str(&format!(
                "*3\r\n$3\r\nSET\r\n${}\r\n{key}\r\n${}\r\n{value}\r\n",
                key.len(),
                value.len()
            ));
        }
        stream.write_all(commands.as_bytes()).unwrap();
        stream.read_exact(&mut answers).unwrap();
        assert!(answers.starts_with(b"+OK\r\n"));
    }
}

/// What the line retains that is named so and retains the most, as a part of everything.
fn share(tree: &Value, begins: &str) -> f64 {
    let total = tree["total_bytes"].as_u64().unwrap() as f64;
    let named = lines(tree).into_iter();
    let named = named.filter(|(name, _)| name.starts_with(begins));
    named
        .map(|(_, bytes)| bytes as f64 / total)
        .fold(0.0, f64::max)
}

/// The keyspace is a dictionary: its table of buckets, made by `_dictExpand`, holds the entries.
fn expect_keyspace(tree: &Value, when: &str) {
    for holder in ["dictCreate", "_dictExpand"] {
        let share = share(tree, holder);
        assert!(share >= 0.8, "{when}: {holder} holds {share}: {tree:#}");
    }
    let total = tree["total_bytes"].as_u64().unwrap();
    assert!(
        total > KEYS as u64 * 60,
        "the keys are in our heap: {total}"
    );
}

#[test]
fn the_dictionary_holds_the_keys_of_redis() {
    let Some(found) = find_or_skip("holders of redis", &["redis-server"]) else {
        return;
    };
    let scratch = Scratch::new();
    let port = free_port();
    let mut command = Command::new(&found[0]);
    command
        .current_dir(scratch.path())
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no"]);
    record_into(&mut command, scratch.path(), "every,leaks");
    let mut server = Running::start(silence(&mut command));
    let mut stream = connect(port, &mut server);
    load(&mut stream);
    ask(&mut stream, "DBSIZE", &format!(":{KEYS}\r\n"));
    let live = tree_of(server.id().to_string(), &["--depth", "8"]);
    ask(&mut stream, "PING", "+PONG\r\n");
    stream.write_all(b"SHUTDOWN NOSAVE\r\n").unwrap();
    let status = server.wait(Duration::from_secs(60));
    assert!(status.is_some_and(|status| status.success()), "{status:?}");
    let left = tree_of(scratch.path(), &["--depth", "8"]);
    if share(&live, "dict") == 0.0 && share(&live, "_dict") == 0.0 {
        skipped(
            "holders of redis",
            "this redis-server has no names of functions",
        );
        return;
    }
    expect_keyspace(&live, "while it ran");
    expect_keyspace(&left, "when it left");
}

/// A program that says when it is ready, and goes on when its input ends.
struct Waiting {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Waiting {
    fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// The next line that it says.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn finish(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Of a test that failed on the way; one that has ended is not there to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The system's interpreter: one that a manager of versions puts first may be a script.
fn python() -> Option<PathBuf> {
    let system = Path::new("/usr/bin/python3");
    let found = match system.exists() {
        true => Some(system.to_owned()),
        false => find("python3"),
    };
    if found.is_none() {
        skipped("holders of python3", "it is not installed");
    }
    found
}

fn list_of_strings(python: &Path, scratch: &Scratch, count: usize) -> Command {
    let script = format!(
        "import sys\nnames = [str(i) for i in range({count})]\n\
         print(hex(id(names)), flush=True)\nsys.stdin.read()\n"
    );
    let mut command = Command::new(python);
    command.args(["-c", &script]);
    record_into(&mut command, scratch.path(), "every,leaks");
    command
}

#[test]
fn the_list_holds_the_strings_of_python() {
    let Some(python) = python() else { return };
    let scratch = Scratch::new();
    let mut command = list_of_strings(&python, &scratch, 1_000_000);
    let mut program = Waiting::start(command.env("PYTHONMALLOC", "malloc"));
    let list = program.line();
    let pid = program.child.id().to_string();
    let shown = holders(&pid, &["--depth", "10", "--json"]);
    shown.expect_success("holders of python3");
    assert!(!shown.stderr.contains("PYTHONMALLOC"), "{}", shown.stderr);
    let way = holders(&pid, &["--json", "--addr", &list]);
    way.expect_success("the way to the list");
    program.finish();
    let way: Value = serde_json::from_str(&way.stdout).unwrap();
    let tree: Value = serde_json::from_str(&shown.stdout).unwrap();
    let total = tree["total_bytes"].as_u64().unwrap();
    assert!(total > 50_000_000, "a million strings: {total}");
    let retained = way["retained_bytes"].as_u64().unwrap();
    assert!(
        retained * 10 >= total * 9,
        "the list retains {retained} of {total}"
    );
    let last = way["steps"].as_array().unwrap().last().unwrap();
    assert!(
        last["bytes"].as_u64().unwrap() < 200,
        "the list object itself: {last:#}"
    );
    let is_there = lines(&tree).iter().any(|&(_, bytes)| bytes == retained);
    assert!(is_there, "the tree has a line of the list: {tree:#}");
}

#[test]
fn arenas_of_python_are_told_with_the_way_out() {
    let Some(python) = python() else { return };
    let scratch = Scratch::new();
    let mut command = list_of_strings(&python, &scratch, 100_000);
    let mut program = Waiting::start(command.env_remove("PYTHONMALLOC"));
    program.line();
    let pid = program.child.id().to_string();
    let shown = holders(&pid, &[]);
    shown.expect_success("holders of python3");
    assert!(
        shown.stderr.contains("PYTHONMALLOC=malloc"),
        "{}",
        shown.stderr
    );
    program.finish();
}

#[test]
fn a_running_program_is_asked_and_goes_on() {
    let scratch = Scratch::new();
    let mut command = Command::new(compiled("holds.c"));
    record_into(command.arg("waits"), scratch.path(), "every,leaks");
    let mut program = Waiting::start(&mut command);
    let address = program.line();
    let pid = program.child.id().to_string();
    let shown = holders(&pid, &[]);
    shown.expect_success("tenure holders PID");
    assert!(
        shown.stdout.contains("global `cache` in holds"),
        "{}",
        shown.stdout
    );
    assert!(shown.stderr.contains("stood still for"), "{}", shown.stderr);
    let way = holders(&pid, &["--addr", &address]);
    assert!(way.stdout.contains("copy_value holds.c:"), "{}", way.stdout);
    program.finish();
    let none = holders(u32::MAX.to_string(), &[]);
    assert_eq!(none.status.code(), Some(3), "{}", none.stderr);
}
