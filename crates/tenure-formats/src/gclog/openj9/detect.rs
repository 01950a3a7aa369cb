//! How much a line looks like one of this runtime.

use super::tag::Tags;
use crate::gclog::detect::CERTAIN;

/// Elements that nobody else writes.
const CERTAIN_TAGS: [&[u8]; 7] = [
    b"verbosegc",
    b"exclusive-start",
    b"exclusive-end",
    b"gc-start",
    b"gc-end",
    b"cycle-start",
    b"cycle-end",
];

/// Beginnings of the text that came before XML.
const TEXTS: [(&[u8], u32); 8] = [
    (b"<AF: ", 8),
    (b"<AF[", 8),
    (b"<GC(", 5),
    (b"  <GC(", 5),
    (b"<GC: ", 5),
    (b"<GC[", 5),
    (b"GC: initial heap(KB) ", CERTAIN),
    (b"<gc type=", 4),
];

/// Points for one line; see `Detection`.
pub(in crate::gclog) fn points(line: &[u8]) -> u32 {
    if let Some((_, points)) = TEXTS.iter().find(|(text, _)| line.starts_with(text)) {
        return *points;
    }
    if let Some(rest) = line.strip_prefix(b"GC ") {
        let starts = memchr::memmem::find(rest, b": starting collection").is_some();
        return if starts { 6 } else { 0 };
    }
    let has = |tag: super::tag::Tag<'_>| CERTAIN_TAGS.contains(&tag.name);
    if Tags::new(line).any(has) {
        return CERTAIN;
    }
    let is_stop = |tag: super::tag::Tag<'_>| {
        matches!(tag.name, b"af" | b"sys" | b"con") && tag.attribute(b"intervalms").is_some()
    };
    if Tags::new(line).any(is_stop) { 6 } else { 0 }
}
