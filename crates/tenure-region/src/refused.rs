//! Why a region gives no memory.

use core::fmt;
use core::ptr::{NonNull, without_provenance_mut};

use crate::fit::END_MAX;

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
    /// A budget that the region stands under, or one above that, refused: see
    /// [`Budget`](crate::Budget).
    Budget,
}

impl Refused {
    /// The errors in the order of their codes.
    const ALL: [Self; 6] = [
        Self::TooLarge,
        Self::NoMemory,
        Self::Limit,
        Self::Full,
        Self::Format,
        Self::Budget,
    ];

    /// A block, or an error, in one word: an error is an address behind all memory.
    #[inline(always)]
    pub(crate) fn encode(result: Result<NonNull<u8>, Self>) -> *mut u8 {
        match result {
            Ok(block) => block.as_ptr(),
            Err(why) => without_provenance_mut(usize::MAX - why as usize),
        }
    }

    /// What [`Refused::encode`] was given.
    #[inline(always)]
    pub(crate) fn decode(word: *mut u8) -> Result<NonNull<u8>, Self> {
        if word.addr() > END_MAX {
            return Err(Self::ALL[(usize::MAX - word.addr()).min(Self::ALL.len() - 1)]);
        }
        NonNull::new(word).ok_or(Self::NoMemory)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "more was asked for than an address space holds",
            Self::NoMemory => "the allocator behind the region has no more memory",
            Self::Limit => "the region would exceed its limit",
            Self::Full => "the fixed memory of the region is full",
            Self::Format => "a value to be formatted said that it cannot be",
            Self::Budget => "a budget above the region would be passed",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_and_every_block_comes_back_from_its_word() {
        for why in Refused::ALL {
            assert_eq!(Refused::decode(Refused::encode(Err(why))), Err(why));
        }
        for addr in [1, 1 << 63, END_MAX] {
            let block = NonNull::new(without_provenance_mut(addr)).unwrap();
            assert_eq!(Refused::decode(Refused::encode(Ok(block))), Ok(block));
        }
    }
}
