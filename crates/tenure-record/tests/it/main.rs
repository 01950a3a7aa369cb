//! Stacks captured in real programs, compared frame by frame with other unwinders.
#![cfg(target_arch = "x86_64")]

mod calls;
mod comparison;
mod foreign;
mod limits;
mod modules;
mod notebook;
mod oracle;
mod program;
mod signals;
