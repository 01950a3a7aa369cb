//! [`Cycle`]: what one pause of the collector did.

/// What a pause collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The young generation.
    Minor,
    /// The whole heap, in one pause.
    Full,
    /// The whole heap, and what lies in sparse regions moves together.
    Compact,
    /// The young generation, and roots of an incremental mark, which begins.
    MarkStart,
    /// A step of an incremental mark, or of the sweep behind it.
    Step,
    /// The young generation, and the rest of an incremental mark, which ends.
    MarkEnd,
}

impl Kind {
    /// All kinds, in the order of their declaration.
    pub const ALL: [Self; 6] = [
        Self::Minor,
        Self::Full,
        Self::Compact,
        Self::MarkStart,
        Self::Step,
        Self::MarkEnd,
    ];

    /// The name in tables: `minor`, `full`, `compact`, `mark start`, `step`, `mark end`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Full => "full",
            Self::Compact => "compact",
            Self::MarkStart => "mark start",
            Self::Step => "step",
            Self::MarkEnd => "mark end",
        }
    }
}

/// Why a pause was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Eden is full.
    Eden,
    /// The old generation has reached its goal.
    Goal,
    /// The program asked.
    Asked,
    /// [`crate::Options::stress`].
    Stress,
}

/// Nanoseconds that the phases of a pause took, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhasesNs {
    /// Young objects that roots lead to are moved, and what was remembered is looked through.
    pub roots: u64,
    /// What these lead to is moved.
    pub evacuate: u64,
    /// Old objects are marked.
    pub mark: u64,
    /// References, finalisers and cleaners.
    pub references: u64,
    /// What is dead is dropped.
    pub drops: u64,
    /// Regions are swept, objects moved together, memory given back.
    pub sweep: u64,
}

/// References that a pause has cleared, and what that led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// [`crate::Soft`] pointers that gave their objects up.
    pub soft: usize,
    /// [`crate::Weak`] and [`crate::LongWeak`] pointers whose objects are dead.
    pub weak: usize,
    /// Entries of [`crate::WeakMap`] whose keys are dead.
    pub entries: usize,
    /// Finalisers that ran after the pause, or are to run after the next if one has panicked.
    pub finalizers: usize,
    /// [`crate::Phantom`] references and [`crate::Cleaner`]s whose objects are gone.
    pub phantoms: usize,
}

/// What one pause did. Bytes are those of objects with their words.
#[derive(Clone, Debug)]
pub struct Cycle {
    /// Counts pauses of one heap, from 1.
    pub number: u64,
    /// What was collected.
    pub kind: Kind,
    /// Why.
    pub cause: Cause,
    /// When it began, by the monotonic clock of the system.
    pub start_ns: u64,
    /// How long it took.
    pub pause_ns: u64,
    /// Of that, each phase.
    pub phases: PhasesNs,
    /// Bytes in Eden and among the survivors before and after.
    pub young_bytes: (usize, usize),
    /// Bytes in the old generation before and after.
    pub old_bytes: (usize, usize),
    /// Bytes of large objects before and after.
    pub large_bytes: (usize, usize),
    /// Bytes held of the system for old and large objects, after.
    pub held_bytes: usize,
    /// Bytes of old and large objects at which the whole heap is collected next.
    pub goal_bytes: usize,
    /// Bytes allocated in Eden since the last pause that emptied it.
    pub allocated_bytes: usize,
    /// Bytes that went to the old generation.
    pub promoted_bytes: usize,
    /// Bytes that survived and stayed young, by the collections survived, this one included.
    pub survived_bytes_by_age: [usize; 16],
    /// Old objects that were looked through since they may point to young ones.
    pub remembered: usize,
    /// Cards that were dirty.
    pub cards: usize,
    /// Times that the barrier took its slow path since the last pause.
    pub barrier_slow: u64,
    /// Bytes that marking went over.
    pub marked_bytes: usize,
    /// References that do not keep their objects.
    pub cleared: Cleared,
    /// Values dropped.
    pub dropped: usize,
    /// Bytes of free regions given back to the kernel.
    pub given_back_bytes: usize,
}

impl Cycle {
    /// A pause that begins now.
    pub(crate) fn begin(number: u64, kind: Kind, cause: Cause) -> Self {
        Self {
            number,
            kind,
            cause,
            start_ns: tenure_os::clock::monotonic_ns(),
            pause_ns: 0,
            phases: PhasesNs::default(),
            young_bytes: (0, 0),
            old_bytes: (0, 0),
            large_bytes: (0, 0),
            held_bytes: 0,
            goal_bytes: 0,
            allocated_bytes: 0,
            promoted_bytes: 0,
            survived_bytes_by_age: [0; 16],
            remembered: 0,
            cards: 0,
            barrier_slow: 0,
            marked_bytes: 0,
            cleared: Cleared::default(),
            dropped: 0,
            given_back_bytes: 0,
        }
    }
}

/// Measures phases one after the other.
pub(crate) struct Stopwatch(u64);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(tenure_os::clock::monotonic_ns())
    }

    /// Nanoseconds since the last lap.
    pub(crate) fn lap(&mut self) -> u64 {
        let now = tenure_os::clock::monotonic_ns();
        let lap = now - self.0;
        self.0 = now;
        lap
    }
}
