//! How much a line looks like one of this runtime.

use super::trace::header_at;
use crate::gclog::detect::CERTAIN;

/// Points for one line; see `Detection`.
pub(in crate::gclog) fn points(line: &[u8]) -> u32 {
    if header_at(line).is_some() {
        return CERTAIN;
    }
    let starts = |text: &[u8]| line.starts_with(text);
    if starts(b"pacer: ") || starts(b"scvg") || starts(b"forced scvg: ") || starts(b"scav ") {
        return 2;
    }
    // Go 1.4 and before wrote `gc12(4): 5+1+7208+3 us`: not read, but worth the guess.
    let is_old = line
        .strip_prefix(b"gc")
        .is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_digit));
    u32::from(is_old && line.windows(5).take(32).any(|text| text.ends_with(b"): ")))
}
