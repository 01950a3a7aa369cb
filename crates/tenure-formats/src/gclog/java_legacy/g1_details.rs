//! The indented lines below a pause of G1: phases with their wall time.
//!
//! # Shape
//!
//! ```text
//!    [Parallel Time: 212.3 ms, GC Workers: 8]
//!       [Object Copy (ms): Min: 73.3, Avg: 74.4, Max: 76.4, Diff: 3.1, Sum: 595.3]
//!       [Update RS (ms):  1.0  2.0
//!        Avg:   1.5, Min:   1.0, Max:   2.0]
//! ```

use tenure_model::timeline::{Event, Label};

use crate::gclog::cursor::{Cursor, MILLISECOND_NS};

/// How these lines begin, behind indentation and bracket.
const NAMES: [&[u8]; 50] = [
    b"Parallel Time:",
    b"Parallel Other:",
    b"GC Worker",
    b"Ext Root Scanning",
    b"Code Root",
    b"Thread Roots",
    b"StringTable Roots",
    b"Universe Roots",
    b"JNI Handles",
    b"SystemDictionary",
    b"CLDG Roots",
    b"CodeCache Roots",
    b"CM RefProcessor",
    b"Wait For Strong",
    b"Weak CLD",
    b"Mark Stack Scanning",
    b"SATB",
    b"Update RS",
    b"Mod RS",
    b"Processed Buffers",
    b"Scan RS",
    b"Object Copy",
    b"Termination",
    b"Other:",
    b"Clear CT:",
    b"Expand Heap",
    b"Choose CSet:",
    b"Ref Proc:",
    b"Ref Enq:",
    b"Redirty Cards",
    b"Humongous",
    b"Free CSet:",
    b"Young Free CSet",
    b"Non-Young Free CSet",
    b"Evacuation Failure:",
    b"Recalculate Used",
    b"Remove Self",
    b"Restore RemSet",
    b"Root Region Scan",
    b"String Dedup",
    b"Queue",
    b"Table",
    b"Verify",
    b"Last Exec:",
    b"Total Exec:",
    b"Inspected:",
    b"Complete CSet",
    b"Region Register",
    b"DerivedPointerTable",
    b"Cleanup",
];

/// Names that string deduplication adds.
const DEDUPLICATION: [&[u8]; 15] = [
    b"Skipped:",
    b"Hashed:",
    b"Known:",
    b"New:",
    b"Deduplicated:",
    b"Young:",
    b"Old:",
    b"Memory Usage:",
    b"Size:",
    b"Entries:",
    b"Resize Count:",
    b"Rehash Count:",
    b"Age Threshold:",
    b"Dropped:",
    b"Age",
];

/// Reads what follows the bracket into `event`, if it tells the wall time of a phase; false if
/// it is no such line.
pub(super) fn read(text: &[u8], event: Option<&mut Event>) -> bool {
    let is_known = NAMES.iter().any(|known| text.starts_with(known));
    if !is_known {
        return DEDUPLICATION.iter().any(|known| text.starts_with(known));
    }
    if let (Some(event), Some((name, duration_ns))) = (event, phase(text)) {
        event.phase(Label::new(name), duration_ns);
    }
    true
}

/// `Parallel Time: 212.3 ms…`, `Object Copy (ms): … Avg: 74.4 …`; stamps and counts are none.
fn phase(text: &[u8]) -> Option<(&[u8], u64)> {
    let colon = memchr::memchr(b':', text)?;
    let (name, value) = (text[..colon].trim_ascii_end(), &text[colon + 1..]);
    if let Some(name) = name.strip_suffix(b"(ms)") {
        let name = name.trim_ascii_end();
        if name.ends_with(b"Start") || name.ends_with(b"End") || name.ends_with(b"Time") {
            return None;
        }
        let mut cursor = Cursor::new(value);
        cursor.until_text(b"Avg:")?;
        cursor.skip_blanks();
        return Some((name, cursor.scaled(MILLISECOND_NS)?));
    }
    let mut cursor = Cursor::new(value);
    cursor.skip_blanks();
    let duration_ns = cursor.scaled(MILLISECOND_NS)?;
    cursor.eat(b" ms").then_some((name, duration_ns))
}
