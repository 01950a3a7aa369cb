//! How much a line looks like one of this runtime.

/// Points for one line; see `Detection`.
pub(in crate::gclog) fn points(_line: &[u8]) -> u32 {
    0
}
