//! [`Soft`]: a pointer that keeps its object while there is room; and the rule that says how long.

use core::cell::Cell;
use core::marker::PhantomData;

use crate::descriptor::Descriptor;
use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::options::Options;
use crate::references::cell::{self, Target};
use crate::trace::{Edge, Relocator, Trace, Visitor};

/// When no more than one of so many parts of the old generation is left, all are cleared.
const PARTS: usize = 16;

/// The object that a soft pointer is a strong pointer to.
#[repr(C)]
pub(crate) struct SoftCell {
    target: Target,
    /// When the last pause began before it was last used.
    used_ms: Cell<u64>,
}

/// Looks through: in a minor collection a soft pointer keeps its object. Marks: as the rule says.
static SOFT: Descriptor = cell::descriptor::<SoftCell>(
    |cell, evacuator| {
        // SAFETY: the descriptor is a soft cell's.
        let target = unsafe { cell::target(cell) };
        if let Some(value) = target.get() {
            let mut edge = Edge::new(value);
            Relocator::strong(evacuator, &mut edge);
            target.set(Some(edge.value()));
        }
    },
    |cell, marker| {
        // SAFETY: the descriptor is a soft cell's.
        let cell = unsafe { cell.cast::<SoftCell>().as_ref() };
        if let Some(value) = cell.target.get()
            && marker
                .memory()
                .references
                .soft_rule
                .keeps(cell.used_ms.get())
        {
            Visitor::strong(marker, Edge::new(value));
        }
    },
    || "tenure_gc::SoftCell",
);

/// A pointer that keeps its object as long as memory is plentiful: for caches.
///
/// When old objects are marked, it is decided who is still kept. The rule is that of Java's
/// `SoftReference`: one that was not used for longer than *free megabytes* times
/// [`Options::soft_ms_per_free_mb`] milliseconds keeps its object no more. Free is what the old
/// generation may grow by ([`Options::old_bytes_max`]) beyond what the last mark found alive. And
/// when less than a sixteenth of the old generation is left, none keeps its object. Use is noted by
/// the clock of the last pause, so a heap that rarely pauses takes references for idle longer than
/// they are. Minor collections clear none.
///
/// # Examples
/// ```
/// use tenure_gc::{Heap, Kind, Root, Soft};
/// let mut heap = Heap::<Root![Option<Soft<'_, String>>]>::new(|_| None);
/// heap.mutate_root(|mc, root| *root = Some(Soft::new(mc, mc.alloc("found".to_owned()))));
/// heap.collect(Kind::Full)?;
/// heap.mutate(|mc, root| assert!(root.unwrap().get(mc).is_some(), "there is a lot of room"));
/// # Ok::<(), tenure_gc::HeapFull>(())
/// ```
#[repr(transparent)]
pub struct Soft<'gc, T> {
    cell: Gc<'gc, SoftCell>,
    to: PhantomData<Gc<'gc, T>>,
}

impl<T> Clone for Soft<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Soft<'_, T> {}

impl<'gc, T> Soft<'gc, T> {
    /// A soft pointer to an object, used now. Allocates a cell of three words.
    ///
    /// # Panics
    /// When there is no room for the cell; see [`Mutation::try_alloc`].
    #[must_use]
    pub fn new(mc: &Mutation<'gc>, to: Gc<'gc, T>) -> Self {
        // SAFETY: the reference ends here, and nobody is called.
        let now_ms = unsafe { mc.state().memory() }.references.now_ms;
        let cell = SoftCell {
            target: Target::new(to.value()),
            used_ms: Cell::new(now_ms),
        };
        // SAFETY: the descriptor is that of the cell, which is two words.
        let at = unsafe { mc.place(cell, &SOFT) };
        // SAFETY: as above.
        unsafe { mc.state().memory() }.references.soft.add(at);
        Self {
            // SAFETY: it was placed just now.
            cell: unsafe { Gc::from_value(at) },
            to: PhantomData,
        }
    }

    /// The object, unless it was given up. That is a use.
    #[must_use]
    pub fn get(self, mc: &Mutation<'gc>) -> Option<Gc<'gc, T>> {
        let cell = self.cell.as_ref();
        let value = cell.target.get()?;
        // SAFETY: the reference ends here, and nobody is called.
        let now_ms = unsafe { mc.state().memory() }.references.now_ms;
        cell.used_ms.set(now_ms);
        mc.keep(value);
        // SAFETY: a target that was not cleared lives, was a `T` when the cell was made, and is of
        // the heap that the brand is of.
        Some(unsafe { Gc::from_value(value) })
    }

    /// Whether the object was given up. Asking is no use.
    #[must_use]
    pub fn is_dead(self) -> bool {
        self.cell.as_ref().target.get().is_none()
    }
}

// SAFETY: the one pointer, to the cell, is presented; the cell's own is the collector's.
unsafe impl<'gc, T> Trace<'gc> for Soft<'gc, T> {
    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        self.cell.trace(visitor);
    }

    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        self.cell.relocate(relocator);
    }
}

/// What a mark goes by; the same from its beginning to its end.
#[derive(Default)]
pub(crate) struct SoftRule {
    /// Kept are those used then or later; `None` keeps nobody.
    keep_from_ms: Option<u64>,
    /// Old bytes that the last mark found alive.
    pub(crate) live_bytes: usize,
}

impl SoftRule {
    /// A mark begins, with so many bytes in the old generation.
    pub(crate) fn begin(&mut self, options: &Options, old_bytes: usize, now_ms: u64) {
        let limit = options.old_bytes_max;
        if limit.saturating_sub(old_bytes) < limit / PARTS {
            self.keep_from_ms = None;
            return;
        }
        let free_mb = (limit.saturating_sub(self.live_bytes) >> 20) as u64;
        let idle_ms_max = free_mb.saturating_mul(options.soft_ms_per_free_mb);
        self.keep_from_ms = Some(now_ms.saturating_sub(idle_ms_max));
    }

    fn keeps(&self, used_ms: u64) -> bool {
        self.keep_from_ms.is_some_and(|from_ms| used_ms >= from_ms)
    }
}
