//! Writes what the heap does into a record that survives the process.
#![no_std]
