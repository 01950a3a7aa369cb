//! The account of a log's lines: each is classified, and those that are not are shown.

/// What a line was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineClass {
    /// Began or ended an event.
    Event,
    /// Belongs to an event, or to a table of the collector.
    Detail,
    /// Says something of the run: version, flags, sizes of the machine.
    Header,
    /// Recognised as a line of the runtime that is not about collection, or that it writes for its
    /// developers.
    Other,
    /// Empty.
    Blank,
    /// Not recognised.
    Unclassified,
}

/// Line numbers kept of lines that were not recognised.
const SHOWN_MAX: usize = 20;
/// Bytes kept of each such line.
const TEXT_MAX: usize = 160;

/// How many lines a log has, and how many of them were recognised.
///
/// Invariant: `total = events + details + headers + others + blank + unclassified`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// All lines.
    pub total: u64,
    /// Lines that began or ended an event.
    pub events: u64,
    /// Lines that belong to an event or a table.
    pub details: u64,
    /// Lines about the run.
    pub headers: u64,
    /// Lines of the runtime that are not about collection.
    pub others: u64,
    /// Empty lines.
    pub blank: u64,
    /// Lines that were not recognised.
    pub unclassified: u64,
    /// Number and beginning of the first 20 lines that were not recognised.
    pub shown: Vec<(u64, String)>,
}

impl Lines {
    /// Counts the line `number` as a `class`; `text` is kept when it was not recognised.
    pub fn count(&mut self, number: u64, class: LineClass, text: &[u8]) {
        self.total += 1;
        match class {
            LineClass::Event => self.events += 1,
            LineClass::Detail => self.details += 1,
            LineClass::Header => self.headers += 1,
            LineClass::Other => self.others += 1,
            LineClass::Blank => self.blank += 1,
            LineClass::Unclassified => {
                self.unclassified += 1;
                if self.shown.len() < SHOWN_MAX {
                    let head = text.get(..TEXT_MAX).unwrap_or(text);
                    self.shown
                        .push((number, String::from_utf8_lossy(head).into_owned()));
                }
            }
        }
    }

    /// Adds the account of the part of the log that follows; its line numbers go on from here.
    pub fn append(&mut self, part: Self) {
        let before = self.total;
        self.total += part.total;
        self.events += part.events;
        self.details += part.details;
        self.headers += part.headers;
        self.others += part.others;
        self.blank += part.blank;
        self.unclassified += part.unclassified;
        let room = SHOWN_MAX.saturating_sub(self.shown.len());
        let moved = part
            .shown
            .into_iter()
            .map(|(number, text)| (number + before, text));
        self.shown.extend(moved.take(room));
    }

    /// Lines that were recognised.
    pub fn classified(&self) -> u64 {
        self.total - self.unclassified
    }
}
