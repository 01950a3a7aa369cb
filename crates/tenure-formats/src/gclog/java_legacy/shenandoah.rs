//! Shenandoah as ported to JDK 8: `[Pause Init Mark, 0.219 ms]`.

use tenure_model::timeline::{Change, Class, Event, Kind, Label, Sink, Space};

use crate::gclog::cursor::{Cursor, MILLISECOND_NS};
use crate::gclog::java_unified::{concurrent_kind, pause_kind};

/// Reads the text of such a bracket; `now_ns` is its stamp, which is that of its end.
///
/// False if it is no such text.
pub(super) fn read(
    event: &mut Event,
    text: &[u8],
    line: u64,
    now_ns: Option<u64>,
    sink: &mut dyn Sink,
) -> bool {
    let Some(comma) = memchr::memrchr(b',', text) else {
        return false;
    };
    let (head, value) = (&text[..comma], text[comma + 1..].trim_ascii());
    let (head, change) = sizes(head);
    let (class, kind, rest) = if let Some(name) = head.strip_prefix(b"Pause ") {
        let (kind, rest) = pause_kind(name);
        (Class::Pause, kind, rest)
    } else if let Some(name) = head.strip_prefix(b"Concurrent ") {
        (Class::Concurrent, concurrent_kind(name), name)
    } else {
        return false;
    };
    if value == b"start" {
        return true;
    }
    let mut cursor = Cursor::new(value);
    let Some(duration_ns) = cursor.scaled(MILLISECOND_NS) else {
        return false;
    };
    if cursor.rest() != b" ms" {
        return false;
    }
    event.clear(class, kind);
    event.line = line;
    event.duration_ns = Some(duration_ns);
    event.start_ns = now_ns.map(|now_ns| now_ns.saturating_sub(duration_ns));
    if let Some(change) = change {
        event.sizes.set(Space::Heap, change);
    }
    if matches!(kind, Kind::Degenerated | Kind::ConcurrentOther) {
        let cause = rest.trim_ascii();
        let cause = cause.strip_prefix(b"(").unwrap_or(cause);
        event.cause = Label::new(cause.strip_suffix(b")").unwrap_or(cause));
    }
    sink.event(event);
    true
}

/// Takes `1589M->1002M(1690M)` off the end.
fn sizes(head: &[u8]) -> (&[u8], Option<Change>) {
    let Some(at) = memchr::memrchr(b' ', head) else {
        return (head, None);
    };
    match Cursor::new(&head[at + 1..]).change() {
        Some(change) => (&head[..at], Some(change)),
        None => (head, None),
    }
}
