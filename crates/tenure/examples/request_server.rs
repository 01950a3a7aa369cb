//! A small server that holds each kind of memory on the term that fits it.
//!
//! `cargo run --release -p tenure --example request_server -- [REQUESTS] [SECONDS]` listens on a
//! port of the loopback, is asked by clients of its own until so many requests are answered, stays
//! for so many seconds and says what it held. Under `tenure run` each of these appears by name:
//!
//! | memory | term | name |
//! |---|---|---|
//! | what one request needs | an arena, reset behind it | `requests` |
//! | buffers of connections | objects that are used again | `connections` |
//! | what is drawn twenty times a second | an arena, reset by each frame | `frame` |
//! | answers that are kept | slots, under a budget that evicts | `answers`, `server`, `cache` |
//! | numbers while one answer is computed | the scratch stack of the thread | |
//!
//! Everything else comes from the malloc of the process, which `tenure run` replaces.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, process, thread};

use tenure::ledger::Account;
use tenure::region::{
    Arena, ArenaPool, Budget, Bump, ObjectPool, Policy, Recycle, Reservation, ScratchFull, SlotKey,
    Slots, scratch,
};

const WORKERS: usize = 4;
const CLIENTS: usize = 4;
/// Longest line of a request.
const LINE_BYTES_MAX: u64 = 1024;

static CONNECTIONS_ACCOUNT: Account = Account::new();
static CONNECTIONS: ObjectPool<Connection> =
    ObjectPool::new(Connection::default).named("connections", &CONNECTIONS_ACCOUNT);
static REQUESTS: ArenaPool = ArenaPool::named_under("requests", &SERVER);
static ANSWERS_ACCOUNT: Account = Account::new();

/// All that the server may keep between requests.
static SERVER: Budget = Budget::new("server", 8 << 20, Policy::Fail);
/// Of it, answers that may be asked for again; the oldest make room.
static CACHE: Budget = Budget::under(&SERVER, "cache", 256 << 10, Policy::Reclaim(evict));

static KEPT: Mutex<Answers> = Mutex::new(Answers {
    slots: Slots::named("answers", &ANSWERS_ACCOUNT),
    order: VecDeque::new(),
});
static SERVED: AtomicU64 = AtomicU64::new(0);
static HITS: AtomicU64 = AtomicU64::new(0);
static EVICTED: AtomicU64 = AtomicU64::new(0);
static IS_OVER: AtomicBool = AtomicBool::new(false);

/// What a connection needs while it lasts.
#[derive(Default)]
struct Connection {
    line: String,
    answer: Vec<u8>,
}

impl Recycle for Connection {
    fn recycle(&mut self) {
        self.line.clear();
        self.answer.clear();
    }

    fn weigh(&self) -> usize {
        self.line.capacity() + self.answer.capacity()
    }
}

/// An answer that is kept, and what it was charged with.
struct Answer {
    path: String,
    text: Vec<u8>,
    _charge: Reservation,
}

struct Answers {
    slots: Slots<Answer>,
    /// The oldest first.
    order: VecDeque<SlotKey>,
}

/// Lets the oldest answers go until so many bytes are free. Called by the budget, without a lock.
fn evict(bytes: usize) {
    let Ok(mut kept) = KEPT.try_lock() else {
        return;
    };
    let mut freed = 0;
    while freed < bytes {
        let Some(oldest) = kept.order.pop_front() else {
            return;
        };
        if let Some(answer) = kept.slots.remove(oldest) {
            freed += answer._charge.bytes();
            EVICTED.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn main() {
    let mut args = env::args().skip(1).map(|arg| arg.parse::<u64>());
    let (requests, seconds) = match (args.next(), args.next()) {
        (None, _) => (20_000, 0),
        (Some(Ok(requests)), None) => (requests, 0),
        (Some(Ok(requests)), Some(Ok(seconds))) => (requests, seconds),
        _ => {
            eprintln!("usage: request_server [REQUESTS] [SECONDS]");
            process::exit(2);
        }
    };
    if let Err(error) = run(requests, seconds) {
        eprintln!("request_server: {error}");
        process::exit(1);
    }
}

fn run(requests: u64, seconds: u64) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let begin = Instant::now();
    thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        for _ in 0..WORKERS {
            let listener = listener.try_clone()?;
            scope.spawn(move || work(&listener));
        }
        let frames = scope.spawn(draw_frames);
        let clients: Vec<_> = (0..CLIENTS as u64)
            .map(|client| scope.spawn(move || ask(address, client, requests / CLIENTS as u64)))
            .collect();
        let asked: Result<Vec<()>, String> = clients
            .into_iter()
            .map(|client| {
                client
                    .join()
                    .unwrap_or_else(|_| Err("a client panicked".into()))
            })
            .collect();
        report(begin.elapsed());
        thread::sleep(Duration::from_secs(seconds));
        IS_OVER.store(true, Ordering::Relaxed);
        for _ in 0..WORKERS {
            // Wakes a worker that waits for a connection; if it fails, none waits.
            let _ = TcpStream::connect(address);
        }
        let last = frames.join().unwrap_or_default();
        println!("{last}");
        asked?;
        Ok(())
    })
}

