//! The page of a report: in a real browser, under a type checker, and large.

mod browser;
mod driven;
mod held;
mod holding;
mod hostile;
mod look;
mod managed;
mod pinned;
mod recorded;
mod scale;
mod types;
mod workload;
