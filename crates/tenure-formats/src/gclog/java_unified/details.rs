//! Lines between the start and the end of a collection: sizes, phases, workers, ages.

use tenure_model::timeline::{Change, Event, Label, Mark, Space};

use super::collecting::Collecting;
use crate::gclog::cursor::{Cursor, MILLISECOND_NS};

/// Puts what the line says into the event under way; false if the line is no such line.
///
/// `body` is the line behind `GC(n) `, with its indentation.
pub(super) fn read(collecting: &mut Collecting, id: u64, body: &[u8]) -> bool {
    let text = body.trim_ascii_start();
    if regions(collecting, id, text) || generation(collecting, id, text) {
        return true;
    }
    match text.first() {
        Some(b'D') => tenuring(collecting, id, text),
        Some(b'P') => {
            if text == b"Promotion failed" {
                collecting.mark(id, Mark::PromotionFailed);
                return true;
            }
            phase(collecting, id, text)
        }
        Some(b'T') if text.starts_with(b"To-space exhausted") => {
            collecting.mark(id, Mark::EvacuationFailure);
            true
        }
        Some(b'U') if text.starts_with(b"Using ") => workers(collecting, id, text),
        Some(byte) if byte.is_ascii_uppercase() => phase(collecting, id, text),
        _ => false,
    }
}

/// `Eden regions: 24->0(22)`, `Old regions: 5->7`: G1.
fn regions(collecting: &mut Collecting, id: u64, text: &[u8]) -> bool {
    let mut cursor = Cursor::new(text);
    let space = match text.first() {
        Some(b'E') if cursor.eat(b"Eden regions: ") => Space::Eden,
        Some(b'S') if cursor.eat(b"Survivor regions: ") => Space::Survivor,
        Some(b'O') if cursor.eat(b"Old regions: ") => Space::Old,
        Some(b'H') if cursor.eat(b"Humongous regions: ") => Space::Humongous,
        Some(b'A') if cursor.eat(b"Archive regions: ") => return true,
        _ => return false,
    };
    let Some(before) = cursor.integer() else {
        return false;
    };
    if !cursor.eat(b"->") {
        return false;
    }
    let Some(after) = cursor.integer() else {
        return false;
    };
    let capacity = cursor.eat(b"(").then(|| cursor.integer()).flatten();
    let bytes = collecting.region_bytes;
    if let (Some(bytes), Some(event)) = (bytes, collecting.of(id)) {
        let change = Change::new(
            before.saturating_mul(bytes),
            after.saturating_mul(bytes),
            capacity.map(|count| count.saturating_mul(bytes)),
        );
        event.sizes.set(space, change);
    }
    true
}

/// `PSYoungGen: 1504K->486K(1536K)`, `Metaspace: 5040K(5184K)->5040K(5184K) …`.
fn generation(collecting: &mut Collecting, id: u64, text: &[u8]) -> bool {
    let mut cursor = Cursor::new(text);
    let space = match text.first() {
        Some(b'P') if cursor.eat(b"PSYoungGen: ") || cursor.eat(b"ParNew: ") => Space::Young,
        Some(b'P') if cursor.eat(b"ParOldGen: ") || cursor.eat(b"PSOldGen: ") => Space::Old,
        Some(b'D') if cursor.eat(b"DefNew: ") => Space::Young,
        Some(b'T') if cursor.eat(b"Tenured: ") => Space::Old,
        Some(b'C') if cursor.eat(b"CMS: ") => Space::Old,
        Some(b'O') if cursor.eat(b"Old: ") => Space::Old,
        Some(b'M') if cursor.eat(b"Metaspace: ") => Space::Metaspace,
        _ => return false,
    };
    let Some(change) = cursor.change() else {
        return false;
    };
    if let Some(event) = collecting.of(id) {
        event.sizes.set(space, change);
        parts_of_young(&mut cursor, event);
    }
    true
}

/// ` Eden: 1024K(1024K)->0K(1024K) From: 0K(128K)->16K(128K)` behind a young generation.
fn parts_of_young(cursor: &mut Cursor<'_>, event: &mut Event) {
    for (name, space) in [
        (&b" Eden: "[..], Space::Eden),
        (b" From: ", Space::Survivor),
    ] {
        if cursor.eat(name)
            && let Some(change) = cursor.change()
        {
            event.sizes.set(space, change);
        }
    }
}

/// `Desired survivor size 41943040 bytes, new threshold 15 (max threshold 15)`.
fn tenuring(collecting: &mut Collecting, id: u64, text: &[u8]) -> bool {
    let mut cursor = Cursor::new(text);
    if !cursor.eat(b"Desired survivor size ") {
        return phase(collecting, id, text);
    }
    let mut read = || {
        cursor.until_text(b"new threshold ")?;
        let threshold = u32::try_from(cursor.integer()?).ok()?;
        cursor.until_text(b"(max threshold ")?;
        Some((threshold, u32::try_from(cursor.integer()?).ok()?))
    };
    let tenuring = read();
    if let (Some(tenuring), Some(event)) = (tenuring, collecting.of(id)) {
        event.tenuring = Some(tenuring);
    }
    true
}

/// `Using 2 workers of 4 for evacuation`, `Using 2 of 4 workers for init marking`.
fn workers(collecting: &mut Collecting, id: u64, text: &[u8]) -> bool {
    let mut cursor = Cursor::new(text);
    cursor.eat(b"Using ");
    let Some(busy) = cursor.integer() else {
        return text.starts_with(b"Using tenuring") || text.starts_with(b"Using evacuation");
    };
    cursor.eat(b" workers");
    cursor.eat(b" Workers");
    let all = cursor.eat(b" of ").then(|| cursor.integer()).flatten();
    let task = cursor.rest();
    let is_concurrent = memchr::memmem::find(task, b"oncurrent").is_some()
        || task.ends_with(b"for marking")
        || task.ends_with(b"reset after collection.")
        || task.ends_with(b"cleanup early.");
    let (Ok(busy), Ok(all)) = (u32::try_from(busy), u32::try_from(all.unwrap_or(busy))) else {
        return true;
    };
    if !is_concurrent && let Some(event) = collecting.of(id) {
        event.workers = Some((busy, all));
    }
    true
}

/// `Evacuate Collection Set: 3.1ms`, `Phase 1: Mark live objects 12.3ms`,
/// `Object Copy (ms): Min: 0.1, Avg: 0.2, …`.
fn phase(collecting: &mut Collecting, id: u64, text: &[u8]) -> bool {
    let (name, duration) = if text.ends_with(b"ms") {
        let Some(at) = memchr::memrchr(b' ', text) else {
            return false;
        };
        (&text[..at], &text[at + 1..])
    } else {
        let Some(at) = memchr::memmem::find(text, b" (ms): ") else {
            return false;
        };
        match memchr::memmem::find(text, b"Avg:") {
            Some(average) => (&text[..at], text[average + 4..].trim_ascii_start()),
            None => return text.ends_with(b"skipped"),
        }
    };
    let Some(duration_ns) = Cursor::new(duration).scaled(MILLISECOND_NS) else {
        return false;
    };
    let name = name.strip_suffix(b":").unwrap_or(name);
    if let Some(event) = collecting.of(id) {
        event.phase(Label::new(name), duration_ns);
    }
    true
}
