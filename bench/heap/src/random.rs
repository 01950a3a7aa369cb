//! Numbers that look random and are the same in every run.

/// xorshift64*: a nanosecond a number, good enough to scatter.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The sequence of this number; zero is as good as any other.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`.
    #[inline]
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// A size from `low` to `high` bytes, small ones far more often: half of them are below eight
    /// times `low`.
    pub(crate) fn size(&mut self, low: usize, high: usize) -> usize {
        let doublings = (high / low).ilog2() as usize + 1;
        let scale = self.below(doublings).min(self.below(doublings));
        let base = low << scale;
        (base + self.below(base)).min(high)
    }

    /// `count` such sizes, drawn before the clock starts.
    pub(crate) fn sizes(&mut self, count: usize, low: usize, high: usize) -> Vec<usize> {
        (0..count).map(|_| self.size(low, high)).collect()
    }

    /// The numbers below `count` in random order.
    pub(crate) fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            order.swap(at, self.below(at + 1));
        }
        order
    }
}
