//! What follows an object: [`Phantom`] puts a value on a [`RefQueue`], a [`Cleaner`] runs code.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::rc::Rc;
use core::cell::{Cell, RefCell};

use crate::gc::Gc;
use crate::mutation::Mutation;
use crate::references::Watch;

/// What is to be done when an object is gone.
pub(crate) trait Gone {
    /// Does it, once. It may be a user's code.
    fn gone(&self);
    /// There is nothing to do any more.
    fn is_done(&self) -> bool;
}

/// A queue of what was said about objects that are gone.
///
/// The program owns it and asks when it likes, inside of mutations or outside. A clone is the same
/// queue. It is one thread's, as the heap is.
pub struct RefQueue<P>(Rc<RefCell<VecDeque<P>>>);

impl<P> RefQueue<P> {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next payload, in the order in which pauses found the objects gone.
    #[must_use]
    pub fn poll(&self) -> Option<P> {
        self.0.borrow_mut().pop_front()
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<P> Default for RefQueue<P> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<P> Clone for RefQueue<P> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

/// A payload that is queued after an object is gone: dropped, and out of reach of finalisers.
///
/// It never leads to the object, so it has no brand and may be kept anywhere, or nowhere: the heap
/// has the payload until it is queued or taken back. (Java's `PhantomReference` is lost if nobody
/// keeps it.) When the heap ends, all payloads that are left are queued.
///
/// # Examples
/// ```
/// use tenure_gc::{Heap, Kind, Phantom, RefQueue, Root};
/// let mut heap = Heap::<Root![()]>::new(|_| ());
/// let queue = RefQueue::new();
/// heap.mutate(|mc, _| Phantom::new(mc, mc.alloc(7), "descriptor 7", &queue));
/// heap.collect(Kind::Minor)?;
/// assert_eq!(queue.poll(), Some("descriptor 7"));
/// assert_eq!(queue.poll(), None);
/// # Ok::<(), tenure_gc::HeapFull>(())
/// ```
pub struct Phantom<P>(Rc<Payload<P>>);

struct Payload<P> {
    payload: Cell<Option<P>>,
    queue: RefQueue<P>,
}

impl<P: 'static> Phantom<P> {
    /// Has `payload` queued once `of` is gone. O(1); a pause goes over those of young objects, a
    /// mark over all.
    pub fn new<'gc, T>(
        mc: &Mutation<'gc>,
        of: Gc<'gc, T>,
        payload: P,
        queue: &RefQueue<P>,
    ) -> Self {
        let payload = Rc::new(Payload {
            payload: Cell::new(Some(payload)),
            queue: queue.clone(),
        });
        watch(mc, of, Rc::<Payload<P>>::clone(&payload));
        Self(payload)
    }

    /// Takes the payload back, unless it was queued: it never will be then.
    #[must_use = "the payload is no longer in the heap"]
    pub fn cancel(&self) -> Option<P> {
        self.0.payload.take()
    }
}

impl<P> Clone for Phantom<P> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<P> Gone for Payload<P> {
    fn gone(&self) {
        if let Some(payload) = self.payload.take() {
            self.queue.0.borrow_mut().push_back(payload);
        }
    }

    fn is_done(&self) -> bool {
        let payload = self.payload.take();
        let done = payload.is_none();
        self.payload.set(payload);
        done
    }
}

/// Code that runs after an object is gone, on the thread of the heap, when the pause is over.
///
/// It runs once: by the heap, when the object is gone or the heap ends, or before that by
/// [`Cleaner::clean`]. The closure holds no pointer into the heap (it is `'static`), so it cannot
/// bring the object back; what it needs of the object it takes along. A panic in it comes out of
/// [`crate::Heap::poll`] or [`crate::Heap::collect`]; the others run after the next pause.
///
/// # Examples
/// ```
/// use std::{cell::Cell, rc::Rc};
/// use tenure_gc::{Cleaner, Heap, Kind, Root};
/// let closed = Rc::new(Cell::new(0));
/// let mut heap = Heap::<Root![()]>::new(|_| ());
/// let counter = closed.clone();
/// heap.mutate(|mc, _| Cleaner::new(mc, mc.alloc(7), move || counter.set(counter.get() + 1)));
/// heap.collect(Kind::Full)?;
/// heap.collect(Kind::Full)?;
/// assert_eq!(closed.get(), 1);
/// # Ok::<(), tenure_gc::HeapFull>(())
/// ```
#[derive(Clone)]
pub struct Cleaner(Rc<Cleaning>);

struct Cleaning(Cell<Option<Box<dyn FnOnce()>>>);

impl Cleaner {
    /// Has `clean` run once `of` is gone. O(1), as [`Phantom::new`].
    pub fn new<'gc, T>(mc: &Mutation<'gc>, of: Gc<'gc, T>, clean: impl FnOnce() + 'static) -> Self {
        let cleaning = Rc::new(Cleaning(Cell::new(Some(Box::new(clean)))));
        watch(mc, of, Rc::<Cleaning>::clone(&cleaning));
        Self(cleaning)
    }

    /// Runs the code now, unless it has run. Whether it did.
    pub fn clean(&self) -> bool {
        let clean = self.0.0.take();
        let ran = clean.is_some();
        if let Some(clean) = clean {
            clean();
        }
        ran
    }

    /// Sees to it that the code never runs; it is dropped. Whether it had not run yet.
    pub fn cancel(&self) -> bool {
        self.0.0.take().is_some()
    }
}

impl Gone for Cleaning {
    fn gone(&self) {
        // Taken before it runs, so that a panic does not have it run again.
        if let Some(clean) = self.0.take() {
            clean();
        }
    }

    fn is_done(&self) -> bool {
        let clean = self.0.take();
        let done = clean.is_none();
        self.0.set(clean);
        done
    }
}

fn watch<'gc, T>(mc: &Mutation<'gc>, of: Gc<'gc, T>, action: Rc<dyn Gone>) {
    // SAFETY: the reference ends here, and nobody is called.
    let memory = unsafe { mc.state().memory() };
    memory.references.gone.add(Watch {
        target: of.value(),
        action,
    });
}
