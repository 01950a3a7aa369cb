//! XML of J9 before 2.6 (Java 5 and the first Java 6): all of a stop within one element.
//!
//! # Shape
//!
//! ```text
//! <af type="tenured" id="1" timestamp="Mar 25 22:40:24 2010" intervalms="0.000">
//!   <time exclusiveaccessms="0.011" />
//!   <tenured freebytes=… totalbytes=… >           sizes before
//!   <gc type="global" id="1" totalid="1" …>
//!     <timesms mark=… sweep=… compact=… total=… />  the pause; of a scavenger, <time totalms=…/>
//!     <tenured freebytes=… totalbytes=… >         sizes after
//!   </gc>
//!   <tenured freebytes=… totalbytes=… >           after the allocation: left out
//!   <time totalms="35.912" />                     the stop
//! </af>
//! ```

use tenure_model::timeline::{Change, Class, Event, Kind, Label, Mark, Remark, Sink, Space};

use super::clock::Clock;
use super::tag::Tag;

/// The state between tags.
#[derive(Debug, Default)]
pub(super) struct Classic {
    stop: Event,
    pause: Event,
    place: Place,
    note_open: bool,
    before: Sizes,
    after: Sizes,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Outside,
    BeforeCollection,
    InCollection,
    AfterCollection,
}

/// Used and total bytes of each space.
#[derive(Clone, Copy, Debug, Default)]
struct Sizes {
    nursery: Option<(u64, u64)>,
    tenured: Option<(u64, u64)>,
    large: Option<(u64, u64)>,
}

impl Classic {
    /// True while an element of this generation is open.
    pub(super) fn is_open(&self) -> bool {
        self.place != Place::Outside
    }

    /// Takes a tag of this generation.
    pub(super) fn tag(
        &mut self,
        number: u64,
        tag: &Tag<'_>,
        clock: &mut Clock,
        sink: &mut dyn Sink,
    ) {
        match (tag.name, tag.closes) {
            (b"af" | b"sys" | b"con", false) => self.begin_stop(number, tag, clock, sink),
            (b"con", true) if self.note_open => self.note_open = false,
            (b"af" | b"sys" | b"con", true) => self.end_stop(sink),
            (b"gc", false) => self.begin_pause(number, tag),
            (b"gc", true) => self.end_pause(sink),
            (_, false) => self.detail(tag),
            _ => {}
        }
    }

    /// The log has ended.
    pub(super) fn finish(&mut self, sink: &mut dyn Sink) {
        if self.is_open() {
            let number = self.stop.line;
            self.give_up(sink);
            sink.remark(number, Remark::CutShort);
        }
    }

    fn begin_stop(&mut self, number: u64, tag: &Tag<'_>, clock: &mut Clock, sink: &mut dyn Sink) {
        let now_ns = match tag.attribute(b"timestamp") {
            Some(text) => clock.tick(text, sink),
            None => clock.now_ns,
        };
        // A note of the concurrent marking may stand within a stop, and begins none.
        let is_note = tag.name == b"con" && tag.attribute(b"event") != Some(b"collection");
        if is_note || tag.is_empty {
            self.note_open = is_note && !tag.is_empty;
            return;
        }
        self.note_open = false;
        if self.is_open() {
            let line = self.stop.line;
            self.give_up(sink);
            sink.remark(line, Remark::Unfinished);
        }
        self.place = Place::BeforeCollection;
        self.before = Sizes::default();
        self.after = Sizes::default();
        self.stop.clear(Class::Stop, Kind::Exclusive);
        self.stop.line = number;
        self.stop.start_ns = now_ns;
        self.stop.id = tag.integer(b"id");
        self.stop.cause = match tag.name {
            b"af" => Label::from("allocation failure"),
            b"sys" => Label::from("explicit"),
            _ => Label::from("end of concurrent marking"),
        };
        if tag.name == b"sys" {
            self.stop.marks.set(Mark::Explicit);
        }
    }

    fn end_stop(&mut self, sink: &mut dyn Sink) {
        if !self.is_open() {
            return;
        }
        if self.place == Place::InCollection {
            self.end_pause(sink);
        }
        self.place = Place::Outside;
        if self.stop.duration_ns.is_none() {
            self.stop.marks.set(Mark::Torn);
        }
        sink.event(&self.stop);
    }

