//! The events of a garbage collector's log, and the figures made of them.
//!
//! A parser turns the lines of a log into [`Event`]s and hands each to a [`Sink`]. The events of
//! all runtimes have one shape: what happened ([`Class`], [`Kind`]), why, when, for how long,
//! and how large each [`Space`] was before and after.
//!
//! # Definitions
//!
//! *Pause*: one stop-the-world operation of a collector. *Stop*: the whole safepoint, with the
//! time to reach it. *Stall*: the delay of one thread. The three are kept apart and never added.
//! *Concurrent*: work beside the running program. *Cycle*: a whole collection of a concurrent
//! collector, which holds pauses and is none.

pub mod advice;
mod allocation;
mod compare;
mod distribution;
mod event;
mod figures;
mod fit;
mod gate;
mod group;
mod kind;
mod label;
mod lines;
mod recorder;
mod run;
mod runtime;
mod series;
mod sink;
mod slope;
mod space;
mod utilisation;

pub use compare::{Comparison, RankTest, RatioInterval};
pub use distribution::Distribution;
pub use event::{Change, Class, Cpu, Event, Mark, Marks};
pub use figures::{Account, Live, LiveSource, Parallelism, Timeline};
pub use fit::{Fit, FitShare};
pub use gate::{Gate, GateError, Measure, Verdict};
pub use group::{Group, Sum, Tally};
pub use kind::Kind;
pub use label::Label;
pub use lines::{LineClass, Lines};
pub use recorder::{Peak, Recorder};
pub use run::About;
pub use runtime::{Collector, Runtime};
pub use series::{HeapPoint, Interval, Merge, PausePoint, Series};
pub use sink::{Fact, Remark, Sink, Stamp};
pub use slope::Slope;
pub use space::{Sizes, Space};
pub use utilisation::Utilisation;

#[cfg(test)]
mod tests;
