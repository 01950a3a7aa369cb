//! Interior pointers that hold a block in a manner known from certain programs.

use super::EdgeKind;
use std::fmt;
use std::str::FromStr;
use tenure_trace::graph::Way;

/// A manner in which programs hold a block by a pointer into its middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Heuristic {
    /// To the characters behind the counters of a `std::string` that is shared.
    StdString,
    /// Behind a word that holds the length of the rest.
    Length64,
    /// Behind the number of elements that C++ keeps before an array of objects.
    NewArray,
    /// To a base of a C++ object that does not lie first.
    MultipleInheritance,
    /// To the control bytes of a Rust hash table.
    HashTable,
    /// To the first byte, but for low bits that the program uses.
    Tagged,
}

impl Heuristic {
    /// All, in their order.
    pub const ALL: [Self; 6] = [
        Self::StdString,
        Self::Length64,
        Self::NewArray,
        Self::MultipleInheritance,
        Self::HashTable,
        Self::Tagged,
    ];

    /// Its word, as valgrind has it for those that it knows.
    pub fn word(self) -> &'static str {
        match self {
            Self::StdString => "stdstring",
            Self::Length64 => "length64",
            Self::NewArray => "newarray",
            Self::MultipleInheritance => "multipleinheritance",
            Self::HashTable => "hashtable",
            Self::Tagged => "tagged",
        }
    }

    /// The one that a way of pointing is a case of.
    pub(super) fn of(way: Way) -> Option<Self> {
        Some(match way {
            Way::Start | Way::Interior => return None,
            Way::StdString => Self::StdString,
            Way::Length64 => Self::Length64,
            Way::NewArray => Self::NewArray,
            Way::MultipleInheritance => Self::MultipleInheritance,
            Way::HashTable => Self::HashTable,
            Way::Tagged => Self::Tagged,
        })
    }
}

/// Which heuristics are believed: their pointers count as pointers to the start of the block.
///
/// The default is all but [`Heuristic::Tagged`], whose pointers are easily met by chance.
///
/// ```
/// use tenure_model::graph::{Heuristic, Heuristics};
///
/// let some: Heuristics = "stdstring,newarray".parse()?;
/// assert!(some.has(Heuristic::NewArray) && !some.has(Heuristic::Length64));
/// assert!(!Heuristics::default().has(Heuristic::Tagged));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heuristics {
    /// A bit for each.
    bits: u8,
}

impl Heuristics {
    /// None: every pointer into the middle of a block is an interior pointer.
    pub const NONE: Self = Self { bits: 0 };
    /// All of them.
    pub const ALL: Self = Self {
        bits: (1 << Heuristic::ALL.len()) - 1,
    };

    /// The same, and `heuristic`.
    #[must_use]
    pub const fn with(self, heuristic: Heuristic) -> Self {
        Self {
            bits: self.bits | 1 << heuristic as u8,
        }
    }

    /// Whether `heuristic` is believed.
    pub const fn has(self, heuristic: Heuristic) -> bool {
        self.bits & 1 << heuristic as u8 != 0
    }

    /// What kind of pointer one is that points in this way.
    pub(super) fn kind(self, way: Way) -> EdgeKind {
        match Heuristic::of(way) {
            None if way == Way::Start => EdgeKind::Start,
            Some(heuristic) if self.has(heuristic) => EdgeKind::Heuristic,
            _ => EdgeKind::Interior,
        }
    }
}

impl Default for Heuristics {
    fn default() -> Self {
        Self {
            bits: Self::ALL.bits & !Self::NONE.with(Heuristic::Tagged).bits,
        }
    }
}

impl fmt::Display for Heuristics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => f.write_str("none"),
            Self::ALL => f.write_str("all"),
            some => {
                let words = Heuristic::ALL.into_iter().filter(|&one| some.has(one));
                let words: Vec<_> = words.map(Heuristic::word).collect();
                f.write_str(&words.join(","))
            }
        }
    }
}

impl FromStr for Heuristics {
    type Err = String;

    /// `all`, `none`, or words with commas between them.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => return Ok(Self::ALL),
            "none" => return Ok(Self::NONE),
            _ => {}
        }
        text.split(',').try_fold(Self::NONE, |chosen, word| {
            let known = Heuristic::ALL
                .into_iter()
                .find(|known| known.word() == word);
            known.map(|known| chosen.with(known)).ok_or_else(|| {
                format!(
                    "\"{}\" is no heuristic; there are all, none, {}",
                    word.escape_debug(),
                    Heuristic::ALL.map(Heuristic::word).join(", ")
                )
            })
        })
    }
}
