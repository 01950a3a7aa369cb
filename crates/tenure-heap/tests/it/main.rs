//! The heap against a shadow model, across threads, and when it is misused.

mod counting;
mod faults;
mod holes;
#[cfg(not(any(miri, tenure_replaced_os)))]
mod linked;
mod owned;
mod several;
mod shadow;
mod support;
#[cfg(not(miri))]
mod threads;
mod watching;
