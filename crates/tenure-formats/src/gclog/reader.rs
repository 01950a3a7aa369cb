//! Pushes a log through: splits, unwraps, detects, parses, accounts.

use tenure_model::timeline::{LineClass, Lines, Remark, Runtime, Sink};

use super::detect::{Detection, Guess};
use super::parser::{Line, LogParser};
use super::splitter::{RawLine, Splitter};
use super::wrappers::Wrapper;

/// Bytes of lines kept until it is certain what wrote them; older ones count as unclassified.
const UNDECIDED_MAX: usize = 1 << 20;

/// Reads one log. See [the module](super).
///
/// ```
/// use tenure_formats::gclog::Reader;
/// use tenure_model::timeline::Event;
///
/// let mut events: Vec<Event> = Vec::new();
/// let mut reader = Reader::new();
/// reader.feed(b"nothing of interest\n", &mut events);
/// let outcome = reader.finish(&mut events);
/// assert_eq!(outcome.runtime, None);
/// assert_eq!(outcome.lines.unclassified, 1);
/// ```
#[derive(Default)]
pub struct Reader {
    splitter: Splitter,
    state: State,
}

/// What was read, when all was read.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The runtime that wrote the log; `None` if it looks like no log.
    pub runtime: Option<Runtime>,
    /// What it looks like most, certain or not.
    pub guess: Option<Guess>,
    /// The account of its lines.
    pub lines: Lines,
}

#[derive(Default)]
struct State {
    wrapper: Wrapper,
    wrapper_told: bool,
    detection: Detection,
    undecided: Undecided,
    parser: Option<Box<dyn LogParser + Send>>,
    lines: Lines,
    number: u64,
}

/// The lines before it is certain what wrote them, end to end.
#[derive(Default)]
struct Undecided {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    first_number: u64,
}

impl Reader {
    /// A reader at the beginning of a log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a piece of the log, of any size; events go to `sink`.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        let state = &mut self.state;
        self.splitter
            .feed(bytes, &mut |line| state.line(line, sink));
    }

    /// The account of the lines so far; lines wait here until it is certain what wrote them.
    pub fn lines(&self) -> &Lines {
        &self.state.lines
    }

    /// The runtime that wrote the log, once that is certain.
    pub fn runtime(&self) -> Option<Runtime> {
        self.state.parser.as_ref().map(|parser| parser.runtime())
    }

    /// The log has ended.
    pub fn finish(mut self, sink: &mut dyn Sink) -> Outcome {
        let state = &mut self.state;
        self.splitter.finish(&mut |line| state.line(line, sink));
        if state.parser.is_none() {
            state.decide(sink);
        }
        if let Some(parser) = &mut state.parser {
            parser.finish(sink);
        }
        Outcome {
            runtime: state.parser.as_ref().map(|parser| parser.runtime()),
            guess: state.detection.guess(),
            lines: std::mem::take(&mut state.lines),
        }
    }
}

impl State {
    fn line(&mut self, raw: RawLine<'_>, sink: &mut dyn Sink) {
        self.number += 1;
        if raw.long {
            sink.remark(self.number, Remark::LongLine);
        }
        let bytes = self.wrapper.unwrap(raw.bytes);
        if let Some(parser) = &mut self.parser {
            let class = parse(parser.as_mut(), self.number, bytes, sink);
            self.lines.count(self.number, class, bytes);
            return;
        }
        self.detection.line(bytes);
        self.undecided.push(self.number, bytes);
        if self.wrapper.is_used() && !self.wrapper_told {
            self.wrapper_told = true;
            sink.remark(self.number, Remark::Wrapped);
        }
        if self.detection.guess().is_some_and(|guess| guess.certain) {
            self.decide(sink);
        }
        while self.undecided.bytes.len() > UNDECIDED_MAX {
            let lines = &mut self.lines;
            self.undecided.drop_half(&mut |number, bytes| {
                lines.count(number, LineClass::Unclassified, bytes);
            });
        }
    }

    /// Takes the best guess and gives its parser all lines that have waited.
    fn decide(&mut self, sink: &mut dyn Sink) {
        let mut parser = self.detection.parser();
        let undecided = std::mem::take(&mut self.undecided);
        undecided.each(undecided.ends.len(), &mut |number, bytes| {
            let class = match &mut parser {
                Some(parser) => parse(parser.as_mut(), number, bytes, sink),
                None if bytes.trim_ascii().is_empty() => LineClass::Blank,
                None => LineClass::Unclassified,
            };
            self.lines.count(number, class, bytes);
        });
        self.parser = parser;
    }
}

fn parse(
    parser: &mut (dyn LogParser + Send),
    number: u64,
    bytes: &[u8],
    sink: &mut dyn Sink,
) -> LineClass {
    if bytes.is_empty() {
        // Parsers see empty lines too: a table may end at one.
        parser.line(Line { number, bytes }, sink);
        return LineClass::Blank;
    }
    parser.line(Line { number, bytes }, sink)
}

impl Undecided {
    fn push(&mut self, number: u64, bytes: &[u8]) {
        if self.ends.is_empty() {
            self.first_number = number;
        }
        self.bytes.extend_from_slice(bytes);
        // An empty line costs something as well, so that their number is bounded too.
        self.bytes.push(b'\n');
        self.ends.push(self.bytes.len() - 1);
    }

    fn each(&self, count: usize, take: &mut dyn FnMut(u64, &[u8])) {
        let mut from = 0;
        for (index, end) in self.ends.iter().take(count).enumerate() {
            take(self.first_number + index as u64, &self.bytes[from..*end]);
            from = end + 1;
        }
    }

    /// Lets the older half of the lines go.
    fn drop_half(&mut self, take: &mut dyn FnMut(u64, &[u8])) {
        let count = self.ends.len().div_ceil(2);
        self.each(count, take);
        let cut = self
            .ends
            .get(count.saturating_sub(1))
            .map_or(0, |end| end + 1);
        self.bytes.drain(..cut);
        self.ends.drain(..count);
        for end in &mut self.ends {
            *end -= cut;
        }
        self.first_number += count as u64;
    }
}

#[cfg(test)]
mod tests;
