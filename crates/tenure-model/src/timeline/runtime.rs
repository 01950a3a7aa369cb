//! The runtimes and collectors whose logs are understood.

/// The runtime that wrote a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Runtime {
    /// JDK 5 to 8: `-XX:+PrintGC`, `-XX:+PrintGCDetails`.
    JavaLegacy,
    /// JDK 9 and later: `-Xlog:gc`.
    JavaUnified,
    /// OpenJ9 and IBM J9: `-verbose:gc`, XML.
    OpenJ9,
    /// Go: `GODEBUG=gctrace=1`.
    Go,
    /// V8, Node and Chromium: `--trace-gc`.
    V8,
    /// CPython: `gc.set_debug(gc.DEBUG_STATS)`.
    CPython,
    /// A collected heap of Tenure.
    Tenure,
}

impl Runtime {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Runtime::JavaLegacy => "java-legacy",
            Runtime::JavaUnified => "java",
            Runtime::OpenJ9 => "openj9",
            Runtime::Go => "go",
            Runtime::V8 => "v8",
            Runtime::CPython => "cpython",
            Runtime::Tenure => "tenure",
        }
    }

    /// The name in sentences.
    pub fn title(self) -> &'static str {
        match self {
            Runtime::JavaLegacy => "Java 5 to 8",
            Runtime::JavaUnified => "Java 9 and later",
            Runtime::OpenJ9 => "OpenJ9",
            Runtime::Go => "Go",
            Runtime::V8 => "V8",
            Runtime::CPython => "CPython",
            Runtime::Tenure => "Tenure",
        }
    }

    /// What its versions are counted of.
    pub fn product(self) -> &'static str {
        match self {
            Runtime::JavaLegacy | Runtime::JavaUnified => "JDK",
            Runtime::OpenJ9 => "Java",
            Runtime::V8 => "Node",
            Runtime::CPython => "Python",
            Runtime::Go | Runtime::Tenure => self.title(),
        }
    }
}

/// The collector that a log is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Collector {
    /// Not told, and not to be inferred.
    #[default]
    Unknown,
    /// Java Serial.
    Serial,
    /// Java Parallel, with the old generation collected in parallel or not.
    Parallel,
    /// Java ParNew with a serial old generation.
    ParNew,
    /// Java Concurrent Mark Sweep.
    Cms,
    /// Java CMS in incremental mode.
    IncrementalCms,
    /// Java Garbage First.
    G1,
    /// Java Z, one generation.
    Z,
    /// Java Z, two generations.
    GenerationalZ,
    /// Java Shenandoah, one generation.
    Shenandoah,
    /// Java Shenandoah, two generations.
    GenerationalShenandoah,
    /// Java Epsilon, which never collects.
    Epsilon,
    /// OpenJ9 gencon.
    GenCon,
    /// OpenJ9 balanced.
    Balanced,
    /// OpenJ9 optthruput.
    OptThroughput,
    /// OpenJ9 optavgpause.
    OptAveragePause,
    /// OpenJ9 metronome.
    Metronome,
    /// Go.
    Go,
    /// V8 (Orinoco).
    V8,
    /// CPython's cycle collector.
    CPython,
    /// A collected heap of Tenure.
    Tenure,
}

impl Collector {
    /// The name in reports and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Collector::Unknown => "unknown",
            Collector::Serial => "Serial",
            Collector::Parallel => "Parallel",
            Collector::ParNew => "ParNew",
            Collector::Cms => "CMS",
            Collector::IncrementalCms => "CMS (incremental)",
            Collector::G1 => "G1",
            Collector::Z => "ZGC",
            Collector::GenerationalZ => "ZGC (generational)",
            Collector::Shenandoah => "Shenandoah",
            Collector::GenerationalShenandoah => "Shenandoah (generational)",
            Collector::Epsilon => "Epsilon",
            Collector::GenCon => "gencon",
            Collector::Balanced => "balanced",
            Collector::OptThroughput => "optthruput",
            Collector::OptAveragePause => "optavgpause",
            Collector::Metronome => "metronome",
            Collector::Go => "Go",
            Collector::V8 => "V8",
            Collector::CPython => "CPython",
            Collector::Tenure => "Tenure",
        }
    }
}
