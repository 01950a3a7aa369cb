//! Sets of small integers as words of 64 bits: ranges set and cleared, runs of ones found.
//!
//! Free functions over `[u64]`, so that the words may lie wherever the owner keeps them
//! (a static, a mapped table). Bit `i` is bit `i % 64` of word `i / 64`.

use core::ops::Range;

/// Bits in a word.
pub const WORD_BITS: usize = 64;

/// Words that hold `bits` bits.
#[must_use]
pub const fn words_for(bits: usize) -> usize {
    bits.div_ceil(WORD_BITS)
}

/// Whether bit `index` is one.
///
/// # Panics
/// When `index` lies beyond the words.
#[must_use]
pub fn get(words: &[u64], index: usize) -> bool {
    words[index / WORD_BITS] >> (index % WORD_BITS) & 1 == 1
}

/// Sets every bit of `range`.
///
/// # Panics
/// When the range lies beyond the words.
pub fn set_range(words: &mut [u64], range: Range<usize>) {
    for_words(range, |word, mask| words[word] |= mask);
}

/// Clears every bit of `range`.
///
/// # Panics
/// When the range lies beyond the words.
pub fn clear_range(words: &mut [u64], range: Range<usize>) {
    for_words(range, |word, mask| words[word] &= !mask);
}

/// How many bits of `range` are ones.
///
/// # Panics
/// When the range lies beyond the words.
#[must_use]
pub fn count_range(words: &[u64], range: Range<usize>) -> usize {
    let mut ones = 0;
    for_words(range, |word, mask| {
        ones += (words[word] & mask).count_ones() as usize
    });
    ones
}

/// The first one at or after `from` and below `end`.
#[must_use]
pub fn next_one(words: &[u64], from: usize, end: usize) -> Option<usize> {
    next_matching(words, from, end, |word| word)
}

/// The first zero at or after `from` and below `end`.
#[must_use]
pub fn next_zero(words: &[u64], from: usize, end: usize) -> Option<usize> {
    next_matching(words, from, end, |word| !word)
}

/// The next run of ones at or after `from` and below `end`, as long as it goes.
#[must_use]
pub fn next_run(words: &[u64], from: usize, end: usize) -> Option<Range<usize>> {
    let start = next_one(words, from, end)?;
    Some(start..next_zero(words, start, end).unwrap_or(end))
}

/// The lowest start of `count` ones in a row in `from..end` that is a multiple of `align`
/// (any positive number). One pass, O(words).
///
/// # Examples
/// ```
/// use tenure_base::bits::find_run;
/// let words = [0b0111_0110u64];
/// assert_eq!(find_run(&words, 0, 64, 3, 1), Some(4));
/// assert_eq!(find_run(&words, 0, 64, 2, 4), Some(4));
/// assert_eq!(find_run(&words, 0, 64, 4, 1), None);
/// ```
#[must_use]
pub fn find_run(
    words: &[u64],
    from: usize,
    end: usize,
    count: usize,
    align: usize,
) -> Option<usize> {
    debug_assert!(count > 0);
    debug_assert!(align > 0);
    let mut at = from;
    while let Some(run) = next_run(words, at, end) {
        let start = run.start.next_multiple_of(align);
        if start < run.end && run.end - start >= count {
            return Some(start);
        }
        at = run.end;
    }
    None
}

fn next_matching(
    words: &[u64],
    from: usize,
    end: usize,
    wanted: impl Fn(u64) -> u64,
) -> Option<usize> {
    let end = end.min(words.len() * WORD_BITS);
    let mut at = from;
    while at < end {
        let rest = wanted(words[at / WORD_BITS]) >> (at % WORD_BITS);
        if rest != 0 {
            let found = at + rest.trailing_zeros() as usize;
            return (found < end).then_some(found);
        }
        at = (at / WORD_BITS + 1) * WORD_BITS;
    }
    None
}

fn for_words(range: Range<usize>, mut visit: impl FnMut(usize, u64)) {
    let mut at = range.start;
    while at < range.end {
        let word = at / WORD_BITS;
        let upto = range.end.min((word + 1) * WORD_BITS);
        let width = upto - at;
        let ones = if width == WORD_BITS {
            u64::MAX
        } else {
            (1u64 << width) - 1
        };
        visit(word, ones << (at % WORD_BITS));
        at = upto;
    }
}

#[cfg(test)]
mod tests;
