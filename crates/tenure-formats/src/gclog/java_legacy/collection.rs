//! The collection whose parts are being read: an event, and the brackets that are open in it.
//!
//! # Shape
//!
//! ```text
//! [GC (Allocation Failure) 1.2: [ParNew: 614K->68K(614K), 0.09 secs] 614K->68K(2063K), 0.1 secs]
//!  Outer                         Young                     ends Young           ends Outer
//! ```
//!
//! # Invariants
//!
//! L1. Idle: no brackets. Open: the lowest bracket is `Outer`. Closed: no brackets; the duration
//!     is known, and details may follow.
//! L2. There are at most 16 brackets; a text that opens more has the innermost forgotten.

use tenure_model::timeline::{Change, Class, Cpu, Event, Kind, Label, Mark, Sink, Space};

/// Brackets kept.
const DEPTH_MAX: usize = 16;

/// What a bracket is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The collection itself.
    Outer,
    /// A young collection within a remark.
    Nested,
    /// The young generation.
    Young,
    /// The old generation.
    Old,
    /// Class data.
    Metaspace,
    /// Any other part.
    Part,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Idle,
    Open,
    Closed,
}

/// The collection under way.
#[derive(Debug, Default)]
pub(super) struct Collection {
    event: Event,
    state: State,
    brackets: Vec<(Role, Label)>,
    /// True if the next collection of CMS whose kind is not told is a remark.
    expects_remark: bool,
}

impl Collection {
    /// Begins a collection; one that was under way is to be handed on before.
    pub(super) fn begin(&mut self, kind: Kind, line: u64, start_ns: Option<u64>) {
        self.event.clear(Class::Pause, kind);
        self.event.line = line;
        self.event.start_ns = start_ns;
        self.state = State::Open;
        self.brackets.clear();
        self.brackets.push((Role::Outer, Label::default()));
    }

    /// Begins a collection whose beginning is missing.
    pub(super) fn begin_torn(&mut self, kind: Kind, line: u64, start_ns: Option<u64>) {
        self.begin(kind, line, start_ns);
        self.event.marks.set(Mark::Torn);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    pub(super) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// The event, unless idle.
    pub(super) fn event_mut(&mut self) -> Option<&mut Event> {
        (self.state != State::Idle).then_some(&mut self.event)
    }

    /// True if a young collection that begins now is part of the one under way: a remark.
    pub(super) fn takes_nested(&self) -> bool {
        let is_remark = self.event.kind == Kind::Remark
            || self.event.cause == Label::from("CMS Final Remark") && self.is_fresh();
        self.is_open() && is_remark && self.brackets.len() == 1
    }

    /// True while nothing but a cause has been read.
    pub(super) fn is_fresh(&self) -> bool {
        self.is_open()
            && self.brackets.len() == 1
            && self.event.sizes == tenure_model::timeline::Sizes::default()
            && self.event.phases.is_empty()
    }

    /// The innermost bracket.
    pub(super) fn role(&self) -> Option<Role> {
        self.brackets.last().map(|(role, _)| *role)
    }

    /// Opens a bracket.
    pub(super) fn push(&mut self, role: Role, name: &[u8]) {
        if self.brackets.len() >= DEPTH_MAX {
            self.brackets.pop();
        }
        self.brackets.push((role, Label::new(name)));
        if role == Role::Nested {
            self.event.kind = Kind::Remark;
        }
        if role == Role::Old && self.event.kind == Kind::Young {
            // A young collection that went on to the old generation.
            self.event.kind = Kind::Full;
        }
    }

    /// Closes the innermost bracket. True if that was the collection.
    pub(super) fn close(&mut self, duration_ns: Option<u64>) -> bool {
        let Some((role, name)) = self.brackets.pop() else {
            return false;
        };
        if role == Role::Outer {
            self.event.duration_ns = duration_ns;
            self.state = State::Closed;
            return true;
        }
        let name = if role == Role::Nested {
            "young collection".into()
        } else {
            name
        };
        if let Some(duration_ns) = duration_ns.filter(|_| !name.is_empty()) {
            self.event.phase(name, duration_ns);
        }
        false
    }

    /// Sizes stand at this place.
    pub(super) fn change(&mut self, change: Change) {
        let space = match self.role() {
            Some(Role::Young) => Space::Young,
            Some(Role::Old) => Space::Old,
            Some(Role::Metaspace) => Space::Metaspace,
            Some(Role::Part) => return,
            Some(Role::Outer | Role::Nested) | None => Space::Heap,
        };
        if self.state != State::Idle {
            self.event.sizes.set(space, change);
        }
    }

    /// What is used and how much room there is: CMS tells it of initial mark and remark.
    pub(super) fn occupancy(&mut self, used: u64, capacity: u64) {
        let space = match self.role() {
            Some(Role::Outer) => Space::Heap,
            Some(Role::Old) => Space::Old,
            _ => return,
        };
        let change = self.event.sizes.at(space);
        change.after = Some(used);
        change.capacity = Some(capacity);
        if self.role() == Some(Role::Outer) && self.event.kind == Kind::Young {
            self.event.kind = if self.expects_remark {
                Kind::Remark
            } else {
                Kind::InitialMark
            };
        }
    }

    /// `(…)` stands at this place.
    pub(super) fn remark_in_brackets(&mut self, text: &[u8]) {
        let event = &mut self.event;
        match text {
            b"young" => {}
            b"mixed" | b"partial" => event.kind = Kind::Mixed,
            b"initial-mark" => event.kind = Kind::YoungConcurrentStart,
            b"to-space exhausted" | b"to-space overflow" => {
                event.marks.set(Mark::EvacuationFailure);
            }
            b"promotion failed" => event.marks.set(Mark::PromotionFailed),
            b"concurrent mode failure" => event.marks.set(Mark::ConcurrentModeFailure),
            b"concurrent mode interrupted" => event.marks.set(Mark::ConcurrentModeInterrupted),
            _ if self.brackets.len() == 1 && event.cause.is_empty() => {
                event.cause = Label::new(text);
                if text == b"System.gc()" || text == b"System" {
                    event.marks.set(Mark::Explicit);
                }
                if text == b"CMS Initial Mark" {
                    event.kind = Kind::InitialMark;
                }
            }
            _ => {}
        }
    }

    /// Processor time, behind the collection.
    pub(super) fn cpu(&mut self, cpu: Cpu) {
        self.event.cpu = Some(cpu);
    }

    /// Hands on the collection, if there is one; true if its end was missing.
    pub(super) fn flush(&mut self, sink: &mut dyn Sink) -> bool {
        let state = std::mem::take(&mut self.state);
        self.brackets.clear();
        if state == State::Idle {
            return false;
        }
        match self.event.kind {
            Kind::InitialMark => self.expects_remark = true,
            Kind::Remark | Kind::Full => self.expects_remark = false,
            _ => {}
        }
        let is_torn = state == State::Open;
        if is_torn {
            self.event.marks.set(Mark::Torn);
        }
        sink.event(&self.event);
        is_torn
    }
}
