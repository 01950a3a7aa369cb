//! Every shape that memcheck documents: our kinds equal its verdict, block by block, at exit and
//! while the program serves.

use crate::command::{PATIENCE, tenure};
use crate::leaks::leaks_of;
use crate::process::{Running, Scratch, find_or_skip, run};
use crate::sources::{compile, compiled};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tenure_trace::graph::{GraphHeader, REASON_CALL};

/// What memcheck of valgrind 3.19 says of each block, by size, in the order of `shapes.cpp`.
const VERDICTS: [(&str, &[u64]); 4] = [
    (
        "definitely lost",
        &[
            1004, 1005, 1014, 1101, 1102, 1104, 1109, 1207, 1213, 1214, 1216, 1603, 1801, 1802,
            1803, 1804,
        ],
    ),
    (
        "indirectly lost",
        &[
            1006, 1015, 1103, 1105, 1106, 1107, 1108, 1201, 1202, 1203, 1204, 1205, 1206, 1212,
        ],
    ),
    ("possibly lost", &[1007, 1009, 1010, 1011, 1012, 1013]),
    (
        "still reachable",
        &[
            1001, 1002, 1003, 1008, 1110, 1111, 1208, 1209, 1210, 1211, 1215, 1217, 1308, 1402,
            1403, 1408, 1501, 1502, 1504, 1601, 1602, 1701, 1702, 1703, 1704,
        ],
    ),
];
/// The block that only a register holds, where the program has one.
const IN_REGISTER: Option<u64> = if cfg!(target_arch = "x86_64") {
    Some(1503)
} else {
    None
};

fn expected() -> BTreeMap<u64, String> {
    let verdicts = VERDICTS.into_iter().flat_map(|(kind, sizes)| {
        let sizes = sizes.iter().copied();
        sizes.map(move |bytes| (bytes, kind.to_owned()))
    });
    let register = IN_REGISTER.map(|bytes| (bytes, "still reachable".to_owned()));
    verdicts.chain(register).collect()
}

/// The kinds of the blocks of these sizes alone, in a document of ours.
fn kinds(document: &Value) -> BTreeMap<u64, String> {
    let records = document["records"].as_array().unwrap();
    let ours = records.iter().filter_map(|record| {
        let bytes = record["bytes"].as_u64().unwrap();
        let kind = record["kind"].as_str().unwrap().replace('_', " ");
        expected().contains_key(&bytes).then_some((bytes, kind))
    });
    ours.collect()
}

/// What was found of each block is the verdict; tells the blocks alone of which it is not.
fn assert_verdicts(found: &BTreeMap<u64, String>) {
    let expected = expected();
    let mut sizes: Vec<_> = found.keys().chain(expected.keys()).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let of = |kinds: &BTreeMap<u64, String>, bytes| kinds.get(bytes).cloned();
    let differ: Vec<_> = sizes
        .into_iter()
        .map(|bytes| (bytes, of(found, bytes), of(&expected, bytes)))
        .filter(|(_, found, verdict)| found != verdict)
        .collect();
    assert!(differ.is_empty(), "block, found, verdict: {differ:?}");
}

fn library() -> PathBuf {
    let flags = ["-shared", "-fPIC"].map(AsRef::as_ref);
    compile("keeps.c", &flags)
}

#[test]
fn kinds_are_those_of_memcheck_at_exit() {
    let (scratch, library) = (Scratch::new(), library());
    let mut command = tenure(&scratch);
    command.args(["run", "-q", "--leaks", "-o", "record.tnr", "--"]);
    command.arg(compiled("shapes.cpp")).arg(&library);
    run(&mut command, PATIENCE).expect_success("shapes");
    let document = leaks_of(&scratch, "record.tnr", &["--kinds", "all"]);
    assert_verdicts(&kinds(&document));
    let held = &document["reachable_by_heuristics"];
    for (word, bytes) in [
        ("newarray", 1308),
        ("stdstring", 1402),
        ("length64", 1403),
        ("multipleinheritance", 1408),
    ] {
        assert_eq!(held[word]["bytes"], bytes, "{word}");
    }
    let document = leaks_of(
        &scratch,
        "record.tnr",
        &["--kinds", "possible", "--heuristics", "none"],
    );
    let possible = kinds(&document);
    for bytes in [1308, 1402, 1403, 1408] {
        assert!(possible.contains_key(&bytes), "{bytes}");
    }
}

#[test]
fn memory_with_a_new_user_does_not_hold_what_its_last_one_held() {
    let scratch = Scratch::new();
    let mut command = tenure(&scratch);
    command.args(["run", "-q", "--leaks", "-o", "record.tnr", "--"]);
    run(command.arg(compiled("used_before.c")), PATIENCE).expect_success("used_before");
    let document = leaks_of(&scratch, "record.tnr", &["--kinds", "all"]);
    assert_eq!(document["definitely_lost"]["blocks"], 300);
    assert_eq!(document["definitely_lost"]["bytes"], 300 * 40);
}

