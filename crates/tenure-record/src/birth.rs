//! What is known of a block since its birth, in the sixteen bytes of its tag.
//!
//! **Shape:** two words, from the lowest bit:
//! `site 26 | mark 14 | time 24 of 48` and `time, upper 24 | clock 40`.
//! * `time`: since the start of recording in steps of 16 ns; comes round after 52 days.
//! * `clock`: bytes that the process had asked for, in steps of 16; comes round after 16 TiB.
//! * `mark`: which activation of the allocating function it was; for a sample, at which rate it was
//!   drawn.
//!
//! A lifetime is the difference round the circle. A time of zero is stored as one step, so that no
//! birth looks like "none".

use tenure_heap::watch::Tag;

/// Nodes that a site can be.
pub(crate) const SITES_MAX: u32 = 1 << SITE_BITS;
const SITE_BITS: u32 = 26;
const MARK_BITS: u32 = 14;
const TIME_BITS: u32 = 48;
const CLOCK_BITS: u32 = 40;
const TIME_LOW_BITS: u32 = 24;
const STEP_SHIFT: u32 = 4;

const _: () = assert!(SITE_BITS + MARK_BITS + TIME_BITS + CLOCK_BITS == 128);

/// Where and when a block was allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Birth {
    /// Id of the site; below [`SITES_MAX`].
    pub(crate) site: u32,
    /// See the module.
    pub(crate) mark: u16,
    /// Since the start of recording.
    pub(crate) time_ns: u64,
    /// Bytes that the process had asked for, with these.
    pub(crate) clock_bytes: u64,
}

const fn low(bits: u32) -> u64 {
    (1 << bits) - 1
}

impl Birth {
    /// Cuts each field to its bits.
    pub(crate) fn tag(self) -> Tag {
        let time = (self.time_ns >> STEP_SHIFT).max(1) & low(TIME_BITS);
        let clock = (self.clock_bytes >> STEP_SHIFT) & low(CLOCK_BITS);
        let site = u64::from(self.site) & low(SITE_BITS);
        let mark = u64::from(self.mark) & low(MARK_BITS);
        Tag([
            site | mark << SITE_BITS | (time & low(TIME_LOW_BITS)) << (SITE_BITS + MARK_BITS),
            time >> TIME_LOW_BITS | clock << (TIME_BITS - TIME_LOW_BITS),
        ])
    }

    /// The site that a tag names; 0 of none.
    pub(crate) fn site_of(tag: Tag) -> u32 {
        (tag.0[0] & low(SITE_BITS)) as u32
    }

    /// What a tag says, to the step.
    pub(crate) fn of(tag: Tag) -> Self {
        let [first, second] = tag.0;
        let time_low = first >> (SITE_BITS + MARK_BITS);
        let time_high = second & low(TIME_BITS - TIME_LOW_BITS);
        Self {
            site: (first & low(SITE_BITS)) as u32,
            mark: (first >> SITE_BITS & low(MARK_BITS)) as u16,
            time_ns: (time_high << TIME_LOW_BITS | time_low) << STEP_SHIFT,
            clock_bytes: second >> (TIME_BITS - TIME_LOW_BITS) << STEP_SHIFT,
        }
    }

    /// What `time_ns` is at `now_ns`, as far as a tag can say: nanoseconds.
    pub(crate) fn age_ns(&self, now_ns: u64) -> u64 {
        now_ns.wrapping_sub(self.time_ns) & (low(TIME_BITS) << STEP_SHIFT | low(STEP_SHIFT))
    }

    /// Bytes asked for since, where the clock shows `now_bytes`. A clock that another thread reads
    /// may be a little behind: then 0.
    pub(crate) fn age_bytes(&self, now_bytes: u64) -> u64 {
        let mask = low(CLOCK_BITS) << STEP_SHIFT | low(STEP_SHIFT);
        let age = now_bytes.wrapping_sub(self.clock_bytes) & mask;
        if age > mask / 2 { 0 } else { age }
    }
}

/// The mark of a frame at `address`, for comparing two.
pub(crate) fn frame_mark(address: usize) -> u16 {
    let steps = address as u64 >> STEP_SHIFT;
    ((steps ^ steps >> MARK_BITS) & low(MARK_BITS)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_gives_back_what_it_was_made_of() {
        let birth = Birth {
            site: SITES_MAX - 1,
            mark: 0x3fff,
            time_ns: (1 << 52) - 16,
            clock_bytes: (1 << 44) - 16,
        };
        assert_eq!(Birth::of(birth.tag()), birth);
        let small = Birth {
            site: 5,
            mark: 0,
            time_ns: 16,
            clock_bytes: 0,
        };
        assert_eq!(Birth::of(small.tag()), small);
        let first = Birth {
            time_ns: 0,
            ..small
        };
        assert_ne!(Birth { site: 0, ..first }.tag(), Tag::NONE);
    }

    #[test]
    fn ages_go_round() {
        let birth = Birth {
            site: 1,
            mark: 0,
            time_ns: (1 << 52) - 160,
            clock_bytes: (1 << 44) - 320,
        };
        assert_eq!(birth.age_ns((1 << 52) + 40), 200);
        assert_eq!(birth.age_bytes((1 << 44) + 80), 400);
        assert_eq!(birth.age_bytes((1 << 44) - 400), 0, "a clock behind");
    }
}
