//! The verbs, one file each.

pub(crate) mod bundle;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod flame;
pub(crate) mod fragmentation;
pub(crate) mod gclog;
pub(crate) mod holders;
pub(crate) mod leaks;
pub(crate) mod lib;
pub(crate) mod man;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod stats;
pub(crate) mod top;
