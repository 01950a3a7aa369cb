//! The lines at the start of a run: version, collector, machine, sizes.

use tenure_model::timeline::{Collector, Fact, Sink};

use crate::gclog::cursor::Cursor;

/// True for a line that is written once, at the start of a run.
pub(super) fn begins_run(message: &[u8]) -> bool {
    message.starts_with(b"Version: ")
        || message.starts_with(b"Initializing ")
        || message.starts_with(b"CardTable entry size: ")
        || collector(message).is_some()
}

/// Tells what the line says of the run; false if it is no such line.
pub(super) fn read(message: &[u8], sink: &mut dyn Sink) -> bool {
    if let Some(collector) = collector(message) {
        sink.fact(Fact::Collector(collector));
        return true;
    }
    let Some(colon) = memchr::memchr(b':', message) else {
        return false;
    };
    let (name, value) = (&message[..colon], message[colon + 1..].trim_ascii());
    let mut cursor = Cursor::new(value);
    let fact = match name {
        b"Version" => Some(Fact::Version(text(
            value.split(|byte| *byte == b' ').next().unwrap_or(value),
        ))),
        b"CommandLine flags" => Some(Fact::Flags(text(value))),
        b"CPUs" => cursor.integer().map(Fact::Processors),
        b"Memory" => cursor.size().map(Fact::MemoryBytes),
        b"Heap Max Capacity" | b"Max Capacity" => cursor.size().map(Fact::HeapMaxBytes),
        b"Heap Initial Capacity" | b"Initial Capacity" => cursor.size().map(Fact::HeapInitialBytes),
        b"Parallel Workers" => cursor.integer().map(Fact::ParallelWorkers),
        b"Concurrent Workers" => cursor.integer().map(Fact::ConcurrentWorkers),
        b"Mode" | b"Shenandoah GC mode" if value == b"Generational" => {
            Some(Fact::Collector(Collector::GenerationalShenandoah))
        }
        b"GC Workers for Young Generation" | b"GC Workers for Old Generation" => {
            Some(Fact::Collector(Collector::GenerationalZ))
        }
        _ => None,
    };
    let is_fact = fact.is_some();
    if let Some(fact) = fact {
        sink.fact(fact);
    }
    is_fact
}

/// Bytes of a region: `Heap region size: 2M`, `Heap Region Size: 1M`, `Regions: 2048 x 4096K`.
pub(super) fn region_bytes(message: &[u8]) -> Option<u64> {
    let mut cursor = Cursor::new(message);
    if cursor.eat(b"Heap region size: ") || cursor.eat(b"Heap Region Size: ") {
        return cursor.size();
    }
    if cursor.eat(b"Regions: ") {
        cursor.until_text(b" x ")?;
        return cursor.size();
    }
    None
}

/// The collector that the line names.
pub(super) fn collector(message: &[u8]) -> Option<Collector> {
    let name = message.strip_prefix(b"Using ")?.trim_ascii_end();
    match name {
        b"G1" => Some(Collector::G1),
        b"Serial" => Some(Collector::Serial),
        b"Parallel" => Some(Collector::Parallel),
        b"Concurrent Mark Sweep" => Some(Collector::Cms),
        b"The Z Garbage Collector" => Some(Collector::Z),
        b"Shenandoah" => Some(Collector::Shenandoah),
        b"Epsilon" => Some(Collector::Epsilon),
        _ => None,
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
