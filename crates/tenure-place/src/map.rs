//! Bits in the words of a space's map: set, cleared, and found by whole words.

use crate::space::Space;
use core::ops::Range;

const WORD_BITS: usize = 64;

/// Words for `bits` bits.
pub(crate) const fn words_for(bits: usize) -> usize {
    bits.div_ceil(WORD_BITS)
}

pub(crate) fn get<M: Space>(space: &M, bit: usize) -> bool {
    space.map(bit / WORD_BITS) >> (bit % WORD_BITS) & 1 == 1
}

pub(crate) fn set<M: Space>(space: &mut M, bit: usize) {
    let word = bit / WORD_BITS;
    space.set_map(word, space.map(word) | 1 << (bit % WORD_BITS));
}

pub(crate) fn clear<M: Space>(space: &mut M, bit: usize) {
    let word = bit / WORD_BITS;
    space.set_map(word, space.map(word) & !(1 << (bit % WORD_BITS)));
}

/// Makes every bit of `range` a one, or a zero.
pub(crate) fn fill<M: Space>(space: &mut M, range: Range<usize>, ones: bool) {
    let mut at = range.start;
    while at < range.end {
        let word = at / WORD_BITS;
        let upto = range.end.min((word + 1) * WORD_BITS);
        let mask = u64::MAX >> (WORD_BITS - (upto - at)) << (at % WORD_BITS);
        let old = space.map(word);
        space.set_map(word, if ones { old | mask } else { old & !mask });
        at = upto;
    }
}

/// The first bit at or after `from` and below `end` that is a one (or a zero); `end` if there is
/// none. Counts the words looked at.
pub(crate) fn next<M: Space>(
    space: &M,
    from: usize,
    end: usize,
    one: bool,
    visited: &mut u64,
) -> usize {
    let mut at = from;
    while at < end {
        *visited += 1;
        let word = space.map(at / WORD_BITS);
        let rest = if one { word } else { !word } >> (at % WORD_BITS);
        if rest != 0 {
            return end.min(at + rest.trailing_zeros() as usize);
        }
        at = (at / WORD_BITS + 1) * WORD_BITS;
    }
    end
}
