//! Whether a suppression fits a stack.
//!
//! valgrind's lines must fit a *beginning* of the stack, `...` any number of frames. As with the
//! stars of a name, it is enough to go back to the last `...`: what stands before it has been found
//! as early as possible. So a stack of n frames and m lines take at most n × m comparisons, however
//! many `...` there are.

use super::entry::{Location, Rule, Suppression};
use super::glob::Glob;
use super::stack::{Allocator, Frame, LeakKind, Stack};

/// The name of what has none, as valgrind matches it.
const UNNAMED: &str = "???";
/// What valgrind calls the functions that call `main`.
const BELOW_MAIN: &str = "(below main)";
/// The functions of libc that it calls so.
const CALLERS_OF_MAIN: [&str; 4] = [
    "__libc_start_main",
    "__libc_start_call_main",
    "__libc_start_main_impl",
    "generic_start_main",
];
/// Where valgrind's allocation functions lie, for `obj:` lines that name it.
const ALLOCATOR_MODULE: &str = "/usr/libexec/valgrind/vgpreload_memcheck-amd64-linux.so";
/// The source of valgrind's allocation functions, for `src:` lines that name it.
const ALLOCATOR_FILE: &str = "vg_replace_malloc.c";
/// The allocation functions, mangled and demangled.
const FAMILY: [(&str, &str); 21] = [
    ("malloc", "malloc"),
    ("calloc", "calloc"),
    ("realloc", "realloc"),
    ("reallocarray", "reallocarray"),
    ("memalign", "memalign"),
    ("posix_memalign", "posix_memalign"),
    ("aligned_alloc", "aligned_alloc"),
    ("valloc", "valloc"),
    ("pvalloc", "pvalloc"),
    ("_Znwm", "operator new(unsigned long)"),
    ("_Znam", "operator new[](unsigned long)"),
    ("_Znwj", "operator new(unsigned int)"),
    ("_Znaj", "operator new[](unsigned int)"),
    (
        "_ZnwmRKSt9nothrow_t",
        "operator new(unsigned long, std::nothrow_t const&)",
    ),
    (
        "_ZnamRKSt9nothrow_t",
        "operator new[](unsigned long, std::nothrow_t const&)",
    ),
    (
        "_ZnwmSt11align_val_t",
        "operator new(unsigned long, std::align_val_t)",
    ),
    (
        "_ZnamSt11align_val_t",
        "operator new[](unsigned long, std::align_val_t)",
    ),
    (
        "_ZnwmSt11align_val_tRKSt9nothrow_t",
        "operator new(unsigned long, std::align_val_t, std::nothrow_t const&)",
    ),
    (
        "_ZnamSt11align_val_tRKSt9nothrow_t",
        "operator new[](unsigned long, std::align_val_t, std::nothrow_t const&)",
    ),
    ("__builtin_new", "operator new"),
    ("__builtin_vec_new", "operator new[]"),
];

impl Suppression {
    /// True if it hides a leak of this kind that was allocated here.
    pub(super) fn hides(&self, stack: Stack<'_>, kind: LeakKind) -> bool {
        self.kinds.has(kind)
            && match &self.rule {
                Rule::Frames(locations) => fit(locations, stack),
                Rule::Anywhere(glob) => stack.frames.iter().any(|frame| mentions(frame, glob)),
            }
    }
}

/// The name by which valgrind knows an allocation function.
pub(super) fn mangled_allocator(name: &str) -> &str {
    let known = FAMILY.iter().find(|(_, function)| *function == name);
    known.map_or(name, |(mangled, _)| mangled)
}

/// True if `locations` fit, with each way in which valgrind may have begun the stack.
fn fit(locations: &[Location], stack: Stack<'_>) -> bool {
    let frames = stack.frames.iter().map(Seen::Frame);
    match stack.allocator {
        Allocator::Within => fit_beginning(locations, frames),
        allocator => {
            let first = std::iter::once(Seen::Allocator(allocator));
            if fit_beginning(locations, first.chain(frames.clone())) {
                return true;
            }
            // In some of its builds, valgrind's `realloc` of nothing calls its `malloc`.
            let is_realloc = matches!(allocator, Allocator::Unknown | Allocator::Named("realloc"));
            let says_so = matches!(locations.get(1), Some(Location::Function(glob))
                if glob.is_literally(b"realloc"));
            let both = ["malloc", "realloc"].map(|name| Seen::Allocator(Allocator::Named(name)));
            is_realloc && says_so && fit_beginning(locations, both.into_iter().chain(frames))
        }
    }
}

