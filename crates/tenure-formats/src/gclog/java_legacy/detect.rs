//! How much a line looks like one of this runtime.

use memchr::memmem;

use super::{header, heap_print, tables};

/// Texts that nothing else writes.
const SURE: [&[u8]; 11] = [
    b"[Full GC ",
    b"[Full GC[",
    b"[GC pause ",
    b"[GC concurrent-",
    b"[CMS-concurrent-",
    b"[PSYoungGen:",
    b"[ParNew",
    b"[DefNew",
    b"[1 CMS-",
    b"[G1Ergonomics ",
    b"GC log file created ",
];

/// Points for one line; see `Detection`.
pub(in crate::gclog) fn points(line: &[u8]) -> u32 {
    if line.is_empty() || is_decorated(line) {
        return 0;
    }
    if SURE.iter().any(|sure| memmem::find(line, sure).is_some()) || is_collection(line) {
        return 10;
    }
    let text = line.trim_ascii_start();
    if is_shenandoah(line) {
        return 10;
    }
    if memmem::find(line, b"which application threads were stopped: ").is_some() {
        return 5;
    }
    if heap_print::is_heap_print(text) && text.len() > 4 {
        return 3;
    }
    if header::is_header(text) {
        return 4;
    }
    u32::from(tables::is_table(text) || crate::gclog::java_unified::is_statistics(line))
}

/// `[0.123s]`, `[2021-…]`: a unified log.
fn is_decorated(line: &[u8]) -> bool {
    line.starts_with(b"[") && line.get(1).is_some_and(u8::is_ascii_digit)
}

/// `[GC 511K->180K(1984K), …`, `[GC (Allocation Failure) …`, `[GC` and the end of the line.
fn is_collection(line: &[u8]) -> bool {
    let Some(at) = memmem::find(line, b"[GC") else {
        return false;
    };
    let behind = &line[at + 3..];
    let behind = behind.strip_prefix(b"--").unwrap_or(behind);
    behind.trim_ascii().is_empty()
        || behind.starts_with(b" (")
        || behind.starts_with(b" [")
        || behind.starts_with(b"[")
        || memmem::find(behind, b"->").is_some()
        || memmem::find(behind, b" secs]").is_some()
}

/// `2020-…: 0.489: [Pause Init Mark, 0.219 ms]`: Shenandoah in JDK 8.
fn is_shenandoah(line: &[u8]) -> bool {
    (memmem::find(line, b": [Pause ").is_some() || memmem::find(line, b": [Concurrent ").is_some())
        && line.trim_ascii_end().ends_with(b"]")
}
