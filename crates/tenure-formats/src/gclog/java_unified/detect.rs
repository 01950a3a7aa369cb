//! How much a line looks like one of this runtime.

use super::decorations::Decorated;
use crate::gclog::cursor::Cursor;

/// Points for one line; see `Detection`.
pub(in crate::gclog) fn points(line: &[u8]) -> u32 {
    let decorated = Decorated::new(line);
    let message = decorated.message;
    let is_of_collector = decorated.tags == b"gc" || decorated.tags.starts_with(b"gc,");
    if is_of_collector || is_numbered(message) {
        return 10;
    }
    if message.starts_with(b"Safepoint \"") || message.starts_with(b"Allocation Stall (") {
        return 10;
    }
    if !decorated.is_decorated {
        return 0;
    }
    let is_using = message.starts_with(b"Using G1")
        || message.starts_with(b"Using The Z ")
        || message.starts_with(b"Using Serial")
        || message.starts_with(b"Using Parallel")
        || message.starts_with(b"Using Shenandoah")
        || message.starts_with(b"Using Epsilon")
        || message.starts_with(b"Using Concurrent Mark Sweep");
    if is_using {
        return 10;
    }
    if decorated.tags.starts_with(b"safepoint") || super::is_statistics(message) {
        return 3;
    }
    u32::from(decorated.uptime_ns.is_some() || decorated.unix_ns.is_some())
}

/// `GC(17) Pause`.
fn is_numbered(message: &[u8]) -> bool {
    let mut cursor = Cursor::new(message);
    cursor.eat(b"GC(") && cursor.integer().is_some() && cursor.eat(b") ")
}
