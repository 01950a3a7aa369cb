//! Lines of the sanitizers: `leak:PATTERN`, and those that are about something else.

use super::super::entry::{Kinds, Rule};
use super::super::glob::Glob;
use super::lines::Line;
use super::{PATTERN_BYTES_MAX, Reader};

/// What begins the lines of the other sanitizers: of threads, addresses and undefined behaviour.
const OTHERS: [&[u8]; 33] = [
    b"alignment",
    b"alloc_dealloc_mismatch",
    b"bool",
    b"bounds",
    b"called_from_lib",
    b"deadlock",
    b"enum",
    b"float-cast-overflow",
    b"function",
    b"integer-divide-by-zero",
    b"interceptor_name",
    b"interceptor_via_fun",
    b"interceptor_via_lib",
    b"mutex",
    b"nonnull-attribute",
    b"null",
    b"object-size",
    b"odr_violation",
    b"pointer-overflow",
    b"race",
    b"race_top",
    b"return",
    b"returns-nonnull-attribute",
    b"shift",
    b"signal",
    b"signed-integer-overflow",
    b"thread",
    b"undefined",
    b"unreachable",
    b"unsigned-integer-overflow",
    b"vla-bound",
    b"vptr",
    b"vptr_check",
];

impl Reader<'_> {
    /// A line outside the entries of valgrind.
    pub(super) fn lsan_line(&mut self, line: Line<'_>) {
        let colon = memchr::memchr(b':', line.text);
        let Some((word, pattern)) = colon.map(|at| line.text.split_at(at)) else {
            return self.problem(Some(line), "a line \"{\" or leak:PATTERN; it is skipped");
        };
        let pattern = pattern[1..].trim_ascii();
        if word != b"leak" {
            match OTHERS.contains(&word) {
                true => self.ignore(word),
                false => self.problem(
                    Some(line),
                    "a line \"{\", leak:PATTERN, or a line of another sanitizer; it is skipped",
                ),
            }
        } else if pattern.is_empty() {
            self.problem(
                Some(line),
                "a pattern behind the colon; without one the line would hide every leak",
            );
        } else if pattern.len() > PATTERN_BYTES_MAX {
            self.problem(Some(line), "a pattern of at most 65,536 bytes");
        } else {
            let rule = Rule::Anywhere(Glob::part(pattern));
            self.add(line.text, line.number, Kinds::ALL, rule);
        }
    }
}
