//! What a collector did in one event.

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What was done, in words common to all runtimes.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $($(#[$doc])* $variant,)*
        }

        impl Kind {
            /// Each kind, in the order of reports.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),*];

            /// The name in reports and JSON.
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$variant => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// A young collection: Serial, Parallel, ParNew, G1, a scavenge, a minor collection.
    Young = "young",
    /// G1: a young collection that also marks the roots for a concurrent cycle.
    YoungConcurrentStart = "young (concurrent start)",
    /// G1: the last young collection before the mixed ones.
    YoungPrepareMixed = "young (prepare mixed)",
    /// G1, OpenJ9 balanced: young and some old regions.
    Mixed = "mixed",
    /// The whole heap while the program stands.
    Full = "full",
    /// CMS, OpenJ9: the roots for a concurrent marking.
    InitialMark = "initial mark",
    /// CMS, G1: what changed during the concurrent marking.
    Remark = "remark",
    /// G1: counting live bytes after the marking.
    Cleanup = "cleanup",
    /// ZGC: start of marking.
    MarkStart = "mark start",
    /// ZGC: end of marking.
    MarkEnd = "mark end",
    /// ZGC: start of relocation.
    RelocateStart = "relocate start",
    /// Generational ZGC, young generation: start of marking.
    YoungMarkStart = "young mark start",
    /// Generational ZGC: start of marking of both generations, in a major collection.
    YoungOldMarkStart = "young and old mark start",
    /// Generational ZGC, young generation: end of marking.
    YoungMarkEnd = "young mark end",
    /// Generational ZGC, young generation: start of relocation.
    YoungRelocateStart = "young relocate start",
    /// Generational ZGC, old generation: end of marking.
    OldMarkEnd = "old mark end",
    /// Generational ZGC, old generation: start of relocation.
    OldRelocateStart = "old relocate start",
    /// Shenandoah: start of marking.
    InitMark = "init mark",
    /// Shenandoah: end of marking.
    FinalMark = "final mark",
    /// Shenandoah: end of a cycle that evacuates nothing.
    FinalRoots = "final roots",
    /// Shenandoah: start of updating references.
    InitUpdateRefs = "init update refs",
    /// Shenandoah: end of updating references.
    FinalUpdateRefs = "final update refs",
    /// Shenandoah: a cycle finished while the program stands.
    Degenerated = "degenerated",
    /// OpenJ9: one increment of a global collection (metronome, balanced).
    Increment = "increment",
    /// OpenJ9: a stop for exclusive access.
    Exclusive = "exclusive access",
    /// Go: end of the sweep before, start of marking.
    SweepTermination = "sweep termination",
    /// Go: end of marking.
    MarkTermination = "mark termination",
    /// Go 1.5: stop-the-world phases between the concurrent ones.
    ScanStop = "scan stop",
    /// V8: young generation.
    Scavenge = "scavenge",
    /// V8: young generation by marking.
    MinorMarkCompact = "minor mark-compact",
    /// V8: whole heap.
    MarkCompact = "mark-compact",
    /// V8 before 2023: whole heap without compaction.
    MarkSweep = "mark-sweep",
    /// CPython: generation 0.
    Generation0 = "generation 0",
    /// CPython: generation 1.
    Generation1 = "generation 1",
    /// CPython: generation 2, the whole heap.
    Generation2 = "generation 2",
    /// A safepoint.
    Safepoint = "safepoint",
    /// An allocation that waited for the collector.
    AllocationStall = "allocation stall",
    /// A thread that waited for the relocation of an object.
    RelocationStall = "relocation stall",
    /// Shenandoah: an allocation slowed down so that the collector keeps up.
    Pacing = "pacing",
    /// Go: marking done by threads that allocate.
    MarkAssist = "mark assist",
    /// V8, Tenure: increments of marking on the program's own thread.
    IncrementalSteps = "incremental steps",
    /// A whole cycle of a concurrent collector.
    Cycle = "cycle",
    /// A cycle of the young generation.
    MinorCycle = "minor cycle",
    /// A cycle of all generations.
    MajorCycle = "major cycle",
    /// A cycle of young and some old regions (Shenandoah).
    MixedCycle = "mixed cycle",
    /// G1: a concurrent cycle given back because it was not needed.
    UndoCycle = "undo cycle",
    /// Concurrent marking.
    ConcurrentMark = "concurrent mark",
    /// G1: survivors scanned before marking.
    RootRegionScan = "concurrent root region scan",
    /// CMS, G1: work that makes the remark shorter.
    ConcurrentPreclean = "concurrent preclean",
    /// CMS: precleaning until half of eden is full.
    ConcurrentAbortablePreclean = "concurrent abortable preclean",
    /// Concurrent sweep.
    ConcurrentSweep = "concurrent sweep",
    /// CMS: clearing the marks.
    ConcurrentReset = "concurrent reset",
    /// G1, Shenandoah: regions given back, marks cleared.
    ConcurrentCleanup = "concurrent cleanup",
    /// Objects moved beside the program: ZGC relocate, Shenandoah evacuation.
    ConcurrentRelocate = "concurrent relocate",
    /// Shenandoah: references updated beside the program.
    ConcurrentUpdateRefs = "concurrent update refs",
    /// Weak, soft and phantom references handled beside the program.
    ConcurrentReferences = "concurrent references",
    /// Any other concurrent work; the cause holds the log's words.
    ConcurrentOther = "concurrent other",
    /// A pause whose name we do not know; the cause holds the log's words.
    #[default]
    Other = "other",
}

impl Kind {
    /// True for a collection of the young generation alone, which promotes.
    pub fn is_young(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Young
                | YoungConcurrentStart
                | YoungPrepareMixed
                | Scavenge
                | MinorMarkCompact
                | Generation0
        )
    }

    /// True if what is left in the heap afterwards is about the live set.
    pub fn is_whole_heap(self) -> bool {
        use Kind::*;
        matches!(self, Full | MarkCompact | MarkSweep | Generation2)
    }
}
