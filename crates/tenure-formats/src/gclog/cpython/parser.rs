//! The state between lines: the collection under way.

use tenure_model::timeline::{
    Class, Collector, Event, Fact, Kind, LineClass, Mark, Remark, Runtime, Sink,
};

use super::message::{Message, find};
use crate::gclog::parser::{Line, LogParser};

/// A parser at the beginning of a log.
pub(in crate::gclog) fn parser() -> Box<dyn LogParser + Send> {
    Box::new(Parser::default())
}

#[derive(Debug, Default)]
struct Parser {
    event: Event,
    under_way: bool,
    collector_told: bool,
}

impl LogParser for Parser {
    fn runtime(&self) -> Runtime {
        Runtime::CPython
    }

    fn line(&mut self, line: Line<'_>, sink: &mut dyn Sink) -> LineClass {
        let mut rest = line.bytes;
        let mut class = None;
        // Two messages share a line where the first was cut off.
        while let Some((at, message)) = find(rest) {
            if at > 0 && class.is_none() {
                sink.remark(line.number, Remark::TornLine);
            }
            let of_message = self.message(line.number, message, sink);
            if class != Some(LineClass::Event) {
                class = Some(of_message);
            }
            rest = &rest[at + 4..];
        }
        class.unwrap_or_else(|| class_of(line.bytes))
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if self.under_way {
            let number = self.event.line;
            self.give_up(sink);
            sink.remark(number, Remark::CutShort);
        }
    }
}

impl Parser {
    fn message(&mut self, number: u64, message: Message, sink: &mut dyn Sink) -> LineClass {
        match message {
            Message::Begin(generation) => {
                if self.under_way {
                    let unfinished = self.event.line;
                    self.give_up(sink);
                    sink.remark(unfinished, Remark::Unfinished);
                }
                if !self.collector_told {
                    self.collector_told = true;
                    sink.fact(Fact::Collector(Collector::CPython));
                }
                self.event.clear(Class::Pause, kind_of(generation));
                self.event.line = number;
                self.under_way = true;
                LineClass::Event
            }
            Message::Objects | Message::Object => LineClass::Detail,
            Message::Done { duration_ns, whole } => {
                if !self.under_way {
                    // The log begins within a collection: which one, it does not tell.
                    self.event.clear(Class::Pause, Kind::Other);
                    self.event.line = number;
                    self.event.marks.set(Mark::Torn);
                }
                self.under_way = false;
                self.event.duration_ns = duration_ns;
                if !whole {
                    self.event.marks.set(Mark::Torn);
                    sink.remark(number, Remark::Unfinished);
                }
                sink.event(&self.event);
                LineClass::Event
            }
        }
    }

    /// Hands on a collection whose end is missing.
    fn give_up(&mut self, sink: &mut dyn Sink) {
        self.under_way = false;
        self.event.marks.set(Mark::Torn);
        sink.event(&self.event);
    }
}

fn kind_of(generation: u64) -> Kind {
    match generation {
        0 => Kind::Generation0,
        1 => Kind::Generation1,
        2 => Kind::Generation2,
        _ => Kind::Other,
    }
}

fn class_of(line: &[u8]) -> LineClass {
    if line.trim_ascii().is_empty() {
        LineClass::Blank
    } else {
        LineClass::Unclassified
    }
}
