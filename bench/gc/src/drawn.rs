//! Numbers that look drawn, the same in every run.

/// A generator of Marsaglia's xorshift kind.
pub(crate) struct Drawn(u64);

impl Drawn {
    /// One that begins where all begin.
    pub(crate) const fn new() -> Self {
        Self(88_172_645_463_325_252)
    }

    /// A number from 0 to `end - 1`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}
