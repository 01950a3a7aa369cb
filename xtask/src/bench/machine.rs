//! Where the numbers come from: they mean nothing without it.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Processor, system, toolchain, commit, date and load, as a short paragraph.
pub(crate) fn describe(root: &Path) -> String {
    let cpu = first_line_after("/proc/cpuinfo", "model name");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = first_line_after("/proc/meminfo", "MemTotal");
    let kernel = read("/proc/sys/kernel/osrelease");
    let huge_pages = read("/sys/kernel/mm/transparent_hugepage/enabled");
    let load = read("/proc/loadavg");
    let libc = output(root, "getconf", &["GNU_LIBC_VERSION"]);
    let rustc = output(root, "rustc", &["--version"]);
    let commit = output(
        root,
        "git",
        &["describe", "--always", "--dirty", "--exclude", "*"],
    );
    let date = output(root, "date", &["-u", "+%Y-%m-%d %H:%M UTC"]);
    format!(
        "{date}, commit {commit}. {cpu}, {cores} cores, {memory} of memory. Linux {kernel}, \
         {libc}, {rustc}. Transparent huge pages: {huge_pages}. Load before the run: {load}.\n"
    )
}

fn read(path: &str) -> String {
    fs::read_to_string(path).map_or("unknown".into(), |text| text.trim().to_owned())
}

/// What follows the colon of the first line that begins with `key`.
fn first_line_after(path: &str, key: &str) -> String {
    let text = read(path);
    let line = text.lines().find(|line| line.starts_with(key));
    let value = line.and_then(|line| line.split_once(':'));
    value.map_or("unknown".into(), |(_, value)| value.trim().to_owned())
}

fn output(root: &Path, program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).current_dir(root).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let first = text
        .ok()
        .and_then(|text| text.lines().next().map(|line| line.trim().to_owned()));
    first
        .filter(|line| !line.is_empty())
        .unwrap_or_else(|| format!("{program} unknown"))
}
