//! How much a line looks like one of this runtime.

use super::message::{Message, find};

/// Points for one line; see `Detection`.
pub(in crate::gclog) fn points(line: &[u8]) -> u32 {
    match find(line) {
        Some((_, Message::Begin(_))) => 6,
        Some((_, Message::Objects | Message::Done { .. })) => 4,
        Some((_, Message::Object)) => 1,
        None => 0,
    }
}
