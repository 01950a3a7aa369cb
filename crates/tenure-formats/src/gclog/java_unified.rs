//! JDK 9 and later, unified logging.

mod clock;
mod collecting;
mod concurrent;
mod decorations;
mod details;
mod detect;
mod init;
mod known;
mod metaspace_report;
mod names;
mod parser;
mod pauses;
mod safepoints;
mod statistics;
mod witness;
mod z_tables;

pub(super) use clock::Clock;
pub(super) use detect::points;
pub(super) use names::{concurrent_kind, pause_kind};
pub(super) use parser::parser;
pub(super) use safepoints::{Pacing, stopped};
pub(super) use statistics::is_statistics;

#[cfg(test)]
mod tests;
