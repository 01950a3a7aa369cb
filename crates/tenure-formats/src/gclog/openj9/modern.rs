//! XML since J9 2.6 (Java 6 of 2011) and of every OpenJ9: one stanza for each step.
//!
//! # Shape
//!
//! ```text
//! <exclusive-start timestamp=…>          a stop begins
//!   <response-info timems=… />           time to reach it
//! <af-start …/> or <sys-start …/>        why
//! <cycle-start id=13 type="scavenge"/>
//! <gc-start type="scavenge" contextid=13>  a pause begins
//!   <mem-info free=… total=…><mem type="nursery" …/>…
//! <gc-op type="scavenge" timems=…>
//! <gc-end type="scavenge" durationms=…>  and ends
//!   <mem-info …>
//! <cycle-end contextid=13/>
//! <exclusive-end durationms=…/>          the stop ends
//! ```
//!
//! A cycle that lasts over more than one stop is concurrent or incremental, and is told as such.

use tenure_model::timeline::{
    Class, Collector, Cpu, Event, Fact, Kind, Label, Mark, Remark, Sink, Space,
};

use super::clock::Clock;
use super::cycles::Cycles;
use super::metronome::Metronome;
use super::tag::Tag;

/// The state between tags.
#[derive(Debug, Default)]
pub(super) struct Modern {
    pause: Event,
    pause_open: bool,
    at_end: bool,
    stop: Event,
    stop_open: bool,
    stops: u64,
    cause: Label,
    marks: Option<Mark>,
    cycles: Cycles,
    metronome: Metronome,
    concurrent: Option<(Label, Option<u64>, u64)>,
    other: Event,
    collector: Collector,
}

impl Modern {
    /// Takes a tag of this generation.
    pub(super) fn tag(
        &mut self,
        number: u64,
        tag: &Tag<'_>,
        clock: &mut Clock,
        sink: &mut dyn Sink,
    ) {
        if tag.closes {
            match tag.name {
                b"gc-end" => self.end_pause(sink),
                b"gc-op" => self.metronome.end(sink),
                _ => {}
            }
            return;
        }
        let now_ns = match tag.attribute(b"timestamp") {
            Some(text) => clock.tick(text, sink),
            None => clock.now_ns,
        };
        match tag.name {
            b"exclusive-start" => self.begin_stop(number, now_ns),
            b"response-info" => self.stop.reach_ns = tag.time_ns(b"timems"),
            b"exclusive-end" => self.end_stop(number, tag, now_ns, sink),
            b"cycle-start" => self
                .cycles
                .begin(number, tag, now_ns, (self.stops, self.cause)),
            b"cycle-end" => {
                let heap = self.pause.sizes.get(Space::Heap);
                self.cycles.end(tag, now_ns, (self.stops, heap), sink);
            }
            b"gc-start" => self.begin_pause(number, tag, now_ns, sink),
            b"gc-end" => self.gc_end(number, tag, now_ns, sink),
            b"gc-op" if self.pause_open => {
                let name = tag.attribute(b"type").unwrap_or_default();
                if let Some(time_ns) = tag.time_ns(b"timems") {
                    self.pause.phase(Label::new(name), time_ns);
                }
            }
            b"gc-op" => {
                if self
                    .metronome
                    .operation(number, tag, now_ns, self.cause, sink)
                {
                    self.infer(Collector::Metronome, sink);
                }
            }
            b"quanta" => self.metronome.quanta(tag),
            b"concurrent-start" => {
                let kind = Label::new(tag.attribute(b"type").unwrap_or_default());
                self.concurrent = Some((kind, now_ns, number));
            }
            b"concurrent-end" => self.end_concurrent(now_ns, sink),
            _ => self.detail(tag),
        }
    }

    /// The log has ended.
    pub(super) fn finish(&mut self, sink: &mut dyn Sink) {
        let number = self.pause.line;
        if self.give_up(sink) {
            sink.remark(number, Remark::CutShort);
        }
    }

    /// Tells the collector by what only it does, where no header did.
    pub(super) fn infer(&mut self, collector: Collector, sink: &mut dyn Sink) {
        if self.collector == Collector::Unknown {
            self.collector = collector;
            sink.fact(Fact::Collector(collector));
        }
    }

    fn begin_stop(&mut self, number: u64, now_ns: Option<u64>) {
        self.stops += 1;
        self.stop.clear(Class::Stop, Kind::Exclusive);
        self.stop.line = number;
        self.stop.start_ns = now_ns;
        self.stop_open = true;
        self.cause = Label::default();
        self.marks = None;
    }

    fn end_stop(&mut self, number: u64, tag: &Tag<'_>, now_ns: Option<u64>, sink: &mut dyn Sink) {
        if self.pause_open {
            let line = self.pause.line;
            self.give_up(sink);
            sink.remark(line, Remark::Unfinished);
        }
        let duration_ns = tag.time_ns(b"durationms");
        if !self.stop_open {
            // The log begins within a stop.
            self.begin_stop(number, None);
            self.stop.start_ns = now_ns.map(|end| end.saturating_sub(duration_ns.unwrap_or(0)));
        }
        self.stop_open = false;
        self.stop.duration_ns = duration_ns;
        self.stop.cause = self.cause;
        if duration_ns.is_none() {
            self.stop.marks.set(Mark::Torn);
        }
        sink.event(&self.stop);
        self.cause = Label::default();
        self.marks = None;
    }

