//! Bytes of other tools, and profiles as they read them.
#![forbid(unsafe_code)]
