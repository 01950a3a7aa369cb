//! The statistics that Shenandoah and ZGC write after each cycle, every ten seconds or at exit,
//! recognised without tags.
//!
//! # Shape
//!
//! ```text
//!   Pause Init Mark (G)                1234 us                    Shenandoah, one cycle
//!   Pause Init Mark (G)    =    0.012 s (a =  124 us) (n = 3) …   Shenandoah, the run
//!    Phase: Concurrent Mark    0.000 / 0.000   29.121 / 34.760 ms ZGC, the run
//! ```

use memchr::memmem;

/// What these statistics say in prose, by the beginning of the line without its indentation.
const PROSE: [&[u8]; 56] = [
    b"Soft Max Heap Size",
    b"Status: ",
    b"Reserved region:",
    b"- [0x",
    b"- map (",
    b"Collection set:",
    b"Under allocation pressure",
    b"Actual pacing delays",
    b"From -",
    b"Total:",
    b"All times are wall-clock times",
    b"all workers. Dividing the <total>",
    b"CLDG",
    b"GC STATISTICS",
    b"\"(G)\" (gross)",
    b"\"(N)\" (net)",
    b"\"a\" is average time",
    b"\"lvls\" are quantiles",
    b"and post-safepoint housekeeping",
    b"under stop-the-world pause",
    b"tune GC heuristics",
    b"to avoid Degenerated",
    b"ALLOCATION PACING",
    b"Max pacing delay is set",
    b"Higher delay would prevent",
    b"invisible to the usual",
    b"Raise max pacing delay",
    b"Pacing delays are measured",
    b"observed pacing delays",
    b"time in the pacing code",
    b"OS takes longer to unblock",
    b"from the STW pause times",
    b"Allocation tracing is disabled",
    b"Shenandoah Heap",
    b"Heap memory usage",
    b"Cancelled ",
    b"=== Garbage Collection Statistics",
    b"Last 10s",
    b"Avg / Max",
    b"Collector: ",
    b"Contention: ",
    b"Critical: ",
    b"Memory: ",
    b"Phase: ",
    b"Subphase: ",
    b"Safepoint: ",
    b"System: ",
    b"Thread: ",
    b"Young Generation: ",
    b"Old Generation: ",
    b"Generation: ",
    b"Major Collection: ",
    b"Minor Collection: ",
    b"Young Phase: ",
    b"Young Subphase: ",
    b"Young Pause: ",
];

/// True for a line of these statistics.
pub(in crate::gclog) fn is_statistics(message: &[u8]) -> bool {
    let text = message.trim_ascii();
    if text.is_empty() {
        return false;
    }
    if text.starts_with(b"===") || PROSE.iter().any(|known| text.starts_with(known)) {
        return true;
    }
    is_time(text)
        || memmem::find(text, b"(lvls, us =").is_some()
        || is_count(text)
        || is_column(text)
}

/// `Concurrent Reset     57 us`, also with `, parallelism: 1.0x` or `, workers (us): 1, 2,`.
fn is_time(text: &[u8]) -> bool {
    let end = memmem::find(text, b" us").unwrap_or(text.len());
    let behind = text.get(end + 3..).unwrap_or_default();
    let head = text.get(..end).unwrap_or_default();
    let digits = head.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let name = &head[..end - digits.count()];
    let is_number = name.len() < end;
    is_number && name.ends_with(b"  ") && (behind.is_empty() || behind.starts_with(b","))
}

/// `    5 Successful Concurrent GCs`, `0 invoked explicitly`, `3 of 16 ms (20%): thread`.
fn is_count(text: &[u8]) -> bool {
    if memmem::find(text, b" soft max, ").is_some() {
        return true;
    }
    const COUNTED: [&[u8]; 17] = [
        b" Concurrent GC",
        b"uccessful ",
        b"egenerated GC",
        b" Full GC",
        b"caused by",
        b"happened ",
        b"upgraded ",
        b"invoked ",
        b" ms (",
        b" ms - ",
        b"abbreviated",
        b" at ",
        b"Young GC",
        b"Old GC",
        b"Mixed GC",
        b"Global GC",
        b"partial",
    ];
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0
        && text.get(digits) == Some(&b' ')
        && COUNTED
            .iter()
            .any(|known| memmem::find(text, known).is_some())
}

/// A row of ZGC: `… 0.000 / 0.000  29.121 / 34.760 …  ms`.
fn is_column(text: &[u8]) -> bool {
    memmem::find_iter(text, b" / ").take(4).count() == 4
}
