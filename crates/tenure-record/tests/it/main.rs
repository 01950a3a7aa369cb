//! Stacks captured in real programs, compared frame by frame with other unwinders.

mod comparison;
mod modules;
mod notebook;
