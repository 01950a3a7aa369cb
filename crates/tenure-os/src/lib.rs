//! The only system calls of Tenure, its TLS slot, locks and clocks.
#![no_std]
