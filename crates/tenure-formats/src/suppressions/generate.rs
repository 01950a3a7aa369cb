//! Suppressions made from stacks, for the user to keep.
//!
//! A name cannot be escaped in either grammar. What would be read as something else, or not at
//! all, becomes a wildcard for just that place.

use std::collections::HashSet;
use std::fmt::Write;

use super::matching::mangled_allocator;
use super::reader::PATTERN_BYTES_MAX;
use super::stack::{Allocator, Frame, LeakKind, Stack};

/// Lines that stand for frames, at most: what every valgrind reads.
const FRAMES_MAX: usize = 24;
/// The function that valgrind's stacks end with.
const OUTERMOST: &str = "main";

/// An entry in valgrind's grammar that hides leaks of `kind` with this stack.
///
/// It has at most 24 frames and ends at `main`, as valgrind's stacks do: it hides what *begins* so.
/// Functions are named as the linker knows them, because valgrind compares these; where a frame has
/// no function, its module stands, and where it has neither, `obj:*`. A stack without the
/// allocation function gets `fun:malloc` in front, or the name that its [`Allocator`] gives.
///
/// `None` if no frame has a name: such an entry would hide every leak.
///
/// ```
/// use tenure_formats::suppressions::{Frame, LeakKind, Stack, generate};
///
/// let frames = [Frame { mangled: Some("_Z4loadv"), ..Frame::default() }];
/// let entry = generate(Stack::of_callers(&frames), LeakKind::Definite, "the cache");
/// let expected = "{\n   the cache\n   Memcheck:Leak\n   match-leak-kinds: definite\n   \
///                 fun:malloc\n   fun:_Z4loadv\n}\n";
/// assert_eq!(entry.as_deref(), Some(expected));
/// ```
pub fn generate(stack: Stack<'_>, kind: LeakKind, name: &str) -> Option<String> {
    Some(entry(&lines(stack)?, kind, name))
}

/// A line in LSan's grammar, under a comment with `name`, that hides leaks of this stack: by the
/// innermost function that has a name, or else by the innermost module.
///
/// It is broader than the entry of [`generate`]: it hides *every* leak whose stack has this
/// function anywhere. LSan has no way to say more. `None` if nothing in the stack has a name.
pub fn generate_lsan(stack: Stack<'_>, name: &str) -> Option<String> {
    let is_within = stack.allocator == Allocator::Within;
    let callers = stack.frames.get(usize::from(is_within)..)?;
    let function = |frame: &Frame<'_>| named(frame.function).or(named(frame.mangled)).is_some();
    let frame = callers.iter().find(|frame| function(frame));
    let text = match frame {
        Some(frame) => named(frame.function).or(named(frame.mangled)),
        None => callers.iter().find_map(|frame| named(frame.module)),
    }?;
    let pattern = pattern(text, &['*', '$'], '*');
    Some(format!("# {}\nleak:^{pattern}$\n", title(name)))
}

/// Makes one entry for each distinct stack and kind.
#[derive(Clone, Debug, Default)]
pub struct Generator {
    known: HashSet<String>,
}

impl Generator {
    /// The entry of [`generate`]; `None` also if the same frames and kind came before. Keeps the
    /// frames of each distinct entry.
    pub fn entry(&mut self, stack: Stack<'_>, kind: LeakKind, name: &str) -> Option<String> {
        let lines = lines(stack)?;
        let is_new = self.known.insert(format!("{kind}\n{lines}"));
        is_new.then(|| entry(&lines, kind, name))
    }
}

fn entry(lines: &str, kind: LeakKind, name: &str) -> String {
    let name = title(name);
    format!("{{\n   {name}\n   Memcheck:Leak\n   match-leak-kinds: {kind}\n{lines}}}\n")
}

/// The lines of the frames; `None` if they would fit any stack.
fn lines(stack: Stack<'_>) -> Option<String> {
    let allocator = match stack.allocator {
        Allocator::Within => None,
        Allocator::Unknown => Some("malloc"),
        Allocator::Named(name) => Some(mangled_allocator(name)),
    };
    let mut lines = String::new();
    let mut count = 0;
    let mut is_named = false;
    if let Some(name) = allocator {
        let _ = writeln!(lines, "   fun:{}", whole(name));
        count += 1;
    }
    for frame in stack.frames {
        if count == FRAMES_MAX {
            break;
        }
        let function = named(frame.mangled).or(named(frame.function));
        let _ = match (function, named(frame.module)) {
            (Some(function), _) => writeln!(lines, "   fun:{}", whole(function)),
            (None, Some(module)) => writeln!(lines, "   obj:{}", whole(module)),
            (None, None) => writeln!(lines, "   obj:*"),
        };
        // The allocation function alone tells nothing.
        is_named |= count > 0 && (function.is_some() || named(frame.module).is_some());
        count += 1;
        if function == Some(OUTERMOST) {
            break;
        }
    }
    is_named.then_some(lines)
}

fn named(name: Option<&str>) -> Option<&str> {
    name.filter(|name| !name.is_empty())
}

/// A pattern of valgrind for this name and as few others as can be.
fn whole(name: &str) -> String {
    pattern(name, &['*'], '?')
}

/// `name` on one line, with `wild` for each byte that would be misread.
fn pattern(name: &str, special: &[char], wild: char) -> String {
    let start = name.len() - name.trim_ascii_start().len();
    let inside = start..name.trim_ascii_end().len();
    let mut pattern = String::with_capacity(name.len());
    for (at, letter) in name.char_indices() {
        let is_trimmed = !inside.contains(&at);
        // Room for the star that stands for the rest.
        if pattern.len() + letter.len_utf8() >= PATTERN_BYTES_MAX {
            pattern.push('*');
            break;
        }
        if is_trimmed || letter.is_control() || special.contains(&letter) {
            pattern.extend(std::iter::repeat_n(wild, letter.len_utf8()));
        } else {
            pattern.push(letter);
        }
    }
    pattern
}

/// A name that is read back as one.
fn title(name: &str) -> String {
    let one_line = name.replace(char::is_control, " ");
    let title = one_line.trim();
    match title.chars().next() {
        None => "unnamed".into(),
        Some('#' | '{' | '}') => format!("suppression {title}"),
        Some(_) => title.into(),
    }
}

#[cfg(test)]
mod tests;
