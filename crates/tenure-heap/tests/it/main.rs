//! The heap against a shadow model, across threads, and when it is misused.

mod counting;
mod faults;
mod holes;
mod shadow;
mod support;
#[cfg(not(miri))]
mod threads;
mod watching;
