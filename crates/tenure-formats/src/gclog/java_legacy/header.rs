//! Version, machine and flags: the first lines of a log, and of each part of a rotated one.

use tenure_model::timeline::{Collector, Fact, Sink};

use crate::gclog::cursor::Cursor;

/// True for a line of the head of a log.
pub(super) fn is_header(text: &[u8]) -> bool {
    is_version(text)
        || text.starts_with(b"CommandLine flags: ")
        || text.starts_with(b"Memory: ")
        || text.starts_with(b"/proc/meminfo")
        || is_rotation(text)
}

/// `OpenJDK 64-Bit Server VM (25.332-b09) for linux-amd64 JRE (1.8.0_332-b09), built on …`.
pub(super) fn is_version(text: &[u8]) -> bool {
    memchr::memmem::find(text, b" VM (").is_some()
        && (memchr::memmem::find(text, b" JRE (").is_some() || text.starts_with(b"Java HotSpot("))
}

/// `2014-06-18 11:24:16 GC log file created gc.log.1`: the next part of a rotated log.
pub(super) fn is_rotation(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"GC log file ").is_some()
        && (memchr::memmem::find(text, b" created ").is_some()
            || memchr::memmem::find(text, b" has reached ").is_some())
}

/// Tells what the line says of the run.
pub(super) fn read(text: &[u8], sink: &mut dyn Sink) {
    let mut cursor = Cursor::new(text);
    if is_version(text) {
        let has_version = cursor.until_text(b" JRE (").is_some();
        if has_version && let Some(version) = cursor.until(b')') {
            sink.fact(Fact::Version(string(version)));
        }
    } else if cursor.eat(b"CommandLine flags: ") {
        sink.fact(Fact::Flags(string(cursor.rest().trim_ascii())));
        for flag in cursor.rest().split(|byte| *byte == b' ') {
            if let Some(fact) = fact_of(flag) {
                sink.fact(fact);
            }
        }
    } else if cursor.until_text(b"physical ").is_some()
        && let Some(bytes) = cursor.size()
    {
        sink.fact(Fact::MemoryBytes(bytes));
    }
}

fn fact_of(flag: &[u8]) -> Option<Fact> {
    let flag = flag.strip_prefix(b"-XX:")?;
    let collector = match flag {
        b"+UseSerialGC" => Some(Collector::Serial),
        b"+UseParallelGC" | b"+UseParallelOldGC" => Some(Collector::Parallel),
        b"+UseConcMarkSweepGC" => Some(Collector::Cms),
        b"+CMSIncrementalMode" => Some(Collector::IncrementalCms),
        b"+UseG1GC" => Some(Collector::G1),
        b"+UseShenandoahGC" => Some(Collector::Shenandoah),
        _ => None,
    };
    if collector.is_some() {
        return collector.map(Fact::Collector);
    }
    let at = memchr::memchr(b'=', flag)?;
    let value = Cursor::new(&flag[at + 1..]).integer()?;
    match &flag[..at] {
        b"MaxHeapSize" => Some(Fact::HeapMaxBytes(value)),
        b"InitialHeapSize" => Some(Fact::HeapInitialBytes(value)),
        b"G1HeapRegionSize" => Some(Fact::RegionBytes(value)),
        b"ParallelGCThreads" => Some(Fact::ParallelWorkers(value)),
        b"ConcGCThreads" | b"ParallelCMSThreads" => Some(Fact::ConcurrentWorkers(value)),
        _ => None,
    }
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
