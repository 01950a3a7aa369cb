//! Symbols of programs that are compiled here, and of files made to do harm.

mod caching;
mod hostile;
mod names;
mod profile;
mod program;
mod sources;
mod variables;
