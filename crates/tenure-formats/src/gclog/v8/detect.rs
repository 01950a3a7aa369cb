//! How much a line looks like one of this runtime.

use super::decoration;
use super::trace::kind_of;
use crate::gclog::detect::CERTAIN;

/// Points for one line; see `Detection`.
pub(in crate::gclog) fn points(line: &[u8]) -> u32 {
    let whole = decoration::read(line);
    let decorated = whole.or_else(|| decoration::read(&line[decoration::within(line)?..]));
    let Some(decorated) = decorated else {
        return 0;
    };
    let is_collection = kind_of(decorated.message).is_some()
        || (decorated.message.starts_with(b"pause=")
            && memchr::memmem::find(decorated.message, b" gc=").is_some());
    match (is_collection, decorated.at_ns) {
        (true, Some(_)) => CERTAIN,
        (false, Some(_)) if decorated.heap.is_some() => 3,
        // `[123] anything` may be of any program.
        _ => u32::from(decorated.heap.is_some_and(|(_, isolate)| isolate != 0)),
    }
}
