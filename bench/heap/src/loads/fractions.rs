//! Numbers of any length, each in a block of its own: what a program that factors integers by
//! continued fractions does to malloc. Very many blocks of 2 to 32 bytes that die young, and some
//! that wait until the call that made them returns.

use std::hint::black_box;

use crate::load::{Clock, Done};
use crate::random::Random;

/// Bits in a digit.
const DIGIT_BITS: u32 = 16;

/// Digits after which a fraction is begun anew.
const DIGITS_MAX: usize = 12;

/// A number without a sign, lowest digit first, without zeros at its top. Each is a block of its
/// own.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Natural(Box<[u16]>);

/// Makes numbers and counts them: one number is one operation.
struct Maker {
    made: u64,
}

impl Maker {
    /// The number of these digits. The scratch space is not the number: it has its own block.
    fn number(&mut self, digits: &[u16]) -> Natural {
        self.made += 1;
        let length = digits.iter().rposition(|&digit| digit > 0);
        Natural(digits[..length.map_or(0, |top| top + 1)].into())
    }

    /// `a × factor + b`.
    fn multiplied(&mut self, a: &Natural, factor: u16, b: &Natural) -> Natural {
        let mut digits = [0; DIGITS_MAX + 4];
        let mut carry = 0;
        for (at, digit) in digits.iter_mut().enumerate() {
            let product = a.digit(at) * u64::from(factor) + b.digit(at) + carry;
            *digit = low(product);
            carry = product >> DIGIT_BITS;
        }
        self.number(&digits)
    }

    /// `a − b`, where `b` is not more than `a`.
    fn less(&mut self, a: &Natural, b: &Natural) -> Natural {
        let mut digits = [0; DIGITS_MAX + 4];
        let mut borrow = 0;
        for (at, digit) in digits.iter_mut().enumerate() {
            let difference = (1 << DIGIT_BITS) + a.digit(at) - b.digit(at) - borrow;
            *digit = low(difference);
            borrow = 1 - (difference >> DIGIT_BITS);
        }
        self.number(&digits)
    }

    /// Half of `a`, without the rest.
    fn half(&mut self, a: &Natural) -> Natural {
        let mut digits = [0; DIGITS_MAX + 4];
        for (at, digit) in digits.iter_mut().enumerate() {
            *digit = low((a.digit(at) | a.digit(at + 1) << DIGIT_BITS) >> 1);
        }
        self.number(&digits)
    }

    /// The greatest common divisor of `a` and `b`, of which one is odd. While a call runs, the
    /// numbers of all calls around it are live.
    fn divisor(&mut self, a: &Natural, b: &Natural) -> Natural {
        let (large, small) = if a.at_least(b) { (a, b) } else { (b, a) };
        if small.is_zero() {
            return self.number(&large.0);
        }
        if large.is_even() {
            let half = self.half(large);
            return self.divisor(&half, small);
        }
        if small.is_even() {
            let half = self.half(small);
            return self.divisor(large, &half);
        }
        let difference = self.less(large, small);
        self.divisor(&difference, small)
    }
}

impl Natural {
    fn digit(&self, at: usize) -> u64 {
        self.0.get(at).copied().map_or(0, u64::from)
    }

    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn is_even(&self) -> bool {
        self.digit(0).is_multiple_of(2)
    }

    fn at_least(&self, other: &Natural) -> bool {
        let (own, others) = (self.0.iter().rev(), other.0.iter().rev());
        self.0
            .len()
            .cmp(&other.0.len())
            .then(own.cmp(others))
            .is_ge()
    }
}

/// The lowest digit of a sum.
fn low(sum: u64) -> u16 {
    (sum & u64::from(u16::MAX)) as u16
}

/// Convergents of random continued fractions, each followed by the divisor of its two parts, which
/// is one.
pub(super) fn fractions(operations: u64) -> Done {
    let mut random = Random::new(60);
    let mut maker = Maker { made: 0 };
    let clock = Clock::start();
    while maker.made < operations {
        let (zero, one) = (maker.number(&[]), maker.number(&[1]));
        let mut above = [zero.clone(), one.clone()];
        let mut below = [one.clone(), zero];
        while above[1].0.len() < DIGITS_MAX {
            let term = 1 + low(random.below(200) as u64);
            above = advanced(&mut maker, above, term);
            below = advanced(&mut maker, below, term);
        }
        let divisor = maker.divisor(&above[1], &below[1]);
        assert_eq!(black_box(divisor), one, "convergents are in lowest terms");
    }
    clock.done(maker.made)
}

/// The last two of a row of which each is the one before times `term` and the one before that.
fn advanced(maker: &mut Maker, [older, old]: [Natural; 2], term: u16) -> [Natural; 2] {
    let new = maker.multiplied(&old, term, &older);
    [old, new]
}
