//! `Pause …` lines: start, end, and what belongs to the pause after its end.

use tenure_model::timeline::{Change, Cpu, Event, Kind, Label, Mark, Sink, Space};

use super::collecting::Collecting;
use super::names;
use super::parser::Place;
use crate::gclog::cursor::{Cursor, MILLISECOND_NS, SECOND_NS};

/// Nanoseconds by which a start counted back from a rounded stamp may be off.
const ROUNDING_NS: u64 = 2 * MILLISECOND_NS;

/// The pauses of a log.
///
/// A pause is held back until the next one, as its processor time follows its end, and as a full
/// collection within a failed young one (Serial, CMS) ends before the pause that holds it.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    pub(super) collecting: Collecting,
    held: Box<Event>,
    is_held: bool,
    /// What stood behind the last start, which the end mostly repeats.
    described: Vec<u8>,
}

impl Pauses {
    /// Reads what follows `Pause `. True if the pause has ended.
    pub(super) fn read(&mut self, place: &Place<'_>, text: &[u8], sink: &mut dyn Sink) -> bool {
        let tail = Tail::new(text);
        let Some(duration_ns) = tail.duration_ns else {
            self.start(place, tail.text, sink);
            return false;
        };
        let event = self.collecting.end(place.id);
        if event.line == 0 || self.described != tail.text {
            describe(event, tail.text);
        }
        event.duration_ns = Some(duration_ns);
        event.start_ns = place.before(duration_ns);
        if event.line == 0 {
            event.line = place.number;
        }
        if let Some(change) = tail.change {
            event.sizes.set(Space::Heap, change);
        }
        young_of_parts(event);
        if self.is_held && is_within(&self.held, event) {
            event.kind = Kind::Full;
            event.marks.set(Mark::PromotionFailed);
            let label = Label::new(b"full collection");
            event.phase(label, self.held.duration_ns.unwrap_or(0));
            self.is_held = false;
        }
        self.release(sink);
        self.collecting.take(&mut self.held);
        self.is_held = true;
        true
    }

    /// The last pause that has ended, while it is held back.
    pub(super) fn last_mut(&mut self) -> Option<&mut Event> {
        self.is_held.then_some(&mut *self.held)
    }

    /// Hands on the pause held back.
    pub(super) fn release(&mut self, sink: &mut dyn Sink) {
        if std::mem::take(&mut self.is_held) {
            sink.event(&self.held);
        }
    }

    /// `User=0.01s Sys=0.00s Real=0.00s`: false if it is not that.
    pub(super) fn cpu(&mut self, id: u64, text: &[u8], sink: &mut dyn Sink) -> bool {
        let Some(cpu) = cpu(text) else {
            return false;
        };
        if self.is_held && self.held.id == Some(id) {
            self.held.cpu = Some(cpu);
            if self.held.kind != Kind::Full {
                self.release(sink);
            }
        }
        true
    }

    fn start(&mut self, place: &Place<'_>, text: &[u8], sink: &mut dyn Sink) {
        self.release(sink);
        let Some(id) = place.id else {
            return;
        };
        let event = self.collecting.start(id);
        describe(event, text);
        self.described.clear();
        self.described.extend_from_slice(text);
        event.line = place.number;
        event.start_ns = place.now.map(|stamp| stamp.run_ns);
    }
}

/// Kind, cause and marks from the text between `Pause ` and the sizes.
fn describe(event: &mut Event, text: &[u8]) {
    let (kind, rest) = names::pause_kind(text);
    event.kind = kind;
    if kind == Kind::Other {
        event.cause = Label::new(text);
        return;
    }
    let has_cause = kind.is_young() || matches!(kind, Kind::Mixed | Kind::Full | Kind::Degenerated);
    let mut rest = rest;
    let mut is_first = true;
    while let Some((inner, behind)) = bracketed(rest) {
        rest = behind;
        if let Some(failure) = inner.strip_prefix(b"Evacuation Failure: ") {
            if failure.starts_with(b"Allocation") {
                event.marks.set(Mark::EvacuationFailure);
            }
            if failure.ends_with(b"Pinned") {
                event.marks.set(Mark::Pinned);
            }
        } else if is_first && has_cause {
            event.cause = Label::new(inner);
            if inner == b"System.gc()" {
                event.marks.set(Mark::Explicit);
            }
        }
        is_first = false;
    }
}

