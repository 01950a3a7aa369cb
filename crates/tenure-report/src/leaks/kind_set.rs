//! Some of the four kinds, by the words that valgrind has for them.

use std::fmt;
use std::str::FromStr;
use tenure_model::graph::Kind;

/// Some of the four kinds.
///
/// ```
/// use tenure_model::graph::Kind;
/// use tenure_report::leaks::KindSet;
///
/// let some: KindSet = "definite,possible".parse()?;
/// assert!(some.has(Kind::PossiblyLost) && !some.has(Kind::StillReachable));
/// assert_eq!(some, KindSet::default());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindSet {
    /// A bit for each, by its number.
    bits: u8,
}

/// The kinds in the order in which they are shown, with their words.
pub(super) const WORDS: [(Kind, &str); 4] = [
    (Kind::DefinitelyLost, "definite"),
    (Kind::IndirectlyLost, "indirect"),
    (Kind::PossiblyLost, "possible"),
    (Kind::StillReachable, "reachable"),
];

impl KindSet {
    /// None of them.
    pub const NONE: Self = Self { bits: 0 };
    /// All of them.
    pub const ALL: Self = Self { bits: 0b1111 };

    /// One of them.
    pub const fn only(kind: Kind) -> Self {
        Self {
            bits: 1 << kind as u8,
        }
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            bits: self.bits | other.bits,
        }
    }

    /// Whether `kind` is one of them.
    pub const fn has(self, kind: Kind) -> bool {
        self.bits & 1 << kind as u8 != 0
    }

    /// The kinds, those that matter most first.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        let kinds = WORDS.into_iter().map(|(kind, _)| kind);
        kinds.filter(move |&kind| self.has(kind))
    }
}

/// Definitely and possibly lost: what valgrind shows unasked.
impl Default for KindSet {
    fn default() -> Self {
        Self::only(Kind::DefinitelyLost).and(Self::only(Kind::PossiblyLost))
    }
}

impl fmt::Display for KindSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return f.write_str("none");
        }
        let words = WORDS.into_iter().filter(|&(kind, _)| self.has(kind));
        let words: Vec<_> = words.map(|(_, word)| word).collect();
        f.write_str(&words.join(","))
    }
}

impl FromStr for KindSet {
    type Err = String;

    /// `all`, `none`, or words with commas between them.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => return Ok(Self::ALL),
            "none" => return Ok(Self::NONE),
            _ => {}
        }
        text.split(',').try_fold(Self::NONE, |chosen, word| {
            let known = WORDS.into_iter().find(|known| known.1 == word);
            known
                .map(|(kind, _)| chosen.and(Self::only(kind)))
                .ok_or_else(|| {
                    format!(
                        "\"{}\" is no kind of leak; there are definite, indirect, possible, \
                         reachable, all, none",
                        word.escape_debug()
                    )
                })
        })
    }
}
