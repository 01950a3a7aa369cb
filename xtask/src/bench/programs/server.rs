//! A redis server: what it cost itself, not what its asker cost.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{Contestant, Program, Sample, executable};
use crate::bench::rounds::output_in_time;

/// After this long a server that cannot be reached is given up.
const START_SECONDS_MAX: u64 = 10;

/// What is asked for.
const TESTS: &str = "set,get,lpush,lpop,sadd,hset,zadd";

/// A server that is stopped when this is dropped, and its socket.
struct Server(Child, PathBuf);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.0.kill();
        let _ = self.0.wait();
        // It may never have been made.
        let _ = fs::remove_file(&self.1);
    }
}

/// Starts a server on the contestant's library, asks `requests` of each test, stops it.
pub(super) fn run(
    program: &Program,
    contestant: &Contestant,
    requests: u64,
) -> Result<Sample, String> {
    let asker = executable("redis-benchmark").ok_or("`redis-benchmark` is not installed")?;
    let socket = std::env::temp_dir().join(format!("tenure-bench-{}.sock", std::process::id()));
    let server = start(program, contestant, &socket)?;
    let before =
        cpu_ns(&ask(&socket, "INFO cpu\r\n")?).ok_or("the server does not tell its time")?;
    let mut command = Command::new(asker);
    command
        .arg("-s")
        .arg(&socket)
        .args(["-q", "-r", "20000", "-d", "200", "-P", "16", "-t"]);
    command.args([TESTS, "-n", &requests.to_string()]);
    super::clear(&mut command);
    output_in_time(&mut command)?;
    let after =
        cpu_ns(&ask(&socket, "INFO cpu\r\n")?).ok_or("the server does not tell its time")?;
    let status = fs::read_to_string(format!("/proc/{}/status", server.0.id()));
    let peak = peak_bytes(&status.map_err(|error| format!("the server is gone: {error}"))?);
    Ok(Sample {
        cpu_ns: after - before,
        peak_resident_bytes: peak.ok_or("the kernel does not tell the peak")?,
    })
}

fn start(program: &Program, contestant: &Contestant, socket: &Path) -> Result<Server, String> {
    // One that is left over would answer in the server's place.
    let _ = fs::remove_file(socket);
    let mut command = Command::new(&program.run[0]);
    command.args([
        "--port",
        "0",
        "--save",
        "",
        "--appendonly",
        "no",
        "--unixsocket",
    ]);
    command.arg(socket);
    program.surround(&mut command);
    // The server of Debian is linked to jemalloc: for the C library's malloc, that is preloaded.
    let library = contestant.library().map(PathBuf::from).or_else(c_library);
    command.env("LD_PRELOAD", library.ok_or("the C library is not mapped")?);
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let child = child.map_err(|error| format!("it cannot be started: {error}"))?;
    let mut server = Server(child, socket.to_owned());
    let begun = Instant::now();
    while ask(socket, "PING\r\n").is_err() {
        if let Ok(Some(status)) = server.0.try_wait() {
            return Err(format!("it ended with {status}"));
        }
        if begun.elapsed() > Duration::from_secs(START_SECONDS_MAX) {
            return Err("the server does not answer".into());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(server)
}

/// The file of the C library that this very process runs on.
fn c_library() -> Option<PathBuf> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let files = maps
        .lines()
        .filter_map(|line| line.find('/').map(|at| &line[at..]));
    let mut files = files.map(PathBuf::from);
    files.find(|file| file.file_name().is_some_and(|name| name == "libc.so.6"))
}

/// Sends one line and reads what is there within a moment.
fn ask(socket: &Path, line: &str) -> Result<String, String> {
    let fault = |error| format!("the server cannot be asked: {error}");
    let mut stream = UnixStream::connect(socket).map_err(fault)?;
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .map_err(fault)?;
    stream.write_all(line.as_bytes()).map_err(fault)?;
    let mut buffer = [0; 4096];
    let length = stream.read(&mut buffer).map_err(fault)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

/// User and system time in an answer to `INFO cpu`.
pub(in crate::bench) fn cpu_ns(answer: &str) -> Option<f64> {
    let seconds = |key: &str| {
        let line = answer.lines().find_map(|line| line.strip_prefix(key))?;
        line.trim().parse::<f64>().ok()
    };
    Some((seconds("used_cpu_user:")? + seconds("used_cpu_sys:")?) * 1e9)
}

/// `VmHWM` in the text of a process's status.
pub(in crate::bench) fn peak_bytes(status: &str) -> Option<f64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024.0)
}
