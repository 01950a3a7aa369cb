//! What the records mean: profiles, graphs, timelines.
//!
//! A model is made from records that are already read, and knows neither files nor formatting:
//!
//! * [`profile`]: the processes of a run and what each did with its memory;
//! * [`graph`]: a heap as blocks that point to each other: leaks, and who holds what;
//! * [`fragmentation`]: what a heap holds and why, by size class and call stack;
//! * [`timeline`]: the events of a collector's log, and the figures made of them;
//! * [`mod@unit`]: the few notions that all models share.
//!
//! Models do not import each other.
#![forbid(unsafe_code)]

pub mod fragmentation;
pub mod graph;
pub mod profile;
pub mod timeline;
pub mod unit;
