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

/// How far a test counts that counts far: memcheck and Miri, which are tens and thousands of times
/// slower, look at the same lines with fewer objects, and so does what has little memory.
pub(crate) const fn many(count: usize) -> usize {
    if cfg!(miri) {
        count / 1000
    } else if cfg!(any(tenure_memcheck, tenure_replaced_os)) {
        count / 8
    } else {
        count
    }
}

/// Scripts that a property is tried with, likewise.
pub(crate) const fn cases(count: u32) -> u32 {
    if cfg!(miri) {
        2
    } else if cfg!(tenure_memcheck) {
        count / 3
    } else {
        count
    }
}
