//! Whole programs under our malloc: the C and C++ interface, real programs, threads and forks, the
//! record that each process leaves.

mod abi;
mod lifecycle;
mod process;
mod programs;
mod recording;
mod redis;
mod sources;
mod way;
