//! Concurrent phases, and the cycles that they and the pauses make up.

use tenure_model::timeline::{Change, Class, Event, Kind, Label, LineClass, Mark, Sink, Space};

use super::names;
use super::parser::Place;
use super::pauses::{Tail, bracketed};
use super::z_tables::{Row, Tables};

/// Whose cycle is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Style {
    /// None.
    #[default]
    Idle,
    /// With lines of its own for start and end: G1, ZGC.
    Told,
    /// From the first to the last line of a number: Shenandoah.
    Shenandoah,
    /// From the initial mark to the end of the reset: CMS.
    Cms,
}

/// Reads concurrent phases, and puts cycles together.
#[derive(Debug, Default)]
pub(super) struct Cycles {
    event: Event,
    cycle: Event,
    style: Style,
    /// A major cycle of ZGC that goes on while a minor one is under way.
    outer: (Event, Style),
    tables: Tables,
    /// Time of the last line of a Shenandoah cycle.
    end_ns: Option<u64>,
    /// True once lines were seen that only G1 writes.
    is_g1: bool,
}

impl Cycles {
    /// Reads what follows `Concurrent `.
    pub(super) fn phase(
        &mut self,
        place: &Place<'_>,
        text: &[u8],
        sink: &mut dyn Sink,
    ) -> LineClass {
        let tail = Tail::new(text);
        match tail.text {
            b"Mark Cycle" | b"Cycle" => return self.told(place, Kind::Cycle, &tail, sink),
            b"Undo Cycle" => return self.told(place, Kind::UndoCycle, &tail, sink),
            b"Mark Abort" => {
                self.cycle.marks.set(Mark::Aborted);
                return LineClass::Event;
            }
            _ => {}
        }
        self.is_g1 |= tail.text == b"Mark From Roots" || tail.text == b"Scan Root Regions";
        let Some(duration_ns) = tail.duration_ns else {
            return LineClass::Event;
        };
        if self.is_g1 && matches!(tail.text, b"Mark From Roots" | b"Preclean") {
            // Parts of "Concurrent Mark", which is told as a whole.
            self.cycle.phase(Label::new(tail.text), duration_ns);
            return LineClass::Detail;
        }
        self.event
            .clear(Class::Concurrent, names::concurrent_kind(tail.text));
        if self.event.kind == Kind::ConcurrentOther {
            self.event.cause = Label::new(tail.text);
        }
        self.event.id = place.id;
        self.event.line = place.number;
        self.event.duration_ns = Some(duration_ns);
        self.event.start_ns = place.before(duration_ns);
        if let Some(change) = tail.change {
            self.event.sizes.set(Space::Heap, change);
        }
        if tail.text.first().is_some_and(u8::is_ascii_lowercase) {
            let (start_ns, heap) = (self.event.start_ns, self.event.sizes.get(Space::Heap));
            self.shenandoah(place, start_ns, heap, tail.text, sink);
        }
        sink.event(&self.event);
        if self.event.kind == Kind::ConcurrentReset && self.style == Style::Cms {
            self.end(place.now.map(|stamp| stamp.run_ns), sink);
        }
        LineClass::Event
    }

    /// A pause has ended: it may begin a cycle, or belong to one.
    pub(super) fn pause(
        &mut self,
        place: &Place<'_>,
        pause: &Event,
        text: &[u8],
        sink: &mut dyn Sink,
    ) {
        match pause.kind {
            Kind::InitMark
            | Kind::FinalMark
            | Kind::FinalRoots
            | Kind::InitUpdateRefs
            | Kind::FinalUpdateRefs
            | Kind::Degenerated => {
                self.shenandoah(
                    place,
                    pause.start_ns,
                    pause.sizes.get(Space::Heap),
                    text,
                    sink,
                );
                if pause.kind == Kind::Degenerated {
                    self.cycle.marks.set(Mark::Aborted);
                }
            }
            Kind::InitialMark => {
                self.begin(place.id, Style::Cms, Kind::Cycle, place.number);
                self.cycle.start_ns = pause.start_ns;
                let before = pause.sizes.get(Space::Heap).before;
                self.cycle.sizes.at(Space::Heap).before = before;
            }
            Kind::Full if self.style == Style::Cms => self.style = Style::Idle,
            _ => {}
        }
    }

    /// `Garbage Collection (Warmup) 208M(20%)->164M(16%)`, `Minor Collection (…) … 0.05s`.
    pub(super) fn collection(
        &mut self,
        place: &Place<'_>,
        kind: Kind,
        sink: &mut dyn Sink,
    ) -> LineClass {
        let mut tail = Tail::new(place.body);
        let cause = bracketed(tail.text).map(|(cause, _)| cause);
        let is_aborted = tail.text.ends_with(b" Aborted");
        let is_end = is_aborted || tail.change.is_some();
        if is_end && tail.duration_ns.is_none() {
            tail.duration_ns = self.since_start(place);
        }
        let class = self.told(place, kind, &tail_if(tail, is_end), sink);
        if let Some(cause) = cause.filter(|_| !is_end) {
            self.cycle.cause = Label::new(cause);
            if cause == b"System.gc()" {
                self.cycle.marks.set(Mark::Explicit);
            }
        }
        class
    }

