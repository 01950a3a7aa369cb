//! Finalisers: code that sees an object once more before it is gone, and may bring it back.

use alloc::boxed::Box;
use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::gc::Gc;
use crate::mark::Marker;
use crate::memory::{Memory, State};
use crate::mutation::Mutation;
use crate::object::Object;
use crate::references::weak::LongWeak;
use crate::references::{Watch, lives};
use crate::root::Rootable;

/// A finaliser whose types are not told.
pub(crate) type Finalizer = Box<dyn FnOnce(&State, NonNull<u8>)>;

/// What is called where a mark has ended.
pub(crate) type Hook = Box<dyn FnOnce(&mut Memory)>;

impl<'gc> Mutation<'gc> {
    /// Has `with` run on an object when nothing but weak references leads to it any more.
    ///
    /// The collection that finds that out keeps the object, with all that it leads to, until the
    /// pause is over; then the finaliser runs as a mutation, on the heap's thread, in the order in
    /// which finalisers were registered, those of young objects first. It may allocate, and may
    /// bring the object back by storing it somewhere that lives, such as what a
    /// [`Root`](struct@crate::Root) keeps. It runs once: an object brought back is not finalised
    /// again, unless that is asked for again. The object itself goes with a later collection.
    ///
    /// [`crate::Weak`] is cleared before finalisers run, [`LongWeak`], [`crate::Phantom`] and
    /// [`crate::Cleaner`] wait until the object is gone. A panic comes out of [`crate::Heap::poll`]
    /// or [`crate::Heap::collect`]; the other finalisers run after the next pause. A heap that ends
    /// runs none.
    ///
    /// # Examples
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    /// use tenure_gc::{Heap, Kind, Root};
    /// let said = Rc::new(RefCell::new(vec![]));
    /// let mut heap = Heap::<Root![()]>::new(|_| ());
    /// let saying = said.clone();
    /// heap.mutate(|mc, _| {
    ///     let name = mc.alloc("Ada".to_owned());
    ///     mc.finalize::<Root![String]>(name, move |_, name| {
    ///         saying.borrow_mut().push(name.as_ref().clone());
    ///     });
    /// });
    /// heap.collect(Kind::Full)?;
    /// heap.collect(Kind::Full)?;
    /// assert_eq!(*said.borrow(), ["Ada"]);
    /// # Ok::<(), tenure_gc::HeapFull>(())
    /// ```
    pub fn finalize<R: Rootable>(
        &self,
        of: Gc<'gc, R::At<'gc>>,
        with: impl for<'a> FnOnce(&'a Mutation<'a>, Gc<'a, R::At<'a>>) + 'static,
    ) {
        let action: Finalizer = Box::new(move |state, value| {
            // SAFETY: the brand is the closure's own; the caller's state is that of the heap that
            // the object is in, and the object lives and was an `R::At` when this was made.
            unsafe { with(Mutation::new(state), Gc::from_value(value)) }
        });
        // SAFETY: the reference ends here, and nobody is called.
        let memory = unsafe { self.state().memory() };
        memory.references.finalizers.add(Watch {
            target: of.value(),
            action,
        });
    }
}

/// A heap at the end of a mark: what [`crate::Heap::finalize`] passes on.
///
/// Every object is still there, and can be read. Nothing can be allocated or written.
pub struct Finalization<'gc> {
    memory: NonNull<Memory>,
    brand: PhantomData<Cell<&'gc ()>>,
}

impl<'gc> Finalization<'gc> {
    /// # Safety
    /// * The brand is one that no other heap has, and ends before anything is freed; nobody else
    ///   uses the memory before that.
    pub(crate) unsafe fn new(memory: &mut Memory) -> Self {
        Self {
            memory: NonNull::from(memory),
            brand: PhantomData,
        }
    }

    /// What a weak reference leads to, dead or alive.
    #[must_use]
    pub fn get<T>(&self, of: LongWeak<'gc, T>) -> Option<Gc<'gc, T>> {
        // SAFETY: a target that was not cleared is there until the pause ends.
        of.target().map(|value| unsafe { Gc::from_value(value) })
    }

    /// Whether the mark has not reached an object: it will be gone unless something resurrects it.
    #[must_use]
    pub fn is_dead<T>(&self, object: Gc<'gc, T>) -> bool {
        // SAFETY: by the contract of `new`; the reference ends here.
        !lives(unsafe { self.memory.as_ref() }, object.value())
    }

    /// Keeps an object, and what it leads to, in this collection. What it leads to is reached when
    /// the hook has returned: until then [`Finalization::is_dead`] still says it is dead.
    pub fn resurrect<T>(&self, object: Gc<'gc, T>) {
        // SAFETY: by the contract of `new`; the reference ends here, and a marker calls nobody.
        let memory = unsafe { &mut *self.memory.as_ptr() };
        Marker::new(memory).shade(Object::of_value(object.value()));
    }
}
