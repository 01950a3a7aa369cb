//! The stop-the-world collection whose lines are being read.

use tenure_model::timeline::{Class, Event, Kind, Mark};

/// The event under way: its details come before the line that ends it.
#[derive(Debug, Default)]
pub(super) struct Collecting {
    /// Boxed, as it is exchanged with the event held back: an event is large.
    event: Box<Event>,
    /// Number of the collection that the event is of; `None` if there is no event.
    id: Option<u64>,
    /// True from the line that says a pause has started.
    is_open: bool,
    /// Bytes of a region of G1, once the log has told.
    pub(super) region_bytes: Option<u64>,
}

impl Collecting {
    /// The event of the collection `id`, made if there is none; `None` while a pause of another
    /// number is under way.
    pub(super) fn of(&mut self, id: u64) -> Option<&mut Event> {
        if self.id != Some(id) {
            if self.is_open {
                return None;
            }
            self.begin(Some(id));
        }
        Some(&mut self.event)
    }

    /// Adds a mark to the event of the collection `id`.
    pub(super) fn mark(&mut self, id: u64, mark: Mark) {
        if let Some(event) = self.of(id) {
            event.marks.set(mark);
        }
    }

    /// A pause starts: details of other collections are left out until it ends.
    pub(super) fn start(&mut self, id: u64) -> &mut Event {
        if self.id != Some(id) || self.is_open {
            self.begin(Some(id));
        }
        self.is_open = true;
        &mut self.event
    }

    /// A pause ends: the event with its details, to be completed and taken.
    pub(super) fn end(&mut self, id: Option<u64>) -> &mut Event {
        if self.id != id || id.is_none() {
            self.begin(id);
        }
        self.is_open = false;
        &mut self.event
    }

    /// Takes the event, leaving `spare` to be reused.
    pub(super) fn take(&mut self, spare: &mut Box<Event>) {
        std::mem::swap(&mut self.event, spare);
        self.id = None;
        self.is_open = false;
    }

    /// The pause that has started and not ended.
    pub(super) fn unfinished(&mut self) -> Option<&mut Event> {
        let is_open = std::mem::take(&mut self.is_open);
        is_open.then_some(&mut *self.event)
    }

    fn begin(&mut self, id: Option<u64>) {
        self.event.clear(Class::Pause, Kind::Other);
        self.event.id = id;
        self.id = id;
    }
}