    /// Reads a line of the tables of ZGC into the cycle: live, promoted, capacity.
    pub(super) fn table(&mut self, id: Option<u64>, prefix: u8, text: &[u8]) -> bool {
        let Some(row) = Row::of(text) else {
            return false;
        };
        self.select(id);
        self.tables.row(&mut self.cycle, id, prefix, row);
        true
    }

    /// Goes back to the outer cycle if the line is of that.
    fn select(&mut self, id: Option<u64>) {
        if id.is_some() && self.cycle.id != id && self.outer.0.id == id {
            self.exchange();
        }
    }

    fn exchange(&mut self) {
        std::mem::swap(&mut self.cycle, &mut self.outer.0);
        std::mem::swap(&mut self.style, &mut self.outer.1);
    }

    /// The log ends, or a new run begins.
    pub(super) fn finish(&mut self, sink: &mut dyn Sink) {
        if self.style == Style::Shenandoah {
            self.end(self.end_ns, sink);
        }
        self.style = Style::Idle;
        self.outer.0.id = None;
        self.tables = Tables::default();
    }

    /// A line that says itself that a cycle starts or ends.
    fn told(
        &mut self,
        place: &Place<'_>,
        kind: Kind,
        tail: &Tail<'_>,
        sink: &mut dyn Sink,
    ) -> LineClass {
        let is_end = tail.change.is_some() || tail.duration_ns.is_some();
        self.select(place.id);
        let is_known = self.style == Style::Told && self.cycle.id == place.id;
        if !is_known {
            if self.style == Style::Told && self.cycle.kind == Kind::MajorCycle {
                self.exchange();
            }
            self.begin(place.id, Style::Told, kind, place.number);
            self.cycle.start_ns = place.now.map(|stamp| stamp.run_ns);
        }
        if !is_end {
            return LineClass::Event;
        }
        if let Some((cause, _)) = bracketed(tail.text) {
            self.cycle.cause = Label::new(cause);
        }
        if tail.text.ends_with(b" Aborted") {
            self.cycle.marks.set(Mark::Aborted);
        }
        if let Some(change) = tail.change {
            let heap = self.cycle.sizes.at(Space::Heap);
            heap.before = change.before;
            heap.after = change.after;
            heap.capacity = change.capacity.or(heap.capacity);
        }
        if kind == Kind::UndoCycle {
            self.cycle.marks.set(Mark::Undone);
        }
        self.cycle.allocated = self.tables.allocated.take();
        self.cycle.duration_ns = tail.duration_ns;
        if let Some(duration_ns) = tail.duration_ns {
            self.cycle.start_ns = place.before(duration_ns);
        } else if !is_known {
            self.cycle.start_ns = None;
        }
        self.style = Style::Idle;
        sink.event(&self.cycle);
        LineClass::Event
    }

    /// Time since the line that started the cycle of this number.
    fn since_start(&self, place: &Place<'_>) -> Option<u64> {
        let is_known = self.style == Style::Told && self.cycle.id == place.id;
        let start_ns = self.cycle.start_ns.filter(|_| is_known)?;
        place.now?.run_ns.checked_sub(start_ns)
    }

    /// A part of a cycle of Shenandoah has ended.
    fn shenandoah(
        &mut self,
        place: &Place<'_>,
        start_ns: Option<u64>,
        change: Change,
        text: &[u8],
        sink: &mut dyn Sink,
    ) {
        if self.style != Style::Shenandoah || self.cycle.id != place.id {
            self.finish(sink);
            self.begin(place.id, Style::Shenandoah, Kind::Cycle, place.number);
            self.cycle.start_ns = start_ns;
        }
        if memchr::memmem::find(text, b"(Young)").is_some() {
            self.cycle.kind = Kind::MinorCycle;
        } else if memchr::memmem::find(text, b"(Mixed)").is_some() {
            self.cycle.kind = Kind::MixedCycle;
        } else if memchr::memmem::find(text, b"(Global)").is_some() {
            self.cycle.kind = Kind::MajorCycle;
        }
        self.end_ns = place.now.map(|stamp| stamp.run_ns);
        if !change.is_empty() {
            let heap = self.cycle.sizes.at(Space::Heap);
            heap.before = heap.before.or(change.before);
            heap.after = change.after;
            heap.capacity = change.capacity.or(heap.capacity);
        }
    }

    fn begin(&mut self, id: Option<u64>, style: Style, kind: Kind, line: u64) {
        self.cycle.clear(Class::Cycle, kind);
        self.cycle.id = id;
        self.cycle.line = line;
        self.style = style;
    }

    fn end(&mut self, end_ns: Option<u64>, sink: &mut dyn Sink) {
        self.cycle.duration_ns = match (self.cycle.start_ns, end_ns) {
            (Some(start_ns), Some(end_ns)) => end_ns.checked_sub(start_ns),
            _ => None,
        };
        self.style = Style::Idle;
        sink.event(&self.cycle);
    }
}

/// The tail of a line that ends a cycle; nothing but the text of one that starts it.
fn tail_if(tail: Tail<'_>, is_end: bool) -> Tail<'_> {
    if is_end {
        return tail;
    }
    Tail {
        change: None,
        duration_ns: None,
        ..tail
    }
}
