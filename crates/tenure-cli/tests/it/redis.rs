//! redis-server under our malloc, loaded by redis-benchmark and asked for what it keeps.
//!
//! On loopback alone, on a port of its own, with a bounded number of requests; the server ends by
//! its own command, or is killed by its number when the test fails.

use crate::process::{Running, Scratch, find_or_skip, run, silence};
use crate::way::Way;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// How long the benchmark may take on a loaded machine.
const PATIENCE_S: u64 = 100;

/// A command of redis and the start of what it must answer.
pub(crate) fn ask(stream: &mut TcpStream, command: &str, answer: &str) {
    // In one piece: the kernel would hold the second back until the first is acknowledged.
    stream
        .write_all(format!("{command}\r\n").as_bytes())
        .unwrap();
    let mut got = Vec::new();
    let mut buffer = [0; 4096];
    while got.len() < answer.len() {
        let read = match stream.read(&mut buffer) {
            // A read that has a time limit is never restarted after a signal (signal(7)).
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read.unwrap(),
        };
        assert!(read > 0, "redis closed the connection after {command}");
        got.extend_from_slice(&buffer[..read]);
    }
    let got = String::from_utf8_lossy(&got);
    assert!(got.starts_with(answer), "{command}: {got}");
}

/// A port on loopback that nobody uses now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

pub(crate) fn connect(port: u16, server: &mut Running) -> TcpStream {
    let start = Instant::now();
    loop {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
            stream
                .set_read_timeout(Some(Duration::from_secs(20)))
                .unwrap();
            return stream;
        }
        assert!(
            server.wait(Duration::ZERO).is_none(),
            "redis-server ended at once"
        );
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "redis-server does not answer"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn keys_survive_a_benchmark() {
    let Some(found) = find_or_skip("redis", &["redis-server", "redis-benchmark"]) else {
        return;
    };
    for way in Way::OURS {
        let scratch = Scratch::new();
        let port = free_port();
        let mut command = way.command(&found[0], &scratch);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "no"]);
        let mut server = Running::start(silence(&mut command));
        let mut stream = connect(port, &mut server);
        for i in 0..200 {
            ask(
                &mut stream,
                &format!("SET key:{i} value:{}", i * i),
                "+OK\r\n",
            );
        }
        let mut benchmark = way.command(&found[1], &scratch);
        benchmark.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        benchmark.args(["-n", "4000", "-c", "20", "-r", "2000", "-d", "300", "-q"]);
        benchmark.args(["-t", "set,get,incr,lpush,rpop,sadd,hset,lrange_100"]);
        let ended = run(&mut benchmark, PATIENCE_S);
        ended.expect_success(&format!("redis-benchmark {way:?}"));
        assert!(
            ended.stdout.contains("requests per second"),
            "{}",
            ended.stdout
        );
        for i in 0..200 {
            let value = format!("value:{}", i * i);
            let answer = format!("${}\r\n{value}\r\n", value.len());
            ask(&mut stream, &format!("GET key:{i}"), &answer);
        }
        ask(&mut stream, "FLUSHALL", "+OK\r\n");
        stream.write_all(b"SHUTDOWN NOSAVE\r\n").unwrap();
        let status = server.wait(Duration::from_secs(30));
        assert!(
            status.is_some_and(|status| status.success()),
            "{way:?}: {status:?}"
        );
        way.expect_record(&scratch);
    }
}
