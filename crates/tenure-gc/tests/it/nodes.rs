//! The types that the tests put into heaps.

use tenure_gc::{Gc, Lock, Relocator, Trace, Visitor};

/// A node with two slots that can be rewritten.
pub(crate) struct Node<'gc> {
    pub(crate) number: u64,
    pub(crate) left: Lock<Option<Gc<'gc, Node<'gc>>>>,
    pub(crate) right: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

// SAFETY: both slots are presented.
unsafe impl<'gc> Trace<'gc> for Node<'gc> {
    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        visitor.field("left");
        self.left.trace(visitor);
        visitor.field("right");
        self.right.trace(visitor);
    }

    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        self.left.relocate(relocator);
        self.right.relocate(relocator);
    }
}

impl<'gc> Node<'gc> {
    pub(crate) fn leaf(number: u64) -> Self {
        Self::pair(number, None, None)
    }

    pub(crate) fn pair(
        number: u64,
        left: Option<Gc<'gc, Node<'gc>>>,
        right: Option<Gc<'gc, Node<'gc>>>,
    ) -> Self {
        Self {
            number,
            left: Lock::new(left),
            right: Lock::new(right),
        }
    }
}
