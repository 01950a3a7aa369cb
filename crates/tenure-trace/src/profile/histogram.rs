//! Histograms by powers of two: which bucket a number falls into, and what a bucket spans.
//!
//! The bucket of a number is its length in bits: 0 → 0, 1 → 1, 2 and 3 → 2, 4 to 7 → 3. The last
//! bucket of a histogram is open: it takes everything above.

/// Buckets of the histogram of requested sizes.
pub const SIZE_BUCKETS: usize = 40;
/// Buckets of the histograms of lifetimes.
pub const LIFETIME_BUCKETS: usize = 48;

/// The bucket of `number` in a histogram of `buckets` buckets, which are at least 1.
///
/// ```
/// use tenure_trace::profile::histogram::bucket;
/// assert_eq!([0, 1, 2, 3, 4].map(|number| bucket(number, 40)), [0, 1, 2, 2, 3]);
/// assert_eq!(bucket(u64::MAX, 40), 39);
/// ```
pub const fn bucket(number: u64, buckets: usize) -> usize {
    let bits = (u64::BITS - number.leading_zeros()) as usize;
    if bits < buckets {
        bits
    } else {
        buckets.saturating_sub(1)
    }
}

/// The bucket of a requested size in bytes.
pub const fn size_bucket(bytes: u64) -> usize {
    bucket(bytes, SIZE_BUCKETS)
}

/// The bucket of a lifetime, in nanoseconds or in bytes.
pub const fn lifetime_bucket(span: u64) -> usize {
    bucket(span, LIFETIME_BUCKETS)
}

/// The smallest and the largest number of `bucket`, were it not the open one.
///
/// ```
/// use tenure_trace::profile::histogram::range;
/// assert_eq!([0, 1, 2, 3].map(range), [(0, 0), (1, 1), (2, 3), (4, 7)]);
/// assert_eq!(range(64), (1 << 63, u64::MAX));
/// ```
pub const fn range(bucket: usize) -> (u64, u64) {
    match bucket {
        0 => (0, 0),
        1..=63 => (1 << (bucket - 1), (1 << bucket) - 1),
        _ => (1 << 63, u64::MAX),
    }
}

/// What a bucket that reads `stored` counts when its histogram has `scale`: units of 2^scale.
pub const fn scaled(stored: u32, scale: u8) -> u64 {
    let number = stored as u64;
    if scale as u32 > number.leading_zeros() && number != 0 {
        u64::MAX
    } else if number == 0 {
        0
    } else {
        number << scale
    }
}
