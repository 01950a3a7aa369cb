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

mod event;
mod kind;
mod label;
mod lines;
mod runtime;
mod sink;
mod space;

pub use event::{Change, Class, Cpu, Event, Mark, Marks};
pub use kind::Kind;
pub use label::Label;
pub use lines::{LineClass, Lines};
pub use runtime::{Collector, Runtime};
pub use sink::{Fact, Remark, Sink, Stamp};
pub use space::{Sizes, Space};

#[cfg(test)]
mod tests;