/// True if `locations` fit a beginning of `frames`.
fn fit_beginning<'a>(
    locations: &[Location],
    mut frames: impl Iterator<Item = Seen<'a>> + Clone,
) -> bool {
    let mut next = 0;
    // The location behind the last `...`, and the frames that it has not been tried at.
    let mut again = None;
    while let Some(location) = locations.get(next) {
        if *location == Location::Frames {
            next += 1;
            again = Some((next, frames.clone()));
            continue;
        }
        let Some(frame) = frames.next() else {
            // No later beginning of this part can reach further.
            return false;
        };
        if frame.is_at(location) {
            next += 1;
            continue;
        }
        let Some((behind, untried)) = &mut again else {
            return false;
        };
        untried.next();
        next = *behind;
        frames = untried.clone();
    }
    true
}

/// True if LSan would find the pattern in a frame.
fn mentions(frame: &Frame<'_>, glob: &Glob) -> bool {
    let names = [frame.function, frame.mangled, frame.file, frame.module];
    names
        .into_iter()
        .flatten()
        .any(|name| glob.fits(name.as_bytes()))
}

/// A frame of the stack, or the one in front of it.
#[derive(Clone, Copy)]
enum Seen<'a> {
    Allocator(Allocator<'a>),
    Frame(&'a Frame<'a>),
}

impl Seen<'_> {
    fn is_at(self, location: &Location) -> bool {
        match self {
            Self::Allocator(allocator) => is_allocator(allocator, location),
            Self::Frame(frame) => is_frame(frame, location),
        }
    }
}

fn is_allocator(allocator: Allocator<'_>, location: &Location) -> bool {
    match location {
        Location::Frames => true,
        Location::Module(glob) => glob.fits(ALLOCATOR_MODULE.as_bytes()),
        Location::Source(glob, line) => line.is_none() && glob.fits(ALLOCATOR_FILE.as_bytes()),
        Location::Function(glob) => {
            let mut names = FAMILY.iter();
            let fits_one = |(mangled, function): &(&str, &str)| {
                glob.fits(mangled.as_bytes()) || glob.fits(function.as_bytes())
            };
            match allocator {
                Allocator::Named(name) => {
                    glob.fits(name.as_bytes())
                        // In others, its `realloc` of nothing goes on as `malloc`.
                        || (name == "realloc" && glob.fits(b"malloc"))
                        || names.any(|pair| (pair.0 == name || pair.1 == name) && fits_one(pair))
                }
                _ => names.any(fits_one),
            }
        }
    }
}

fn is_frame(frame: &Frame<'_>, location: &Location) -> bool {
    match location {
        Location::Frames => true,
        Location::Function(glob) => is_function(frame, glob),
        Location::Module(glob) => glob.fits(frame.module.unwrap_or(UNNAMED).as_bytes()),
        Location::Source(glob, line) => {
            let Some(file) = frame.file else {
                return false;
            };
            let name = file.rsplit('/').next().unwrap_or(file);
            (line.is_none() || *line == frame.line)
                && (glob.fits(name.as_bytes()) || glob.fits(file.as_bytes()))
        }
    }
}

fn is_function(frame: &Frame<'_>, glob: &Glob) -> bool {
    let names = [frame.mangled, frame.function];
    let mut known = names.into_iter().flatten().peekable();
    if known.peek().is_none() {
        return glob.fits(UNNAMED.as_bytes());
    }
    known.any(|name| {
        glob.fits(name.as_bytes())
            || (CALLERS_OF_MAIN.contains(&name) && glob.fits(BELOW_MAIN.as_bytes()))
    })
}

#[cfg(test)]
mod tests;
