//! Concurrent phases of CMS and G1, and the cycles that they make up.

use tenure_model::timeline::{Class, Cpu, Event, Kind, Label, Mark, Sink, Space};

use crate::gclog::cursor::{Cursor, SECOND_NS};

/// Reads concurrent phases; puts together a cycle from the pause that begins it to its last
/// phase.
#[derive(Debug, Default)]
pub(super) struct Concurrent {
    event: Event,
    cycle: Event,
    is_cycling: bool,
}

impl Concurrent {
    /// Reads the text of a bracket such as `CMS-concurrent-mark: 0.5/0.6 secs` or
    /// `GC concurrent-mark-end, 0.12 secs`. False if it is none.
    pub(super) fn read(
        &mut self,
        text: &[u8],
        line: u64,
        now_ns: Option<u64>,
        sink: &mut dyn Sink,
    ) -> bool {
        let mut cursor = Cursor::new(text);
        cursor.eat(b"AS");
        if cursor.eat(b"CMS-concurrent-") {
            return self.cms(cursor, line, now_ns, sink);
        }
        if cursor.eat(b"GC concurrent-") {
            return self.g1(cursor.rest(), line, now_ns, sink);
        }
        false
    }

    /// A pause is handed on: it may begin a cycle.
    pub(super) fn pause(&mut self, pause: &Event) {
        match pause.kind {
            Kind::InitialMark | Kind::YoungConcurrentStart => {
                self.cycle.clear(Class::Cycle, Kind::Cycle);
                self.cycle.start_ns = pause.start_ns;
                self.cycle.line = pause.line;
                self.cycle.cause = pause.cause;
                let heap = pause.sizes.get(Space::Heap);
                let at_start = self.cycle.sizes.at(Space::Heap);
                at_start.before = heap.before.or(heap.after);
                at_start.capacity = heap.capacity;
                self.is_cycling = pause.duration_ns.is_some();
            }
            Kind::Full => self.is_cycling = false,
            _ => {}
        }
    }

    /// A new run begins.
    pub(super) fn restart(&mut self) {
        self.is_cycling = false;
    }

    /// `mark-start`, `mark: 0.5/0.6 secs`.
    fn cms(
        &mut self,
        mut cursor: Cursor<'_>,
        line: u64,
        now_ns: Option<u64>,
        sink: &mut dyn Sink,
    ) -> bool {
        let name = cursor.take_while(|byte| byte.is_ascii_lowercase() || byte == b'-');
        if cursor.at_end() {
            return name.ends_with(b"-start");
        }
        cursor.eat(b":");
        cursor.skip_blanks();
        let Some(busy_ns) = cursor.scaled(SECOND_NS) else {
            return false;
        };
        if !cursor.eat(b"/") {
            return false;
        }
        let Some(wall_ns) = cursor.scaled(SECOND_NS) else {
            return false;
        };
        let kind = match name {
            b"mark" => Kind::ConcurrentMark,
            b"preclean" => Kind::ConcurrentPreclean,
            b"abortable-preclean" => Kind::ConcurrentAbortablePreclean,
            b"sweep" => Kind::ConcurrentSweep,
            b"reset" => Kind::ConcurrentReset,
            _ => Kind::ConcurrentOther,
        };
        self.begin(kind, name, line);
        self.event.cpu = Some(Cpu {
            user_ns: busy_ns,
            system_ns: 0,
            real_ns: wall_ns,
        });
        self.send(Some(wall_ns), now_ns, sink);
        if kind == Kind::ConcurrentReset {
            self.end_cycle(now_ns, sink);
        }
        true
    }

    /// `mark-start`, `mark-end, 0.12 secs`, `mark-abort`,
    /// `string-deduplication, 1K->0B(1K), avg 97.1%, 0.1 secs`.
    fn g1(&mut self, text: &[u8], line: u64, now_ns: Option<u64>, sink: &mut dyn Sink) -> bool {
        let end = text
            .iter()
            .position(|byte| matches!(byte, b',' | b' '))
            .unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if name.ends_with(b"-abort") {
            self.cycle.marks.set(Mark::Aborted);
            self.end_cycle(now_ns, sink);
            return true;
        }
        let Some(at) = memchr::memrchr(b',', rest) else {
            return name.ends_with(b"-start")
                || name.ends_with(b"-overflow")
                || name.ends_with(b"-end");
        };
        let mut cursor = Cursor::new(last_number(rest, at));
        cursor.skip_blanks();
        let Some(duration_ns) = cursor.scaled(SECOND_NS) else {
            return false;
        };
        let name = name.strip_suffix(b"-end").unwrap_or(name);
        let kind = match name {
            b"mark" => Kind::ConcurrentMark,
            b"root-region-scan" => Kind::RootRegionScan,
            b"cleanup" => Kind::ConcurrentCleanup,
            _ => Kind::ConcurrentOther,
        };
        self.begin(kind, name, line);
        self.send(Some(duration_ns), now_ns, sink);
        if kind == Kind::ConcurrentCleanup {
            self.end_cycle(now_ns, sink);
        }
        true
    }

    fn begin(&mut self, kind: Kind, name: &[u8], line: u64) {
        self.event.clear(Class::Concurrent, kind);
        self.event.line = line;
        if kind == Kind::ConcurrentOther {
            self.event.cause = Label::new(name);
        }
    }

    fn send(&mut self, duration_ns: Option<u64>, now_ns: Option<u64>, sink: &mut dyn Sink) {
        self.event.duration_ns = duration_ns;
        self.event.start_ns = now_ns
            .zip(duration_ns)
            .map(|(now_ns, duration_ns)| now_ns.saturating_sub(duration_ns));
        sink.event(&self.event);
    }

    fn end_cycle(&mut self, now_ns: Option<u64>, sink: &mut dyn Sink) {
        if !std::mem::take(&mut self.is_cycling) {
            return;
        }
        self.cycle.duration_ns = now_ns
            .zip(self.cycle.start_ns)
            .and_then(|(now_ns, start_ns)| now_ns.checked_sub(start_ns));
        sink.event(&self.cycle);
    }
}

/// What stands behind the comma at `at`; with decimal commas, behind the one before.
fn last_number(text: &[u8], at: usize) -> &[u8] {
    let behind = &text[at + 1..];
    let is_decimal = behind.first().is_some_and(u8::is_ascii_digit);
    match memchr::memrchr(b',', &text[..at]) {
        Some(before) if is_decimal => &text[before + 1..],
        _ => behind,
    }
}
