//! `tenure gclog`: exit codes, packed and rotated logs, gates, the page.

use crate::command::{PATIENCE, tenure};
use crate::process::{Ended, Scratch, run};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tenure_model::timeline::advice::{Version, rules};

/// A log of JDK 17 with one young collection each 100 ms, from `from` on, `pause_us` long.
fn unified(from: u64, count: u64, pause_us: impl Fn(u64) -> u64) -> String {
    let mut log = String::new();
    for number in from..from + count {
        let (at_ms, us) = (1000 + number * 100, pause_us(number));
        log.push_str(&format!(
            "[{}.{:03}s][info][gc] GC({number}) Pause Young (Normal) (G1 Evacuation Pause) \
             {}M->{}M(256M) {}.{:03}ms\n",
            at_ms / 1000,
            at_ms % 1000,
            60 + number % 5,
            20 + number % 3,
            us / 1000,
            us % 1000,
        ));
    }
    log
}

fn plain(number: u64) -> u64 {
    2000 + (number * 7919) % 1000
}

fn gclog(scratch: &Scratch, arguments: &[&str]) -> Ended {
    run(tenure(scratch).arg("gclog").args(arguments), PATIENCE)
}

fn json(scratch: &Scratch, arguments: &[&str]) -> Value {
    let ended = gclog(scratch, &[&["--json"], arguments].concat());
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

fn packed_by(tool: &str, scratch: &Scratch, arguments: &[&str]) -> bool {
    let command = Command::new(tool)
        .args(arguments)
        .current_dir(scratch.path())
        .output();
    command.is_ok_and(|output| output.status.success())
}

#[test]
fn the_json_has_the_figures_of_the_log() {
    let scratch = Scratch::new();
    fs::write(scratch.join("gc.log"), unified(0, 500, plain)).unwrap();
    let log = json(&scratch, &["gc.log"]);
    assert_eq!(log["tenure"], "gclog/1");
    assert_eq!(log["runtime"], "java");
    assert_eq!(log["pauses"]["count"], 500);
    let total_us: u64 = (0..500).map(plain).sum();
    let total_s = log["pauses"]["total_s"].as_f64().unwrap();
    assert!((total_s - total_us as f64 / 1e6).abs() < 1e-9);
    let max_us = (0..500).map(plain).max().unwrap();
    assert_eq!(log["pauses"]["max_s"], max_us as f64 / 1e6);
    assert_eq!(log["lines"]["unclassified"], 0);
}

#[test]
fn packed_logs_and_stdin_say_the_same() {
    let scratch = Scratch::new();
    let text = unified(0, 5000, plain);
    fs::write(scratch.join("gc.log"), &text).unwrap();
    let expected = json(&scratch, &["gc.log"]);
    let ways: [(&str, &[&str], &str); 3] = [
        ("gzip", &["-k", "gc.log"], "gc.log.gz"),
        ("zstd", &["-q", "-k", "gc.log"], "gc.log.zst"),
        ("zip", &["-q", "gc.zip", "gc.log"], "gc.zip"),
    ];
    for (tool, arguments, file) in ways {
        if packed_by(tool, &scratch, arguments) {
            assert_eq!(json(&scratch, &[file]), expected, "{file}");
        } else {
            println!("skipped: {tool} is not installed");
        }
    }
    let mut child = tenure(&scratch)
        .args(["gclog", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(text.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&output.stdout).unwrap(),
        expected
    );
}

#[test]
fn the_parts_of_a_rotated_log_are_one_log_in_any_order() {
    let scratch = Scratch::new();
    for (name, from) in [("gc.log.0", 0), ("gc.log.1", 200), ("gc.log", 400)] {
        fs::write(scratch.join(name), unified(from, 200, plain)).unwrap();
    }
    fs::write(scratch.join("whole.log"), unified(0, 600, plain)).unwrap();
    let expected = json(&scratch, &["whole.log"]);
    for order in [
        ["gc.log", "gc.log.0", "gc.log.1"],
        ["gc.log.1", "gc.log", "gc.log.0"],
    ] {
        let log = json(&scratch, &order);
        for figure in [
            "runs",
            "span_s",
            "throughput",
            "allocation_rate_bytes_per_s",
        ] {
            assert_eq!(log[figure], expected[figure], "{figure}");
        }
        assert_eq!(log["pauses"], expected["pauses"]);
    }
}

#[test]
fn a_cut_gz_is_shown_as_far_as_it_goes() {
    let scratch = Scratch::new();
    fs::write(scratch.join("gc.log"), unified(0, 20_000, plain)).unwrap();
    if !packed_by("gzip", &scratch, &["gc.log"]) {
        println!("skipped: gzip is not installed");
        return;
    }
    let bytes = fs::read(scratch.join("gc.log.gz")).unwrap();
    fs::write(scratch.join("cut.gz"), &bytes[..bytes.len() / 2]).unwrap();
    let ended = gclog(&scratch, &["--json", "cut.gz"]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("what was read is shown"),
        "{}",
        ended.stderr
    );
    let log: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(log["pauses"]["count"].as_u64().unwrap() > 1000);
}

#[test]
fn gates_decide_the_exit_code() {
    let scratch = Scratch::new();
    fs::write(scratch.join("a.log"), unified(0, 2000, plain)).unwrap();
    fs::write(
        scratch.join("b.log"),
        unified(0, 2000, |one| plain(one) * 2),
    )
    .unwrap();
    let code = |arguments: &[&str]| gclog(&scratch, arguments).status.code();
    assert_eq!(code(&["a.log", "--fail-on", "p99>50ms"]), Some(0));
    assert_eq!(code(&["a.log", "--fail-on", "p99>1ms"]), Some(1));
    assert_eq!(code(&["a.log", "--fail-on", "throughput<95%"]), Some(0));
    assert_eq!(code(&["a.log", "--fail-on", "throughput<99.9%"]), Some(1));
    assert_eq!(code(&["a.log", "--fail-on", "p99:+10%"]), Some(2));
    assert_eq!(code(&["a.log", "--fail-on", "allocation>1GiB/s"]), Some(0));
    for wrong in [
        "nonsense",
        "bogus>1",
        "p99>50parsecs",
        "throughput<120%",
        "p99>",
    ] {
        assert_eq!(code(&["a.log", "--fail-on", wrong]), Some(2), "{wrong}");
    }
    assert_eq!(
        code(&["diff", "a.log", "b.log", "--fail-on", "p99:+10%"]),
        Some(1)
    );
    assert_eq!(
        code(&["diff", "a.log", "a.log", "--fail-on", "p99:+10%"]),
        Some(0)
    );
    assert_eq!(
        code(&["diff", "b.log", "a.log", "--fail-on", "p99:+10%"]),
        Some(0)
    );
}

#[test]
fn what_is_no_log_is_told_with_a_reason() {
    let scratch = Scratch::new();
    let no_entry = [&b"PK\x05\x06"[..], &[0; 18]].concat();
    let cases: [(&str, &[u8], &str); 9] = [
        (
            "epsilon",
            b"[0.006s][info][gc] Using Epsilon\n[0.1s][info][gc] Heap: 64M reserved, \
              64M (100.00%) committed, 3M (5.00%) used\n",
            "Epsilon never collects",
        ),
        ("text", b"hello\nworld\n", "looks like no log that is known"),
        ("empty", b"", "it is empty"),
        ("dump", b"JAVA PROFILE 1.0.2\0\n", "heap dump"),
        ("zip", &no_entry, "the zip holds no file"),
        ("cut.zip", b"PK\x03\x04cut", "the zip is damaged"),
        (
            "program",
            b"\x7fELF gc: done, 0.1s elapsed\n",
            "it is a program",
        ),
        ("record", b"TENURE\r\n\x01", "tenure stats"),
        (
            "init",
            b"[0.005s][info][gc] Using G1\n[0.006s][info][gc,init] CPUs: 2 total\n",
            "Java 9",
        ),
    ];
    for (name, content, reason) in cases {
        fs::write(scratch.join(name), content).unwrap();
        let ended = gclog(&scratch, &[name]);
        assert_eq!(ended.status.code(), Some(3), "{name}: {}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{name}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
    assert_eq!(gclog(&scratch, &["absent"]).status.code(), Some(3));
    assert_eq!(gclog(&scratch, &["."]).status.code(), Some(3));
}

/// What is read from a pipe is gone: looking into it first would lose its first bytes.
#[test]
fn a_named_pipe_is_read_whole() {
    let scratch = Scratch::new();
    let text = unified(0, 500, plain);
    fs::write(scratch.join("gc.log"), &text).unwrap();
    let expected = json(&scratch, &["gc.log"]);
    if !packed_by("mkfifo", &scratch, &["pipe"]) {
        println!("skipped: mkfifo is not installed");
        return;
    }
    for arguments in [&["--json", "pipe"][..], &["--json", "--follow", "pipe"]] {
        let (path, text) = (scratch.join("pipe"), text.clone());
        let writer = std::thread::spawn(move || fs::write(path, text).unwrap());
        let ended = gclog(&scratch, arguments);
        writer.join().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        let log: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(log, expected, "{arguments:?}");
    }
}

/// The lines of `stdout`, as they come.
fn lines_of(stdout: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    lines
}

/// Waits for a line with `word` in it.
fn await_word(lines: &Receiver<String>, word: &str) -> String {
    loop {
        let line = lines.recv_timeout(Duration::from_secs(PATIENCE));
        let line = line.unwrap_or_else(|error| panic!("no {word}: {error}"));
        if line.contains(word) {
            return line;
        }
    }
}

#[test]
fn a_growing_log_is_followed_through_its_rotation() {
    let scratch = Scratch::new();
    let path = scratch.join("gc.log");
    fs::write(&path, unified(0, 100, plain)).unwrap();
    let mut command = tenure(&scratch);
    command.args(["gclog", "--follow", "gc.log", "--fail-on", "count>249"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = lines_of(child.stdout.take().unwrap());
    await_word(&lines, "100 lines");
    let mut log = fs::OpenOptions::new().append(true).open(&path).unwrap();
    log.write_all(unified(100, 100, plain).as_bytes()).unwrap();
    await_word(&lines, "200 lines");
    fs::rename(&path, scratch.join("gc.log.0")).unwrap();
    fs::write(&path, unified(200, 50, plain)).unwrap();
    await_word(&lines, "250 lines");
    let id = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(kill.success());
    await_word(&lines, "pauses by duration");
    // The gate is judged on the whole log when it has ended.
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

/// The sample lines of the reference guide: the first has its date stamp behind the cause.
#[test]
fn the_samples_of_the_guide_are_read() {
    let scratch = Scratch::new();
    let cms = "[GC (Allocation Failure) 2021-01-01T10:00:00.123+0000: 1.234: [ParNew: \
               614400K->68068K(614400K), 0.0924544 secs] 614400K->68068K(2063104K), \
               0.0925372 secs] [Times: user=0.15 sys=0.01, real=0.09 secs]\n";
    fs::write(scratch.join("cms"), cms).unwrap();
    let log = json(&scratch, &["cms"]);
    assert_eq!(log["pauses"]["count"], 1);
    assert_eq!(log["pauses"]["total_s"], 0.0925372);
    let remarks = log["remarks"].to_string();
    assert!(remarks.contains("behind the cause"), "{remarks}");
    let go = "gc 1 @0.002s 5%: 0.015+0.85+0.003 ms clock, 0.12+0.12/0.70/0.015+0.025 ms cpu, \
              4->4->0 MB, 5 MB goal, 8 P\n";
    fs::write(scratch.join("go"), go).unwrap();
    let log = json(&scratch, &["go"]);
    assert_eq!(log["pauses"]["count"], 2);
    assert_eq!(log["pauses"]["total_s"], 0.000018);
    assert_eq!(log["live_set_bytes"], 0);
}

#[test]
fn logs_of_different_runtimes_are_compared_with_a_warning() {
    let scratch = Scratch::new();
    fs::write(scratch.join("java"), unified(0, 200, plain)).unwrap();
    let mut go = String::new();
    for number in 1..100 {
        go.push_str(&format!(
            "gc {number} @{number}.002s 5%: 0.015+0.85+0.003 ms clock, \
             0.12+0.12/0.70/0.015+0.025 ms cpu, 4->4->0 MB, 5 MB goal, 8 P\n"
        ));
    }
    fs::write(scratch.join("go"), go).unwrap();
    let ended = gclog(&scratch, &["diff", "java", "go"]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("may differ"), "{}", ended.stdout);
    assert!(ended.stdout.lines().all(|line| line.chars().count() <= 80));
    let ended = gclog(&scratch, &["diff", "--json", "java", "go"]);
    let compared: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(compared["tenure"], "gclog-diff/1");
    assert_eq!(compared["first"]["runtime"], "java");
    assert_eq!(compared["second"]["runtime"], "go");
}

/// Fresh collections of this machine's Python, against what the interpreter itself counts.
#[test]
fn python_agrees_with_its_own_counters() {
    let scratch = Scratch::new();
    let program = "import gc,json\nbefore=[s['collections'] for s in gc.get_stats()]\n\
                   gc.set_debug(gc.DEBUG_STATS)\n\
                   keep=[]\nfor i in range(30000):\n a=[];a.append(a);keep.append([i])\n\
                   gc.set_debug(0)\n\
                   print(json.dumps([s['collections']-b for s,b in zip(gc.get_stats(),before)]))";
    let Ok(output) = Command::new("python3").args(["-c", program]).output() else {
        println!("skipped: python3 is not installed");
        return;
    };
    if !output.status.success() {
        println!("skipped: python3 has no gc.get_stats");
        return;
    }
    let counts: Vec<u64> = serde_json::from_slice(&output.stdout).unwrap();
    fs::write(scratch.join("gc.log"), &output.stderr).unwrap();
    let log = json(&scratch, &["gc.log"]);
    assert_eq!(log["pauses"]["count"], counts.iter().sum::<u64>());
}

/// Churns, then prints name, count and milliseconds of each of the runtime's counters.
const LOAD: &str = "import java.lang.management.*;import java.util.*;\n\
    public class Load { public static void main(String[] a) {\n\
    List<byte[]> keep = new ArrayList<>();\n\
    for (int i = 0; i < 40000; i++) {\n\
    byte[] b = new byte[16384]; if (i % 400 == 0) keep.add(b); }\n\
    System.gc();\n\
    for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans())\n\
    System.out.println(bean.getName() + \";\" + bean.getCollectionCount() + \";\"\n\
    + bean.getCollectionTime()); } }\n";

/// The installed Javas, or the one of the search path.
fn java_programs() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten() {
        found.extend(fs::canonicalize(entry.path().join("bin/java")));
    }
    found.sort();
    found.dedup();
    if found.is_empty() {
        found.push(PathBuf::from("java"));
    }
    found
}

/// Fresh logs of each Java of this machine, against the counters of its management beans.
#[test]
fn java_agrees_with_its_own_counters() {
    let scratch = Scratch::new();
    fs::write(scratch.join("Load.java"), LOAD).unwrap();
    for java in java_programs() {
        let run = |arguments: &[&str]| {
            let mut command = Command::new(&java);
            command.args(arguments).current_dir(scratch.path()).output()
        };
        let compiler = "jdk.compiler/com.sun.tools.javac.Main";
        match run(&["-m", compiler, "Load.java"]) {
            Ok(output) if output.status.success() => {}
            _ => {
                println!("skipped: {} is absent or cannot compile", java.display());
                continue;
            }
        }
        for collector in ["Serial", "Parallel", "G1", "Z", "Shenandoah"] {
            let file = scratch.join("gc.log");
            let flag = format!("-XX:+Use{collector}GC");
            let log = format!("-Xlog:gc*,safepoint:file={}", file.display());
            let output = run(&["-Xmx64m", &flag, &log, "Load"]).unwrap();
            if !output.status.success() {
                println!("skipped: {} runs no {collector}", java.display());
                continue;
            }
            let beans = String::from_utf8_lossy(&output.stdout).into_owned();
            let log = json(&scratch, &["gc.log"]);
            assert_agrees(&log, &beans, &format!("{} {collector}", java.display()));
        }
    }
}

/// Counts are equal; times are within the millisecond to which each of the runtime's is rounded.
fn assert_agrees(log: &Value, beans: &str, name: &str) {
    let rows: Vec<Vec<&str>> = beans
        .lines()
        .map(|line| line.split(';').collect())
        .collect();
    let is_concurrent = rows.iter().any(|row| row[0].ends_with("Pauses"));
    let is_wanted = |row: &&Vec<&str>| match is_concurrent {
        true => row[0].ends_with("Pauses"),
        // Remark and cleanup of G1, which the other counters leave out.
        false => !row[0].contains("Concurrent"),
    };
    let sum = |column: usize| -> u64 {
        let numbers = rows
            .iter()
            .filter(is_wanted)
            .map(|row| row[column].parse::<u64>());
        numbers.map(Result::unwrap).sum()
    };
    let kinds = log["pauses"]["by_kind"].as_object().unwrap();
    let collections = kinds
        .iter()
        .filter(|(kind, _)| !["remark", "cleanup"].contains(&kind.as_str()));
    let figures = |field: &str| -> f64 {
        collections
            .clone()
            .map(|(_, sums)| sums[field].as_f64().unwrap())
            .sum()
    };
    let (count, total_s) = (figures("count") as u64, figures("total_s"));
    // A concurrent cycle may be under way while the program counts, and end afterwards.
    let more = if is_concurrent { 8 } else { 0 };
    assert!(
        (sum(1)..=sum(1) + more).contains(&count),
        "{name}: {count} pauses, {beans}"
    );
    let told_s = sum(2) as f64 / 1e3;
    let grain_s = 1e-3 * (count + 1) as f64 + 0.1 * told_s;
    assert!(
        (total_s - told_s).abs() <= grain_s,
        "{name}: {total_s} s, {beans}"
    );
    let lines = |field: &str| log["lines"][field].as_u64().unwrap();
    let is_known = lines("unclassified") * 1000 <= lines("total");
    assert!(is_known, "{name}: {}", log["lines"]);
}

/// The flags that a Java knows with one collector, experimental and diagnostic ones too.
fn flags_of(java: &Path, collector: &str) -> Option<Vec<String>> {
    let unlock = ["Experimental", "Diagnostic"].map(|kind| format!("-XX:+Unlock{kind}VMOptions"));
    let mut command = Command::new(java);
    command.args(unlock).arg(format!("-XX:+Use{collector}GC"));
    let output = command.args(["-XX:+PrintFlagsFinal", "-version"]).output();
    let output = output.ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let name = |line: &str| line.split_whitespace().nth(1).map(str::to_owned);
    Some(text.lines().filter_map(name).collect())
}

/// The first number of a Java's version, from the line that it writes about itself.
fn major_of(java: &Path) -> Option<u32> {
    let output = Command::new(java).arg("-version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let version = text.split('"').nth(1)?;
    version.split('.').next()?.parse().ok()
}

/// Each flag is there in a version if the advice says so, and is not if it says that it is gone.
#[test]
fn flags_exist_in_the_versions_that_the_advice_says() {
    for java in java_programs() {
        let flags: Vec<_> = ["Serial", "Parallel", "G1", "Z", "Shenandoah"]
            .iter()
            .filter_map(|collector| flags_of(&java, collector))
            .flatten()
            .collect();
        let Some(major) = major_of(&java).filter(|_| !flags.is_empty()) else {
            println!("skipped: {} tells no flags", java.display());
            continue;
        };
        let version = Version { major, minor: 0 };
        for remedy in rules().flat_map(|rule| rule.remedies) {
            let told = remedy.what.split("-XX:").skip(1).filter_map(|flag| {
                let name = flag.trim_start_matches(['+', '-']);
                let end = name.find(|letter: char| !letter.is_ascii_alphanumeric());
                name.get(..end.unwrap_or(name.len()))
            });
            // A default that a version has taken over needs no advice, but the flag lives on.
            let is_gone = |name: &str| name.starts_with("CMS") || name.contains("PermSize");
            for name in told {
                let is_there = flags.iter().any(|flag| flag == name);
                let context = format!("{name} in {}", java.display());
                assert!(is_there || !remedy.exists_in(version), "{context}");
                assert!(!is_there || !is_gone(name), "{context}");
            }
        }
    }
}

/// A fresh log of this machine's Node, against its own performance entries.
#[test]
fn node_agrees_with_its_own_counters() {
    let scratch = Scratch::new();
    let program = "const {PerformanceObserver}=require('perf_hooks');let n=0;\
        new PerformanceObserver(l=>{for(const e of l.getEntries())\
        if(e.detail.kind===1||e.detail.kind===4)n++}).observe({entryTypes:['gc']});\
        let keep=[];for(let i=0;i<2e6;i++){const o={a:[i,i]};if(i%50==0)keep.push(o)}\
        setTimeout(()=>{console.error(n)},200)";
    let output = Command::new("node")
        .args(["--trace-gc", "-e", program])
        .output();
    let Ok(output) = output else {
        println!("skipped: node is not installed");
        return;
    };
    let seen: u64 = String::from_utf8_lossy(&output.stderr)
        .trim()
        .parse()
        .unwrap_or(0);
    fs::write(scratch.join("gc.log"), &output.stdout).unwrap();
    let log = json(&scratch, &["gc.log"]);
    let count = log["pauses"]["count"].as_u64().unwrap();
    // Collections before the observer, and after its last report, are in the log alone.
    assert!(
        seen > 3 && count >= seen && count - seen <= 3,
        "{count} in the log, {seen} observed"
    );
}

/// The page in a real browser, without a network: what it draws, and what its console says.
fn drawn(browser: &str, scratch: &Scratch, page: &str) -> (String, Vec<String>) {
    let profile = format!("--user-data-dir={}", scratch.join("profile").display());
    let flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=5000",
        "--enable-logging=stderr",
        "--dump-dom",
    ];
    let address = format!("file://{}", scratch.join(page).display());
    let mut command = Command::new(browser);
    let ended = run(command.args(flags).args([profile, address]), PATIENCE);
    let is_console = |line: &&str| line.contains(":CONSOLE");
    let console = ended.stderr.lines().filter(is_console);
    (ended.stdout, console.map(str::to_owned).collect())
}

#[test]
fn the_page_is_drawn() {
    let scratch = Scratch::new();
    fs::write(scratch.join("gc.log"), unified(0, 500, plain)).unwrap();
    let ended = gclog(&scratch, &["gc.log", "--html", "gc.html"]);
    assert_eq!(ended.status.code(), Some(0));
    let browser = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];
    let Some(browser) = browser.into_iter().find(|path| Path::new(path).exists()) else {
        println!("skipped: no chromium is installed");
        return;
    };
    let (shown, console) = drawn(browser, &scratch, "gc.html");
    assert_eq!(console, [""; 0]);
    assert!(shown.contains("data-state=\"drawn\""), "{shown}");
    for title in [
        "Heap occupancy",
        "Pauses over time",
        "Distribution",
        "Minimum utilisation",
    ] {
        assert!(shown.contains(&format!("<h2>{title}")), "{title}");
    }
    for word in ["Advice", "Causes", "500 lines", "NaN"] {
        assert_eq!(shown.contains(word), word != "NaN", "{word}");
    }
    // An error of the page is seen.
    let page = fs::read_to_string(scratch.join("gc.html")).unwrap();
    let broken = format!("{page}<script>throw new Error('planted')</script>");
    fs::write(scratch.join("broken.html"), broken).unwrap();
    let (_, console) = drawn(browser, &scratch, "broken.html");
    assert!(
        console.iter().any(|line| line.contains("planted")),
        "{console:?}"
    );
}
