//! The tenure command as its users meet it, and whole programs under our malloc: the C and C++
//! interface, real programs, threads and forks, signals and kills, the record that each process
//! leaves.

mod abi;
mod command;
mod gclog;
mod killed;
mod lifecycle;
mod process;
mod programs;
mod recording;
mod redis;
mod refusals;
mod run;
mod signals;
mod sources;
mod stats;
mod synthetic;
mod verbs;
mod way;
