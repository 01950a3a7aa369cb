//! [`Weak`] and [`LongWeak`]: pointers that do not keep their objects.

use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::descriptor::Descriptor;
use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::references::cell::{self, Target};
use crate::trace::{Relocator, Trace, Visitor};

/// The object that a weak pointer is a strong pointer to.
#[repr(C)]
pub(crate) struct WeakCell(Target);

static WEAK: Descriptor =
    cell::descriptor::<WeakCell>(|_, _| (), |_, _| (), || "tenure_gc::WeakCell");

macro_rules! weak_pointers {
    ($($(#[$doc:meta])* $name:ident in $list:ident;)*) => {$(
        $(#[$doc])*
        #[repr(transparent)]
        pub struct $name<'gc, T> {
            cell: Gc<'gc, WeakCell>,
            to: PhantomData<Gc<'gc, T>>,
        }

        impl<T> Clone for $name<'_, T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $name<'_, T> {}

        impl<'gc, T> $name<'gc, T> {
            /// A pointer to an object that does not keep it. Allocates a cell of two words.
            ///
            /// # Panics
            /// When there is no room for the cell; see [`Mutation::try_alloc`].
            #[must_use]
            pub fn new(mc: &Mutation<'gc>, to: Gc<'gc, T>) -> Self {
                let cell = WeakCell(Target::new(to.value()));
                // SAFETY: the descriptor is that of the cell, which is a word.
                let at = unsafe { mc.place(cell, &WEAK) };
                // SAFETY: the reference ends here, and nobody is called.
                let memory = unsafe { mc.state().memory() };
                memory.references.$list.add(at);
                Self {
                    // SAFETY: it was placed just now.
                    cell: unsafe { Gc::from_value(at) },
                    to: PhantomData,
                }
            }

            /// The object, unless it is gone. Two loads, and one more that asks for a mark under
            /// way, which must reach what is in use again.
            #[inline]
            #[must_use]
            pub fn upgrade(self, mc: &Mutation<'gc>) -> Option<Gc<'gc, T>> {
                let value = self.target()?;
                mc.keep(value);
                // SAFETY: a target that was not cleared lives, was a `T` when the cell was made,
                // and is of the heap that the brand is of.
                Some(unsafe { Gc::from_value(value) })
            }

            /// Whether the object is gone. The answer may change with any collection.
            #[inline]
            #[must_use]
            pub fn is_dead(self) -> bool {
                self.target().is_none()
            }

            /// Whether both are the same reference; two to one object may be two references.
            #[inline]
            #[must_use]
            pub fn ptr_eq(self, other: Self) -> bool {
                self.cell.ptr_eq(other.cell)
            }

            /// Where the object lies.
            #[inline]
            pub(crate) fn target(self) -> Option<NonNull<u8>> {
                self.cell.as_ref().0.get()
            }
        }

        // SAFETY: the one pointer, to the cell, is presented; the cell's own is the collector's.
        unsafe impl<'gc, T> Trace<'gc> for $name<'gc, T> {
            #[inline]
            fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
                self.cell.trace(visitor);
            }

            #[inline]
            fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
                self.cell.relocate(relocator);
            }
        }
    )*};
}

weak_pointers! {
    /// A pointer that does not keep its object: [`Weak::upgrade`] gives it as long as it lives.
    ///
    /// It is cleared when a collection finds that nothing but weak references leads to the object,
    /// before finalisers run: what a finaliser brings back to life stays cleared here, see
    /// [`LongWeak`]. In minor collections that is so for young objects, old ones count as alive
    /// there. To visitors it is a pointer to a cell whose own pointer is weak.
    ///
    /// # Examples
    /// A cache that does not keep what it knows:
    /// ```
    /// use tenure_gc::{Gc, Heap, Kind, Root, Weak};
    /// type Both<'gc> = (Option<Gc<'gc, String>>, Option<Weak<'gc, String>>);
    /// let mut heap = Heap::<Root!['gc => Both<'gc>]>::new(|_| (None, None));
    /// heap.mutate_root(|mc, (strong, weak)| {
    ///     let name = mc.alloc("Ada".to_owned());
    ///     (*strong, *weak) = (Some(name), Some(Weak::new(mc, name)));
    /// });
    /// heap.collect(Kind::Full)?;
    /// heap.mutate(|mc, (_, weak)| assert_eq!(*weak.unwrap().upgrade(mc).unwrap(), *"Ada"));
    /// heap.mutate_root(|_, (strong, _)| *strong = None);
    /// heap.collect(Kind::Full)?;
    /// heap.mutate(|mc, (_, weak)| assert!(weak.unwrap().upgrade(mc).is_none()));
    /// # Ok::<(), tenure_gc::HeapFull>(())
    /// ```
    Weak in weak;

    /// A weak pointer that stays while finalisers may still bring the object back to life.
    ///
    /// It is cleared only when the object's memory is about to be used again, so it is what
    /// [`crate::Heap::finalize`] asks about the dead. [`Weak`] is what a cache wants.
    LongWeak in long_weak;
}
