//! The reader of files and processes from outside the recorded program.
//!
//! * [`symbols`]: addresses of a module to functions, files and lines, with inlined functions;
//!   what was found is kept in a cache on disk.
//!
//! Nothing here trusts a file: a hostile, cut or replaced one gives a sentence about its module,
//! and the other modules are read all the same.

pub mod symbols;