    fn begin_pause(&mut self, number: u64, tag: &Tag<'_>) {
        let kind = match tag.attribute(b"type") {
            Some(b"scavenger") => Kind::Young,
            Some(b"global") => Kind::Full,
            _ => Kind::Other,
        };
        self.place = Place::InCollection;
        let (cause, marks, start_ns) = (self.stop.cause, self.stop.marks, self.stop.start_ns);
        self.pause.clear(Class::Pause, kind);
        self.pause.line = number;
        self.pause.id = tag.integer(b"totalid");
        self.pause.cause = cause;
        self.pause.marks = marks;
        self.pause.start_ns = start_ns.map(|start| {
            // The pause begins when exclusive access is had.
            start.saturating_add(self.stop.reach_ns.unwrap_or(0))
        });
    }

    fn end_pause(&mut self, sink: &mut dyn Sink) {
        if self.place != Place::InCollection {
            return;
        }
        self.place = Place::AfterCollection;
        if self.pause.duration_ns.is_none() {
            self.pause.marks.set(Mark::Torn);
        }
        let (before, after) = (self.before, self.after);
        let spaces = [
            (Space::Heap, before.heap(), after.heap()),
            (Space::Young, before.nursery, after.nursery),
            (Space::Old, before.tenured, after.tenured),
            (Space::Humongous, before.large, after.large),
        ];
        for (space, before, after) in spaces {
            let change = Change {
                before: before.map(|(used, _)| used),
                after: after.map(|(used, _)| used),
                capacity: after.map(|(_, total)| total),
            };
            self.pause.sizes.set(space, change);
        }
        sink.event(&self.pause);
    }

    fn give_up(&mut self, sink: &mut dyn Sink) {
        if self.place == Place::InCollection {
            self.pause.marks.set(Mark::Torn);
        }
        self.stop.marks.set(Mark::Torn);
        self.end_stop(sink);
    }

    fn detail(&mut self, tag: &Tag<'_>) {
        match tag.name {
            b"time" => {
                let total_ns = tag.time_ns(b"totalms");
                match self.place {
                    Place::InCollection => self.pause.duration_ns = total_ns,
                    Place::Outside => {}
                    _ => {
                        let reach_ns = tag.time_ns(b"exclusiveaccessms");
                        self.stop.reach_ns = reach_ns.or(self.stop.reach_ns);
                        self.stop.duration_ns = total_ns.or(self.stop.duration_ns);
                    }
                }
            }
            b"timesms" if self.place == Place::InCollection => {
                self.pause.duration_ns = tag.time_ns(b"total");
                for name in [&b"mark"[..], b"sweep", b"compact"] {
                    if let Some(time_ns) = tag.time_ns(name).filter(|time_ns| *time_ns > 0) {
                        self.pause.phase(Label::new(name), time_ns);
                    }
                }
            }
            // `<tenured bytes=…>` of a scavenger: what was promoted.
            b"tenured" if tag.attribute(b"freebytes").is_none() => {
                let promoted = tag.integer(b"bytes");
                let is_inside = self.place == Place::InCollection;
                self.pause.promoted = promoted.filter(|_| is_inside).or(self.pause.promoted);
            }
            b"nursery" | b"tenured" | b"loa" => self.size(tag),
            _ => {}
        }
    }

    fn size(&mut self, tag: &Tag<'_>) {
        let (Some(free), Some(total)) = (tag.integer(b"freebytes"), tag.integer(b"totalbytes"))
        else {
            return;
        };
        let sizes = match self.place {
            Place::BeforeCollection => &mut self.before,
            Place::InCollection => &mut self.after,
            _ => return,
        };
        let size = Some((total.saturating_sub(free), total));
        match tag.name {
            b"nursery" => sizes.nursery = size,
            b"tenured" => sizes.tenured = size,
            _ => sizes.large = size,
        }
    }
}

impl Sizes {
    fn heap(self) -> Option<(u64, u64)> {
        let tenured = self.tenured?;
        let nursery = self.nursery.unwrap_or((0, 0));
        Some((
            tenured.0.saturating_add(nursery.0),
            tenured.1.saturating_add(nursery.1),
        ))
    }
}
