//! Why a call was refused: small values that fit a register, one enum for each kind of call.

use core::fmt;

/// Why no block was given.
///
/// # Examples
/// ```
/// use tenure_place::{AllocError, FirstFit, Heap, Inline};
/// let mut heap = Heap::new(FirstFit::new(), Inline::new([0; 128]));
/// assert_eq!(heap.allocate(0, 8), Err(AllocError::ZeroSize));
/// assert_eq!(heap.allocate(usize::MAX, 8), Err(AllocError::TooLarge));
/// assert_eq!(heap.allocate(8, 48), Err(AllocError::BadAlign));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllocError {
    /// Nothing was asked for.
    ZeroSize,
    /// Size or alignment exceeds the whole span: no free would help.
    TooLarge,
    /// The alignment is no power of two.
    BadAlign,
    /// No free block is large enough now.
    Full,
    /// The span cannot be used at all, for this reason.
    Unusable(FormatError),
    /// The metadata contradicts itself: somebody wrote over it. Nothing was changed.
    Corrupt,
}

/// Why a block was not taken back. The heap is as it was before the call.
///
/// # Examples
/// ```
/// use tenure_place::{FreeError, Heap, Inline, Tlsf};
/// let mut heap = Heap::new(Tlsf::new(), Inline::new([0; 128]));
/// let block = heap.allocate(100, 8)?.offset;
/// assert_eq!(heap.free(block + 8), Err(FreeError::NotABlock));
/// heap.free(block).unwrap();
/// assert_eq!(heap.free(block), Err(FreeError::NotInUse));
/// # Ok::<(), tenure_place::AllocError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreeError {
    /// The offset lies outside the span, or no block can begin there.
    OutOfSpan,
    /// No block begins at the offset.
    NotABlock,
    /// The block is free already: a double free.
    NotInUse,
    /// The block's metadata contradicts its neighbours': somebody wrote over it, or the offset is
    /// foreign. Nothing was changed.
    Corrupt,
}

/// Why a block was not resized in place. It is as it was before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResizeError {
    /// The offset is no block in use, for this reason.
    NotABlock(FreeError),
    /// Nothing was asked for; free the block instead.
    ZeroSize,
    /// What follows the block is in use or too small: the block would have to move.
    NoRoom,
    /// The size exceeds the whole span.
    TooLarge,
}

/// Why a span cannot be managed.
///
/// # Examples
/// ```
/// use tenure_place::{FormatError, Heap, Inline, Tlsf};
/// let mut heap = Heap::new(Tlsf::new(), Inline::new([0; 2]));
/// assert_eq!(heap.format(), Err(FormatError::TooSmall));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// Not even one block of the smallest size fits beside the metadata.
    TooSmall,
    /// The span has more granules than the metadata can count (2^29 − 1); take a larger granule.
    TooLarge,
    /// The table is too short; it needs this many words.
    ShortTable(usize),
}

/// An invariant that does not hold: which (its letter stands in the documentation of the strategy)
/// and at which granule or offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The letter of the invariant.
    pub invariant: char,
    /// The granule, offset or class where it does not hold.
    pub at: usize,
}

impl Broken {
    /// `Ok` if the invariant holds.
    pub(crate) fn unless(holds: bool, invariant: char, at: usize) -> Result<(), Self> {
        if holds {
            Ok(())
        } else {
            Err(Self { invariant, at })
        }
    }
}

impl fmt::Display for AllocError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ZeroSize => "a block of no bytes was asked for",
            Self::TooLarge => "size or alignment exceeds the whole span",
            Self::BadAlign => "the alignment is no power of two",
            Self::Full => "no free block is large enough",
            Self::Unusable(why) => return write!(out, "the span cannot be used: {why}"),
            Self::Corrupt => "the metadata was written over",
        })
    }
}

impl fmt::Display for FreeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::OutOfSpan => "the offset lies outside the span",
            Self::NotABlock => "no block begins at the offset",
            Self::NotInUse => "the block is free already",
            Self::Corrupt => "the block's metadata was written over",
        })
    }
}

impl fmt::Display for ResizeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NotABlock(why) => return write!(out, "{why}"),
            Self::ZeroSize => "a block of no bytes was asked for; free it instead",
            Self::NoRoom => "what follows the block is in use or too small",
            Self::TooLarge => "the size exceeds the whole span",
        })
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSmall => out.write_str("not even one block fits beside the metadata"),
            Self::TooLarge => out.write_str("too many granules; take a larger granule"),
            Self::ShortTable(words) => write!(out, "the table needs {words} words"),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "invariant {} broken at {}", self.invariant, self.at)
    }
}

impl core::error::Error for AllocError {}
impl core::error::Error for FreeError {}
impl core::error::Error for ResizeError {}
impl core::error::Error for FormatError {}
impl core::error::Error for Broken {}
