//! Why a region gives no memory.

use core::fmt;

/// Why a region gives no memory. The region is as it was before the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No address space could hold what was asked for: a count times a size overflowed.
    TooLarge,
    /// The allocator behind the region, or the kernel, has no more memory.
    NoMemory,
    /// The region would hold more than its limit.
    Limit,
    /// The region lies in a fixed piece of memory, and that is full.
    Full,
    /// An implementation of `Display` or `Debug` said that it failed.
    Format,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "more was asked for than an address space holds",
            Self::NoMemory => "the allocator behind the region has no more memory",
            Self::Limit => "the region would exceed its limit",
            Self::Full => "the fixed memory of the region is full",
            Self::Format => "a value to be formatted said that it cannot be",
        })
    }
}

impl core::error::Error for Refused {}

/// What the calls that do not return an error do instead.
#[cold]
#[inline(never)]
pub(crate) fn give_up(why: Refused) -> ! {
    panic!("region: {why}; the `try_` form returns this as an error")
}
