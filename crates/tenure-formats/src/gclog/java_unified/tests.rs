//! Lines of unified logs, one by one.
