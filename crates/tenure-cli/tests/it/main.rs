//! The tenure command as its users meet it, and whole programs under our malloc: the C and C++
//! interface, real programs, threads and forks, signals and kills, the record that each process
//! leaves.

mod abi;
mod bundle;
mod command;
mod diff;
mod export;
mod fragmentation;
mod gclog;
mod holders;
mod holding_programs;
mod instructions;
mod killed;
mod leaks;
mod lifecycle;
mod named;
mod planted;
mod process;
mod programs;
mod python;
mod recording;
mod redis;
mod refusals;
mod report;
mod run;
mod shapes;
mod shop;
mod signals;
mod sources;
mod stats;
mod synthetic;
mod top;
mod verbs;
mod way;