/// The next `(…)`, with brackets within, and what is behind it.
pub(super) fn bracketed(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let open = memchr::memchr(b'(', text)?;
    let mut depth = 0_u32;
    for (at, byte) in text.iter().enumerate().skip(open) {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[open + 1..at], &text[at + 1..]));
        }
    }
    None
}

/// Young is eden and the survivors, where both are known and young is not.
fn young_of_parts(event: &mut Event) {
    let (eden, survivor) = (
        event.sizes.get(Space::Eden),
        event.sizes.get(Space::Survivor),
    );
    if event.sizes.get(Space::Young).is_empty()
        && let (Some(eden_before), Some(before)) = (eden.before, survivor.before)
        && let (Some(eden_after), Some(after)) = (eden.after, survivor.after)
    {
        let young = Change::new(
            eden_before.saturating_add(before),
            eden_after.saturating_add(after),
            None,
        );
        event.sizes.set(Space::Young, young);
    }
}

/// True if `inner`, which ended first, is the full collection of the failed young one `outer`.
fn is_within(inner: &Event, outer: &Event) -> bool {
    let follows = match (inner.id, outer.id) {
        (Some(inner), Some(outer)) => outer.checked_add(1) == Some(inner),
        _ => false,
    };
    let starts_later = match (inner.start_ns, outer.start_ns) {
        (Some(inner), Some(outer)) => inner.saturating_add(ROUNDING_NS) >= outer,
        _ => true,
    };
    follows
        && starts_later
        && inner.kind == Kind::Full
        && outer.kind == Kind::Young
        && inner.duration_ns <= outer.duration_ns
}

fn cpu(text: &[u8]) -> Option<Cpu> {
    let mut cursor = Cursor::new(text);
    let mut part = |name: &[u8]| {
        cursor.skip_blanks();
        let value_ns = cursor.eat(name).then(|| cursor.scaled(SECOND_NS)).flatten();
        cursor.eat(b"s");
        value_ns
    };
    Some(Cpu {
        user_ns: part(b"User=")?,
        system_ns: part(b"Sys=")?,
        real_ns: part(b"Real=")?,
    })
}

/// The end of a line: `74M->10M(92M) 7.097ms`, `28M(11%)->80M(31%) 0.102s`, any part of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail<'a> {
    /// What stands before.
    pub(super) text: &'a [u8],
    /// Sizes, capacity where it is told.
    pub(super) change: Option<Change>,
    /// Wall time.
    pub(super) duration_ns: Option<u64>,
}

impl<'a> Tail<'a> {
    /// Takes the end off a line.
    pub(super) fn new(text: &'a [u8]) -> Self {
        let mut tail = Self {
            text: text.trim_ascii_end(),
            change: None,
            duration_ns: None,
        };
        if let Some((head, word)) = tail.last_word()
            && let Some(duration_ns) = duration(word)
        {
            tail.duration_ns = Some(duration_ns);
            tail.text = head;
        }
        if let Some((head, word)) = tail.last_word()
            && let Some(change) = change(word)
        {
            tail.change = Some(change);
            tail.text = head;
        }
        tail
    }

    fn last_word(&self) -> Option<(&'a [u8], &'a [u8])> {
        let at = memchr::memrchr(b' ', self.text)?;
        Some((self.text[..at].trim_ascii_end(), &self.text[at + 1..]))
    }
}

/// `7.097ms`, `0.102s`.
fn duration(word: &[u8]) -> Option<u64> {
    let unit = if word.ends_with(b"ms") {
        MILLISECOND_NS
    } else if word.ends_with(b"s") {
        SECOND_NS
    } else {
        return None;
    };
    let mut cursor = Cursor::new(word);
    let value_ns = cursor.scaled(unit)?;
    matches!(cursor.rest(), b"ms" | b"s").then_some(value_ns)
}

/// `74M->10M(92M)`, `28M(11%)->80M(31%)`.
fn change(word: &[u8]) -> Option<Change> {
    let mut cursor = Cursor::new(word);
    if let Some(change) = cursor.change() {
        return Some(change);
    }
    let before = cursor.size()?;
    cursor.until_text(b"%)->")?;
    Some(Change::new(before, cursor.size()?, None))
}
