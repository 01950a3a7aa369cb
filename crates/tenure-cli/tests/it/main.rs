//! The tenure command as its users meet it, on records made here and on real programs.

mod command;
mod killed;
mod process;
mod refusals;
mod run;
mod signals;
mod stats;
mod synthetic;
mod verbs;
