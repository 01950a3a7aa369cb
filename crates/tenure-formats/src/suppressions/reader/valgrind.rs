//! Entries of valgrind: `{`, a name, `TOOLS:KIND`, the kinds of leaks, the frames, `}`.

use super::super::entry::{Kinds, Location, Rule};
use super::super::glob::Glob;
use super::super::stack::LeakKind;
use super::lines::Line;
use super::{PATTERN_BYTES_MAX, Reader};

/// Lines that stand for frames, at most: as many as valgrind 3.19 reads.
const FRAMES_MAX: usize = 500;
/// What else Memcheck has suppressions for.
const MEMCHECK_KINDS: [&[u8]; 22] = [
    b"Addr1",
    b"Addr2",
    b"Addr4",
    b"Addr8",
    b"Addr16",
    b"Addr32",
    b"Cond",
    b"CoreMem",
    b"Free",
    b"Jump",
    b"Overlap",
    b"Param",
    b"ReallocZero",
    b"BadAlign",
    b"BadSize",
    b"Value0",
    b"Value1",
    b"Value2",
    b"Value4",
    b"Value8",
    b"Value16",
    b"Value32",
];
/// The line before the frames.
const LEAK_KINDS: &[u8] = b"match-leak-kinds:";
/// What is said of a line that should say what an entry is about.
const EXPECTED_KIND: &str = "a tool and a kind, as Memcheck:Leak; the entry is left out";
/// What is said of a part of a line that should be a kind.
const EXPECTED_KINDS: &str = "definite, indirect, possible, reachable with commas between them, or \
                              all, or none; the entry is left out";
/// What is said of a line that should be a frame.
const EXPECTED_FRAME: &str =
    "\"...\", or fun:, obj: or src: and a pattern, or \"}\"; the entry is left out";

impl<'a> Reader<'a> {
    /// An entry, of which `{` is read.
    pub(super) fn valgrind_entry(&mut self, start: Line<'a>) {
        let Some(name) = self.line_of_entry("the name of the suppression; the entry is left out")
        else {
            return;
        };
        let Some(kind) = self.line_of_entry(EXPECTED_KIND) else {
            return;
        };
        let Some(colon) = memchr::memchr(b':', kind.text) else {
            self.problem(Some(kind), EXPECTED_KIND);
            return self.skip_entry();
        };
        let (tools, kind_name) = (&kind.text[..colon], &kind.text[colon + 1..]);
        let is_memcheck = tools
            .split(|byte| *byte == b',')
            .any(|tool| tool == b"Memcheck");
        if is_memcheck && kind_name == b"Leak" {
            return self.leak(start, name);
        }
        if is_memcheck && !MEMCHECK_KINDS.contains(&kind_name) {
            self.problem(
                Some(kind),
                "a kind that Memcheck has; the one for leaks is Memcheck:Leak",
            );
            return self.skip_entry();
        }
        self.ignore(kind.text);
        self.skip_entry();
    }

