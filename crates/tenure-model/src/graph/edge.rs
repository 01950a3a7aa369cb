//! What an edge says of itself: where in its target it points, and whether it holds the target.

/// Where in its target an edge points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// To the first byte of the block. References of managed heaps are all of this kind.
    #[default]
    Start,
    /// Somewhere behind the first byte. It may be a pointer or a number that looks like one.
    Interior,
    /// Behind the first byte, but the contents of the block explain why (an array of objects with
    /// destructors, the text of a string); it counts as [`EdgeKind::Start`].
    Heuristic,
}

impl EdgeKind {
    /// Whether a chain may go through it and still be a chain of start pointers.
    pub fn is_start(self) -> bool {
        self != Self::Interior
    }
}

/// Whether an edge keeps its target alive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// It does.
    #[default]
    Strong,
    /// It does not, or only while memory is plenty: weak, soft and phantom references.
    Weak,
}

/// The label of an edge or of a root's pointer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// Where it points.
    pub kind: EdgeKind,
    /// Whether it holds.
    pub strength: Strength,
}

impl Label {
    /// A strong start pointer.
    pub const START: Self = Self::strong(EdgeKind::Start);
    /// A strong interior pointer.
    pub const INTERIOR: Self = Self::strong(EdgeKind::Interior);
    /// A strong interior pointer that counts as a start pointer.
    pub const HEURISTIC: Self = Self::strong(EdgeKind::Heuristic);

    const fn strong(kind: EdgeKind) -> Self {
        Self {
            kind,
            strength: Strength::Strong,
        }
    }

    /// The same, but weak.
    pub const fn weak(self) -> Self {
        Self {
            kind: self.kind,
            strength: Strength::Weak,
        }
    }

    /// Two bits of kind, one of strength. `START` is 0.
    pub(super) fn pack(self) -> Packed {
        let kind = match self.kind {
            EdgeKind::Start => 0,
            EdgeKind::Interior => INTERIOR,
            EdgeKind::Heuristic => HEURISTIC,
        };
        let weak = if self.strength == Strength::Weak {
            WEAK
        } else {
            0
        };
        Packed(kind | weak)
    }
}

const INTERIOR: u8 = 1;
const HEURISTIC: u8 = 2;
const WEAK: u8 = 4;

/// A label in one byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Packed(u8);

impl Packed {
    pub(super) fn label(self) -> Label {
        let kind = match self.0 & (INTERIOR | HEURISTIC) {
            0 => EdgeKind::Start,
            INTERIOR => EdgeKind::Interior,
            _ => EdgeKind::Heuristic,
        };
        let strength = if self.is_weak() {
            Strength::Weak
        } else {
            Strength::Strong
        };
        Label { kind, strength }
    }

    pub(super) fn is_start(self) -> bool {
        self.0 & INTERIOR == 0
    }

    pub(super) fn is_strong(self) -> bool {
        !self.is_weak()
    }

    fn is_weak(self) -> bool {
        self.0 & WEAK != 0
    }
}

/// Which edges are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Follow {
    /// Strong ones: what would be freed without the holder.
    #[default]
    Strong,
    /// Weak ones too.
    All,
}

impl Follow {
    pub(super) fn passes(self, label: Packed) -> bool {
        self == Self::All || !label.is_weak()
    }
}

/// An edge, seen from its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The node that it points to.
    pub target: u32,
    /// What kind of pointer it is.
    pub label: Label,
    /// Where in the source it stands: an offset in bytes, or a number that the caller knows the
    /// name of. `None` where none was given.
    pub detail: Option<u32>,
}
