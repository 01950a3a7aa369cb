//! Chance for tests: the same each time.

use super::Frame;

/// Names of frames: few and alike, so that patterns of chance fit often.
const NAMES: [&str; 8] = ["a", "b", "ab", "aab", "ba", "main", "malloc", "abab"];

/// A generator that gives the same numbers for the same seed.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// Up to `max` letters of `alphabet`.
    pub(super) fn text(&mut self, alphabet: &str, max: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let count = self.below(max + 1);
        (0..count)
            .map(|_| letters[self.below(letters.len())])
            .collect()
    }

    /// A name, or none.
    pub(super) fn name(&mut self) -> Option<&'static str> {
        NAMES.get(self.below(NAMES.len() + 1)).copied()
    }

    /// Up to `max` frames.
    pub(super) fn frames(&mut self, max: usize) -> Vec<Frame<'static>> {
        let count = self.below(max + 1);
        let frame = |_| Frame {
            function: self.name(),
            mangled: self.name(),
            module: self.name(),
            file: self.name(),
            line: Some(self.below(3) as u32),
        };
        (0..count).map(frame).collect()
    }
}