    fn begin_pause(
        &mut self,
        number: u64,
        tag: &Tag<'_>,
        now_ns: Option<u64>,
        sink: &mut dyn Sink,
    ) {
        if self.pause_open {
            let line = self.pause.line;
            self.give_up(sink);
            sink.remark(line, Remark::Unfinished);
        }
        let name = tag.attribute(b"type").unwrap_or_default();
        if name == b"scavenge" {
            self.infer(Collector::GenCon, sink);
        } else if name == b"partial gc" {
            self.infer(Collector::Balanced, sink);
        }
        self.pause.clear(Class::Pause, kind_of(name));
        self.pause.line = number;
        self.pause.id = tag.integer(b"id");
        self.pause.start_ns = now_ns;
        self.pause.cause = self.cause;
        if let Some(mark) = self.marks {
            self.pause.marks.set(mark);
        }
        if self.pause.kind == Kind::Other {
            self.pause.cause = Label::new(name);
        }
        self.pause_open = true;
        self.at_end = false;
    }

    fn gc_end(&mut self, number: u64, tag: &Tag<'_>, now_ns: Option<u64>, sink: &mut dyn Sink) {
        let duration_ns = tag.time_ns(b"durationms");
        if !self.pause_open {
            // The log begins within a pause.
            self.begin_pause(number, tag, now_ns, sink);
            let start = now_ns.map(|end| end.saturating_sub(duration_ns.unwrap_or(0)));
            self.pause.start_ns = start;
        }
        self.at_end = true;
        let pause = &mut self.pause;
        pause.duration_ns = duration_ns;
        let user_ns = tag.time_ns(b"usertimems");
        pause.cpu = user_ns.map(|user_ns| Cpu {
            user_ns,
            system_ns: tag.time_ns(b"systemtimems").unwrap_or(0),
            real_ns: duration_ns.unwrap_or(0),
        });
        let active = tag
            .integer(b"activeThreads")
            .and_then(|count| u32::try_from(count).ok());
        pause.workers = active.map(|count| (count, count));
        if !tag.is_whole || duration_ns.is_none() {
            pause.marks.set(Mark::Torn);
        }
        if tag.is_empty {
            self.end_pause(sink);
        }
    }

    fn end_pause(&mut self, sink: &mut dyn Sink) {
        if !self.pause_open {
            return;
        }
        self.pause_open = false;
        self.cycles.saw(self.pause.sizes.get(Space::Heap).before);
        sink.event(&self.pause);
    }

    /// Hands on a pause whose end is missing; false if there is none.
    fn give_up(&mut self, sink: &mut dyn Sink) -> bool {
        if self.pause_open {
            self.pause.marks.set(Mark::Torn);
            self.end_pause(sink);
            return true;
        }
        false
    }

    fn end_concurrent(&mut self, now_ns: Option<u64>, sink: &mut dyn Sink) {
        let Some((name, start_ns, line)) = self.concurrent.take() else {
            return;
        };
        let is_mark = name.as_str().contains("mark") || name.as_str().contains("GMP");
        let kind = if is_mark {
            Kind::ConcurrentMark
        } else {
            Kind::ConcurrentOther
        };
        let event = &mut self.other;
        event.clear(Class::Concurrent, kind);
        event.line = line;
        event.cause = name;
        event.start_ns = start_ns;
        event.duration_ns = now_ns
            .zip(start_ns)
            .map(|(end, start)| end.saturating_sub(start));
        sink.event(event);
    }

    fn detail(&mut self, tag: &Tag<'_>) {
        match tag.name {
            b"mem-info" => self.space(Space::Heap, tag),
            b"mem" => {
                let space = match tag.attribute(b"type") {
                    Some(b"nursery") => Space::Young,
                    Some(b"allocate" | b"eden") => Space::Eden,
                    Some(b"survivor") => Space::Survivor,
                    Some(b"tenure") => Space::Old,
                    Some(b"loa") => Space::Humongous,
                    _ => return,
                };
                self.space(space, tag);
            }
            b"allocation-stats" if self.pause_open => {
                self.pause.allocated = tag.integer(b"totalBytes");
            }
            b"memory-copied" if self.pause_open && tag.attribute(b"type") == Some(b"tenure") => {
                self.pause.promoted = tag.integer(b"bytes");
            }
            b"percolate-collect" => {
                self.cause = Label::new(tag.attribute(b"reason").unwrap_or(b"percolate"));
            }
            b"concurrent-aborted" => self.marks = Some(Mark::Aborted),
            b"af-start" => self.cause = Label::from("allocation failure"),
            b"concurrent-collection-start" | b"concurrent-global-final" => {
                self.cause = Label::from("end of concurrent marking");
            }
            b"allocation-taxation" | b"taxation-entry" => {
                self.cause = Label::from("allocation taxation");
            }
            b"sys-start" => {
                let reason = tag.attribute(b"reason").unwrap_or(b"explicit");
                self.cause = Label::new(reason);
                if reason.starts_with(b"explicit") {
                    self.marks = Some(Mark::Explicit);
                }
            }
            _ => {}
        }
    }

    /// `free=… total=…`
    fn space(&mut self, space: Space, tag: &Tag<'_>) {
        let (Some(free), Some(total)) = (tag.integer(b"free"), tag.integer(b"total")) else {
            return;
        };
        if !self.pause_open {
            return;
        }
        let used = total.saturating_sub(free);
        let change = self.pause.sizes.at(space);
        if self.at_end {
            change.after = Some(used);
            change.capacity = Some(total);
        } else {
            change.before = Some(used);
        }
    }
}

fn kind_of(name: &[u8]) -> Kind {
    match name {
        b"scavenge" => Kind::Young,
        b"global" | b"global garbage collect" => Kind::Full,
        b"partial gc" => Kind::Mixed,
        b"global mark phase" => Kind::Increment,
        _ => Kind::Other,
    }
}