fn report(elapsed: Duration) {
    let [served, hits, evicted] = [&SERVED, &HITS, &EVICTED].map(|n| n.load(Ordering::Relaxed));
    println!("{served} requests in {elapsed:.2?}, {hits} answered from the cache");
    println!(
        "cache: {} bytes of its budget, {evicted} answers let go",
        CACHE.used_bytes()
    );
    println!("arenas of requests: {:?}", REQUESTS.usage());
}

/// Serves connections until the end.
fn work(listener: &TcpListener) {
    while !IS_OVER.load(Ordering::Relaxed) {
        let Ok((stream, _)) = listener.accept() else {
            continue;
        };
        // A client that goes away in the middle ends its connection, and nothing else.
        let _ = serve(stream);
    }
}

/// Answers the requests of one connection: a line each.
fn serve(stream: TcpStream) -> std::io::Result<()> {
    let mut connection = CONNECTIONS.take();
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    // One arena for the connection's thread; what a request took is free before the next.
    let mut arena = REQUESTS.take();
    loop {
        connection.line.clear();
        let mut limited = (&mut reader).take(LINE_BYTES_MAX);
        if limited.read_line(&mut connection.line)? == 0 {
            return Ok(());
        }
        let Connection { line, answer } = &mut *connection;
        answer.clear();
        let path = line.trim_end();
        if !find(path, answer) {
            arena.tail(|memory| respond(path, &memory, answer));
            keep(path, answer);
        }
        answer.push(b'\n');
        writer.write_all(answer)?;
        SERVED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Computes an answer. What it needs meanwhile is in the request's memory.
fn respond(path: &str, memory: &Bump, answer: &mut Vec<u8>) {
    let parts = memory.slice_from_iter(path.split('/').filter(|part| !part.is_empty()));
    let text = match &*parts {
        ["primes", limit] => match limit.parse() {
            Ok(limit) => match primes_below(limit) {
                Ok(count) => memory.text(&format!("{count} primes below {limit}")),
                Err(full) => memory.text(&format!("too many: {full}")),
            },
            Err(_) => memory.text("primes below what?"),
        },
        ["words", words @ ..] => {
            let mut sorted = memory.slice_from_iter(words.iter().copied());
            sorted.sort_unstable();
            memory.text(&sorted.join(" "))
        }
        _ => memory.text("ask for /primes/N or /words/A/B/C"),
    };
    answer.extend_from_slice(text.as_bytes());
}

/// A sieve whose length is known at run time only: on the scratch stack, which refuses where
/// `alloca` would end the process.
fn primes_below(limit: usize) -> Result<usize, ScratchFull> {
    scratch(|memory| {
        let composite = memory.slice::<bool>(limit)?;
        let mut count = 0;
        for number in 2..limit {
            if !composite[number] {
                count += 1;
                for multiple in (number * number..limit).step_by(number) {
                    composite[multiple] = true;
                }
            }
        }
        Ok(count)
    })
}

/// Appends the answer that is kept for a path, if there is one.
fn find(path: &str, answer: &mut Vec<u8>) -> bool {
    let Ok(kept) = KEPT.lock() else {
        return false;
    };
    let found = kept.slots.iter().find(|(_, kept)| kept.path == path);
    if let Some((_, found)) = found {
        answer.extend_from_slice(&found.text);
        HITS.fetch_add(1, Ordering::Relaxed);
        return true;
    }
    false
}

/// Keeps an answer, if the budget allows it.
fn keep(path: &str, text: &[u8]) {
    // Charged without the lock: the budget may call `evict`.
    let Ok(charge) = CACHE.charge(path.len() + text.len() + size_of::<Answer>()) else {
        return;
    };
    if let Ok(mut kept) = KEPT.lock() {
        let key = kept.slots.insert(Answer {
            path: path.to_owned(),
            text: text.to_owned(),
            _charge: charge,
        });
        kept.order.push_back(key);
    }
}

/// Draws what the server does, twenty times a second; gives the last picture.
fn draw_frames() -> String {
    let mut arena = Arena::named("frame");
    let mut last = String::new();
    let mut served_before = 0;
    while !IS_OVER.load(Ordering::Relaxed) {
        let served = SERVED.load(Ordering::Relaxed);
        let rate = served - served_before;
        served_before = served;
        // Each row is a value of its own; all are gone with the reset.
        let rows = arena.slice_from_iter((0..8_u64).map(|row| {
            let filled = (rate / 50).saturating_sub(row * 8).min(8) as usize;
            &*arena.text(&"█".repeat(filled))
        }));
        last = rows.concat();
        drop(rows);
        arena.reset();
        thread::sleep(Duration::from_millis(50));
    }
    last
}

/// A client: asks for one thing after the other, some of them again.
fn ask(address: SocketAddr, client: u64, requests: u64) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("client {client}: {error}");
    let stream = TcpStream::connect(address).map_err(fail)?;
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .map_err(fail)?;
    let mut reader = BufReader::new(stream.try_clone().map_err(fail)?);
    let (mut writer, mut line) = (stream, String::new());
    for number in 0..requests {
        let path = match number % 3 {
            0 => format!("/primes/{}\n", 100 + number % 40),
            1 => format!("/words/term/{client}/{number}/arena/{}\n", "x".repeat(60)),
            _ => format!("/primes/{}\n", 10_000 + number % 5),
        };
        writer.write_all(path.as_bytes()).map_err(fail)?;
        line.clear();
        if reader.read_line(&mut line).map_err(fail)? == 0 {
            return Err(format!("client {client}: the server has gone"));
        }
    }
    Ok(())
}