    /// The next line, which must belong to the entry.
    fn line_of_entry(&mut self, expected: &str) -> Option<Line<'a>> {
        let line = self.lines.peek();
        match line.map_or(&b"{"[..], |line| line.text) {
            b"{" => {
                self.problem(line, expected);
                None
            }
            b"}" => {
                self.lines.next();
                self.problem(line, expected);
                None
            }
            _ => self.lines.next(),
        }
    }

    /// The rest of an entry about leaks.
    fn leak(&mut self, start: Line<'a>, name: Line<'a>) {
        let mut kinds = Kinds::ALL;
        if let Some(line) = self.lines.peek()
            && let Some(list) = line.text.strip_prefix(LEAK_KINDS)
        {
            self.lines.next();
            match kinds_of(list) {
                Ok(listed) => kinds = listed,
                Err(found) => {
                    self.problem_at(line.number, Some(found), EXPECTED_KINDS);
                    return self.skip_entry();
                }
            }
        }
        let mut locations = Vec::new();
        let mut count = 0;
        loop {
            let line = self.lines.peek();
            match line.map_or(&b"{"[..], |line| line.text) {
                b"{" => return self.problem(line, EXPECTED_FRAME),
                b"}" => break,
                text => {
                    self.lines.next();
                    count += 1;
                    let location = match location_of(text) {
                        _ if count > FRAMES_MAX => {
                            Err("\"}\" behind at most 500 frames; the entry is left out")
                        }
                        location => location,
                    };
                    match location {
                        // Two of these are one.
                        Ok(Location::Frames) if locations.last() == Some(&Location::Frames) => {}
                        Ok(location) => locations.push(location),
                        Err(expected) => {
                            self.problem(line, expected);
                            return self.skip_entry();
                        }
                    }
                }
            }
        }
        let end = self.lines.next();
        if locations
            .iter()
            .all(|location| *location == Location::Frames)
        {
            return self.problem(
                end,
                "a frame other than \"...\"; without one the entry would hide every leak",
            );
        }
        self.add(
            name.text,
            start.number,
            kinds,
            Rule::Frames(locations.into()),
        );
    }

    /// Goes on behind the `}`, or before the next `{`.
    fn skip_entry(&mut self) {
        loop {
            match self.lines.peek() {
                None => return self.problem(None, "\"}\" at the end of the entry"),
                Some(line) if line.text == b"{" => {
                    return self.problem(Some(line), "\"}\" at the end of the entry before");
                }
                Some(line) => {
                    self.lines.next();
                    if line.text == b"}" {
                        return;
                    }
                }
            }
        }
    }
}

/// The kinds of a list, or the part of it that is none.
fn kinds_of(list: &[u8]) -> Result<Kinds, &[u8]> {
    match list.trim_ascii() {
        b"all" => return Ok(Kinds::ALL),
        b"none" => return Ok(Kinds::default()),
        _ => {}
    }
    let mut kinds = Kinds::default();
    for word in list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
        let mut known = LeakKind::ALL.into_iter();
        let kind = known.find(|kind| kind.name().as_bytes() == word);
        kinds = kinds.with(kind.ok_or(word)?);
    }
    Ok(kinds)
}

/// The frames that a line stands for, or what was expected instead.
fn location_of(line: &[u8]) -> Result<Location, &'static str> {
    if line == b"..." {
        return Ok(Location::Frames);
    }
    if line.starts_with(LEAK_KINDS) {
        return Err("match-leak-kinds: once, before the frames; the entry is left out");
    }
    let (word, pattern) = line.split_at_checked(4).ok_or(EXPECTED_FRAME)?;
    let pattern = pattern.trim_ascii();
    if pattern.is_empty() {
        return Err(EXPECTED_FRAME);
    }
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err("a pattern of at most 65,536 bytes; the entry is left out");
    }
    match word {
        b"fun:" => Ok(Location::Function(Glob::whole(pattern))),
        b"obj:" => Ok(Location::Module(Glob::whole(pattern))),
        b"src:" => source_of(pattern),
        _ => Err(EXPECTED_FRAME),
    }
}

/// `FILE` or `FILE:LINE`.
fn source_of(pattern: &[u8]) -> Result<Location, &'static str> {
    let Some(colon) = memchr::memrchr(b':', pattern) else {
        return Ok(Location::Source(Glob::whole(pattern), None));
    };
    let (file, number) = (&pattern[..colon], &pattern[colon + 1..]);
    // A sign is no digit: `parse` alone would take one.
    let is_number = number.iter().all(u8::is_ascii_digit);
    let line = std::str::from_utf8(number)
        .ok()
        .and_then(|text| text.parse().ok());
    match line {
        Some(line) if is_number && !file.is_empty() => {
            Ok(Location::Source(Glob::whole(file), Some(line)))
        }
        _ => Err("src:FILE or src:FILE:LINE; the entry is left out"),
    }
}
