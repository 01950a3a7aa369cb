//! The suppression files of valgrind and LeakSanitizer: read, matched against call stacks, written.
//!
//! ```text
//! bytes -> reader (valgrind's entries, LSan's lines) -> Suppressions
//! Stack + LeakKind -> Suppressions -> the suppression that hides it, and its uses
//! Stack + LeakKind -> Generator -> an entry that hides it the next time
//! ```
//!
//! Both grammars may stand in one file: an entry of valgrind begins with a line `{`, one of LSan is
//! a line `leak:PATTERN`.
//!
//! # What differs from the two tools
//!
//! * valgrind compares `fun:` lines with *mangled* names alone. Here the mangled or the demangled
//!   name may match.
//! * valgrind stops at the first bad entry. Here it is left out, named, and reading goes on.
//! * LSan applies `leak:` to what it calls direct and indirect leaks. Here it hides all four kinds.
//! * `$` stands for the end of a name at the end of a `leak:` pattern only; LSan lets it end the
//!   pattern wherever it stands, which would cut the names of some compilers short.
//!
//! A stack of valgrind begins with the allocation function (`malloc`, `_Znwm`). One that begins
//! with the caller says so by its [`Allocator`], and the suppressions fit all the same.

mod built_in;
#[cfg(test)]
mod chance;
mod entry;
mod generate;
mod glob;
mod matching;
mod problem;
mod reader;
mod set;
mod stack;

pub use built_in::BUILT_IN;
pub use entry::{Suppression, Usage};
pub use generate::{Generator, generate, generate_lsan};
pub use problem::Problem;
pub use reader::Reading;
pub use set::Suppressions;
pub use stack::{Allocator, Frame, LeakKind, Stack};
