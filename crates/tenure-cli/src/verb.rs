//! The verbs, one file each.

pub(crate) mod completions;
pub(crate) mod explain;
pub(crate) mod gclog;
pub(crate) mod lib;
pub(crate) mod man;
pub(crate) mod run;
pub(crate) mod stats;
