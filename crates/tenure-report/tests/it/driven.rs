//! driven
