//! The reader of files and processes from outside the recorded program.