#[test]
fn memcheck_itself_says_what_is_written_here() {
    let Some(programs) = find_or_skip("the verdict of valgrind", &["valgrind"]) else {
        return;
    };
    let mut command = Command::new(&programs[0]);
    command.args([
        "--leak-check=full",
        "--show-leak-kinds=all",
        "--num-callers=20",
    ]);
    command.arg(compiled("shapes.cpp")).arg(library());
    let ended = run(&mut command, PATIENCE);
    ended.expect_success("valgrind");
    let mut found = BTreeMap::new();
    for line in ended.stderr.lines() {
        // ==1== 2,014 (1,014 direct, 1,000 indirect) bytes in 1 blocks are definitely lost in …
        let Some((sizes, kind)) = line.split_once(" bytes in 1 blocks are ") else {
            continue;
        };
        let sizes = sizes.split_once("== ").map_or(sizes, |(_, sizes)| sizes);
        let direct = match sizes.split_once('(') {
            Some((_, direct)) => direct.split(' ').next().unwrap(),
            None => sizes.trim(),
        };
        let bytes: u64 = direct.replace(',', "").parse().unwrap();
        let kind: Vec<_> = kind.split(' ').take(2).collect();
        if expected().contains_key(&bytes) {
            found.insert(bytes, kind.join(" "));
        }
    }
    assert_verdicts(&found);
}

/// A perl that makes a ring of arrays and leaves; its interpreter loses blocks of its own too.
const RING: &str =
    "my %h; $h{$_} = [$_] for 1..1000; my $c = []; push @$c, $c; print scalar keys %h";

#[test]
fn what_perl_loses_is_what_memcheck_says() {
    let Some(programs) = find_or_skip("the leaks of perl", &["valgrind", "perl"]) else {
        return;
    };
    let scratch = Scratch::new();
    let mut command = tenure(&scratch);
    command.args(["run", "-q", "--leaks", "-o", "record.tnr", "--"]);
    command.arg(&programs[1]).args(["-e", RING]);
    command.env("PERL_HASH_SEED", "0");
    run(&mut command, PATIENCE).expect_success("perl");
    let document = leaks_of(&scratch, "record.tnr", &[]);
    let mut command = Command::new(&programs[0]);
    command.arg("--leak-check=full").arg(&programs[1]);
    command.args(["-e", RING]).env("PERL_HASH_SEED", "0");
    let ended = run(&mut command, PATIENCE);
    ended.expect_success("valgrind");
    for kind in ["definitely", "indirectly"] {
        let ours = &document[format!("{kind}_lost")];
        // ==1==    definitely lost: 8,325 bytes in 30 blocks
        let told = format!("{kind} lost: ");
        let line = ended.stderr.lines().find_map(|line| line.split_once(&told));
        let (_, sums) = line.unwrap_or_else(|| panic!("{}", ended.stderr));
        let numbers = sums.replace(',', "");
        let mut numbers = numbers
            .split(' ')
            .filter_map(|word| word.parse::<u64>().ok());
        let memcheck = (numbers.next().unwrap(), numbers.next().unwrap());
        assert!(memcheck.1 > 0, "{sums}");
        let ours = (
            ours["bytes"].as_u64().unwrap(),
            ours["blocks"].as_u64().unwrap(),
        );
        assert_eq!(ours, memcheck, "{kind}");
    }
}

#[test]
fn mangled_names_of_suppressions_fit_and_are_generated() {
    let (scratch, library) = (Scratch::new(), library());
    let mut command = tenure(&scratch);
    command.args(["run", "-q", "--leaks", "-o", "record.tnr", "--"]);
    command.arg(compiled("shapes.cpp")).arg(&library);
    run(&mut command, PATIENCE).expect_success("shapes");
    let mut command = tenure(&scratch);
    let ended = run(
        command.args(["leaks", "record.tnr", "--gen-suppressions"]),
        PATIENCE,
    );
    let made = ended.stdout;
    assert!(
        made.contains("   fun:malloc\n   fun:_ZL5blockmPvS_\n   fun:_ZL6chainsv\n"),
        "{made}"
    );
    fs::write(scratch.join("made.supp"), &made).unwrap();
    let hidden = leaks_of(&scratch, "record.tnr", &["--suppressions", "made.supp"]);
    assert_eq!(hidden["definitely_lost"]["blocks"], 0);
    assert_eq!(hidden["possibly_lost"]["blocks"], 0);
}

/// A program under `tenure run` that serves.
pub(crate) struct Serving {
    _running: Running,
    pub(crate) pid: u32,
}

