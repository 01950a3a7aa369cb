//! Names as people write them, from names as linkers know them.

use std::fmt::{self, Write};

/// Longer names are cut: templates and closures can make them grow without bound. In bytes.
const NAME_BYTES_MAX: usize = 4096;
/// What stands at the end of a name that was cut.
const CUT: &str = "…";
/// The hash that ends a name in Rust's older scheme: `17h`, 16 digits, `E`.
const HASH_BYTES: usize = "17h0123456789abcdefE".len();

/// `name` in the words of its language: Rust (both schemes, without the hash) and C++; a name of
/// another language as it is.
///
/// What a compiler appends (`.cold`, `.part.0`, `.llvm.123`) stays for C and C++ and goes for Rust.
/// A name that would be longer than 4096 bytes is cut, and ends with `…`.
///
/// ```
/// use tenure_probe::symbols::demangle;
/// assert_eq!(demangle("_ZN5alloc5alloc5alloc17h0123456789abcdefE"), "alloc::alloc::alloc");
/// assert_eq!(demangle("_ZN5Table4growEm"), "Table::grow(unsigned long)");
/// assert_eq!(demangle("malloc"), "malloc");
/// ```
pub fn demangle(name: &str) -> String {
    let written = match scheme(name) {
        Scheme::Rust => rust(name),
        Scheme::Cxx => cxx(name),
        Scheme::None => None,
    };
    written.unwrap_or_else(|| bounded(format_args!("{name}")).unwrap_or_default())
}

enum Scheme {
    Rust,
    Cxx,
    None,
}

fn scheme(name: &str) -> Scheme {
    if name.starts_with("_R") {
        return Scheme::Rust;
    }
    if !name.starts_with("_Z") {
        return Scheme::None;
    }
    if has_rust_hash(name) {
        Scheme::Rust
    } else {
        Scheme::Cxx
    }
}

/// Whether a `_ZN…E` name ends in Rust's hash, before what the compiler appended behind a dot.
fn has_rust_hash(name: &str) -> bool {
    let ends_in_hash = |name: &str| {
        let Some(tail) = name.len().checked_sub(HASH_BYTES) else {
            return false;
        };
        let tail = &name.as_bytes()[tail..];
        tail.starts_with(b"17h") && tail.ends_with(b"E") && {
            tail[3..HASH_BYTES - 1].iter().all(u8::is_ascii_hexdigit)
        }
    };
    let dots = name.match_indices('.').map(|(at, _)| &name[..at]);
    ends_in_hash(name) || dots.into_iter().any(ends_in_hash)
}

fn rust(name: &str) -> Option<String> {
    let name = rustc_demangle::try_demangle(name).ok()?;
    // The alternate form leaves the hash out.
    bounded(format_args!("{name:#}"))
}

fn cxx(name: &str) -> Option<String> {
    // Clones of the compiler: `_Z3foov.part.0.cold`.
    let (plain, clone) = name.split_at(name.find('.').unwrap_or(name.len()));
    let symbol = cpp_demangle::Symbol::new(plain).ok()?;
    let mut target = Bounded::default();
    let options = cpp_demangle::DemangleOptions::default();
    let done = symbol.structured_demangle(&mut target, &options);
    if done.is_err() && !target.is_cut {
        return None;
    }
    let _ = target.write_str(clone);
    Some(target.finish())
}

fn bounded(name: fmt::Arguments<'_>) -> Option<String> {
    let mut target = Bounded::default();
    let done = target.write_fmt(name);
    (done.is_ok() || target.is_cut).then(|| target.finish())
}

/// Text that takes no more than [`NAME_BYTES_MAX`].
#[derive(Default)]
struct Bounded {
    text: String,
    is_cut: bool,
}

impl Bounded {
    fn finish(mut self) -> String {
        if self.is_cut {
            self.text.push_str(CUT);
        }
        self.text
    }
}

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.is_cut {
            return Err(fmt::Error);
        }
        let room = NAME_BYTES_MAX - self.text.len();
        if more.len() <= room {
            self.text.push_str(more);
            return Ok(());
        }
        let end = (0..=room).rev().find(|at| more.is_char_boundary(*at));
        self.text.push_str(&more[..end.unwrap_or(0)]);
        self.is_cut = true;
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests;