impl Serving {
    /// Starts it, and waits until it says that it serves.
    pub(crate) fn start(scratch: &Scratch, program: &[PathBuf], more: &[&str]) -> Self {
        let output = scratch.join("output");
        let mut command = tenure(scratch);
        command.args(["run", "-q", "--every", "-o", "live.tnr", "--"]);
        command.args(program).args(more);
        command
            .stdin(Stdio::null())
            .stdout(File::create(&output).unwrap());
        let running = Running::start(&mut command);
        let begin = Instant::now();
        while !fs::read_to_string(&output).unwrap().contains("serving") {
            assert!(
                begin.elapsed() < Duration::from_secs(PATIENCE),
                "does not serve"
            );
            thread::sleep(Duration::from_millis(10));
        }
        let files = fs::read_dir(scratch.join("live.tnr.run")).unwrap();
        let pids = files.filter_map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            name.strip_suffix("-0.state")?.parse::<u32>().ok()
        });
        let pid = pids
            .into_iter()
            .find(|&pid| parent_of(pid) == Some(running.id()))
            .expect("the state file of a child");
        Self {
            _running: running,
            pid,
        }
    }

    fn is_there(&self) -> bool {
        fs::metadata(format!("/proc/{}", self.pid)).is_ok()
    }
}

#[test]
fn kinds_are_the_same_while_the_program_serves() {
    let (scratch, library) = (Scratch::new(), library());
    let serving = Serving::start(&scratch, &[compiled("shapes.cpp"), library], &["serve"]);
    for number in 1..=3 {
        let subject = serving.pid.to_string();
        let document = leaks_of(&scratch, &subject, &["--kinds", "all"]);
        println!("look {number}");
        assert_verdicts(&kinds(&document));
        let scan = &document["processes"][0]["scan"];
        assert_eq!(scan["reason"], "request");
        assert!(scan["pause_ns"].as_u64().unwrap() > 0, "{scan}");
        assert!(serving.is_there(), "it goes on");
    }
    let mut command = tenure(&scratch);
    let ended = run(command.arg("leaks").arg(serving.pid.to_string()), PATIENCE);
    ended.expect_success("leaks PID");
    let told = format!("tenure: process {} stood still for ", serving.pid);
    assert!(ended.stderr.contains(&told), "{}", ended.stderr);
}

#[test]
fn a_process_that_cannot_be_asked_is_told_why() {
    let scratch = Scratch::new();
    let refused = |subject: &str, code: i32, part: &str| {
        let ended = run(tenure(&scratch).args(["leaks", subject]), PATIENCE);
        assert_eq!(ended.status.code(), Some(code), "{}", ended.stderr);
        assert!(ended.stderr.contains(part), "{}", ended.stderr);
    };
    let mut other = Command::new("sleep");
    let other = Running::start(other.arg("100").stdout(Stdio::null()));
    refused(
        &other.id().to_string(),
        4,
        "start it by `tenure run -- PROGRAM`",
    );
    refused("4194305", 3, "there is no such process");
    refused("99999999999999999999", 3, "there is no such process");
    let deaf = Serving::start(&scratch, &[compiled("deaf.c")], &[]);
    refused(
        &deaf.pid.to_string(),
        4,
        "taken the handler of signal 23 away",
    );
    assert!(deaf.is_there(), "no signal was sent");
}

fn parent_of(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    parent.trim().parse().ok()
}

/// The header of the graph file of `serving`, once a look at `threads` threads is written to its
/// end: the process goes on while it is.
fn graph_of(scratch: &Scratch, serving: &Serving, threads: u32) -> GraphHeader {
    let name = format!("live.tnr.run/{}-0.graph", serving.pid);
    let begin = Instant::now();
    loop {
        let bytes = fs::read(scratch.join(&name)).unwrap_or_default();
        match GraphHeader::parse(&bytes) {
            Ok(header) if header.is_complete() && header.threads == threads => return header,
            _ => assert!(
                begin.elapsed() < Duration::from_secs(PATIENCE),
                "no look at {threads} threads is finished"
            ),
        }
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_program_has_its_own_heap_looked_at_among_deaf_threads_and_forks() {
    let scratch = Scratch::new();
    let serving = Serving::start(&scratch, &[compiled("looks.c")], &[]);
    let said = fs::read_to_string(scratch.join("output")).unwrap();
    assert_eq!(said, "serving, looked: 1\n");
    let header = graph_of(&scratch, &serving, 2);
    assert_eq!(header.reason, REASON_CALL);
    assert!(header.number > 1, "{header:?}");
    assert_eq!(header.threads_unanswered, 1);
    let second_ns = 1_000_000_000;
    assert!(
        header.pause_ns < second_ns,
        "a thread that holds signals back is waited for: {header:?}"
    );
    let subject = serving.pid.to_string();
    let document = leaks_of(&scratch, &subject, &["--kinds", "all"]);
    let records = document["records"].as_array().unwrap();
    for bytes in [2222, 3333] {
        let is_it = |record: &&Value| record["bytes"] == bytes;
        let record = records.iter().find(is_it).unwrap();
        assert_eq!(record["kind"], "still_reachable", "{bytes}");
    }
}
