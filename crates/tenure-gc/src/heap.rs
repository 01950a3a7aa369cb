//! [`Heap`]: a collected heap with its root.

mod owner;
mod poll;

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use crate::collector::{self, Plan, Roots};
use crate::compact;
use crate::cycle::{Cause, Cycle, Kind};
use crate::log::LogForm;
use crate::memory::{Memory, State};
use crate::mutation::Mutation;
use crate::object::Object;
use crate::options::{HeapFull, Options};
use crate::pauses::Pauses;
use crate::references::finalizers::{Finalization, Hook};
use crate::report::{Report, Stats};
use crate::root::{RootValue, Rootable};
use crate::snapshot::{About, Edges, Snapshot};
use crate::steps::{self, Budget, Meter, Progress};
use crate::trace::Visitor;
use crate::verify::Broken;
use owner::Owner;

/// Bytes below which a heap by default is not made.
const OLD_BYTES_LEAST: usize = 64 << 20;

/// A heap whose objects are found from one root, collected between mutations.
///
/// Objects are moved, so nothing outside of the heap points to one: a mutation gets the root, and
/// what it finds from there, under a brand that ends with it. The heap is one thread's.
///
/// # Examples
/// ```
/// use tenure_gc::{Gc, Heap, Root};
/// let mut heap = Heap::<Root![Option<Gc<'_, u64>>]>::new(|_| None);
/// heap.mutate_root(|mc, root| *root = Some(mc.alloc(42)));
/// heap.poll();
/// assert_eq!(heap.mutate(|_, root| root.map(|number| *number)), Some(42));
/// ```
pub struct Heap<R: Rootable> {
    /// Owned; by a pointer, since mutations refer to it while the heap is borrowed.
    state: NonNull<State>,
    root: ManuallyDrop<R::At<'static>>,
    cycles: u64,
    /// Polls that looked closer, and after how many of them to collect anyway.
    polls: u64,
    stress: u32,
    /// Times that the mark under way was to end and did not.
    ends_tried: u32,
    last: Option<Cycle>,
    report: Report,
}

impl<R: Rootable> Heap<R> {
    /// A heap with the root that `root` makes, as [`Options::default`] says; where the address
    /// space has no room for so large a one (under `ulimit -v`, say), one as large as it can be.
    ///
    /// # Panics
    /// When the address space has no room for 64 MiB.
    pub fn new(root: impl for<'gc> FnOnce(&'gc Mutation<'gc>) -> R::At<'gc>) -> Self {
        let mut options = Options::default();
        loop {
            match State::new(options.clone()) {
                Ok(state) => return Self::of(state, &options, root),
                Err(_) if options.old_bytes_max > OLD_BYTES_LEAST => {
                    options.old_bytes_max /= 2;
                    options.overdraft_bytes = options.overdraft_bytes.min(options.old_bytes_max);
                }
                Err(_) => {
                    let bytes = options.old_bytes_max;
                    panic!("{}", HeapFull { bytes });
                }
            }
        }
    }

    /// A heap made as the options say.
    ///
    /// # Errors
    /// [`HeapFull`] when the address space has no room for what they ask.
    pub fn with_options(
        options: Options,
        root: impl for<'gc> FnOnce(&'gc Mutation<'gc>) -> R::At<'gc>,
    ) -> Result<Self, HeapFull> {
        let bytes = options.old_bytes_max;
        let state = State::new(options.clone()).map_err(|_| HeapFull { bytes })?;
        Ok(Self::of(state, &options, root))
    }

    fn of(
        state: State,
        options: &Options,
        root: impl for<'gc> FnOnce(&'gc Mutation<'gc>) -> R::At<'gc>,
    ) -> Self {
        let state = NonNull::from(Box::leak(Box::new(state)));
        let owner = Owner(state);
        // SAFETY: the brand of a `for<'gc>` closure is its own; the state outlives the call.
        let root = ManuallyDrop::new(root(unsafe { Mutation::new(state.as_ref()) }));
        core::mem::forget(owner);
        Self {
            state,
            // SAFETY: the types differ in the brand alone. From here on the root is shown under a
            // brand of its own in each mutation, never as `'static`.
            root: unsafe { core::mem::transmute_copy(&root) },
            cycles: 0,
            polls: 0,
            stress: options.stress,
            ends_tried: 0,
            last: None,
            report: Report::new(options.name),
        }
    }

    /// Runs `with` on the heap and its root.
    #[inline]
    pub fn mutate<X>(
        &mut self,
        with: impl for<'gc> FnOnce(&'gc Mutation<'gc>, &'gc R::At<'gc>) -> X,
    ) -> X {
        // SAFETY: the brand is the closure's own, and nothing is collected while the heap is
        // borrowed by it. The root's types differ in the brand alone.
        unsafe {
            let root = &*(&raw const self.root).cast::<R::At<'_>>();
            with(Mutation::new(self.state.as_ref()), root)
        }
    }

    /// Runs `with` on the heap and its root, which may be replaced.
    #[inline]
    pub fn mutate_root<X>(
        &mut self,
        with: impl for<'gc> FnOnce(&'gc Mutation<'gc>, &'gc mut R::At<'gc>) -> X,
    ) -> X {
        // SAFETY: as in `mutate`; and the root is borrowed alone.
        unsafe {
            let root = &mut *(&raw mut self.root).cast::<R::At<'_>>();
            with(Mutation::new(self.state.as_ref()), root)
        }
    }

    /// Runs `step` again and again until it is done or `fuel` is used up, and polls between.
    pub fn run<X>(
        &mut self,
        mut fuel: u64,
        mut step: impl for<'gc> FnMut(&'gc Mutation<'gc>, &'gc mut R::At<'gc>) -> Step<X>,
    ) -> Option<X> {
        while fuel > 0 {
            match self.mutate_root(&mut step) {
                Step::Done(value) => return Some(value),
                Step::More { cost } => fuel = fuel.saturating_sub(cost.max(1)),
            }
            self.poll();
        }
        None
    }

    fn state(&self) -> &State {
        // SAFETY: the heap owns it.
        unsafe { self.state.as_ref() }
    }

    fn state_mut(&mut self) -> &mut State {
        // SAFETY: the heap owns it, and no mutation is open while it is borrowed.
        unsafe { self.state.as_mut() }
    }

    /// Does a piece of the mark that is under way, or of what is left to do behind one.
    pub fn step(&mut self, budget: Budget) -> Progress {
        let progress = self.step_by(&Meter::new(budget), Cause::Asked);
        self.set_step();
        progress
    }

    fn step_by(&mut self, meter: &Meter, cause: Cause) -> Progress {
        self.cycles += 1;
        let mut cycle = Cycle::begin(self.cycles, Kind::Step, cause);
        let memory = self.state_mut().memory_mut();
        let progress = steps::step(memory, meter, &mut cycle);
        collector::count(memory, &mut cycle);
        cycle.pause_ns = tenure_os::clock::monotonic_ns() - cycle.start_ns;
        memory.pacer.note_pause(cycle.pause_ns, 0, 0);
        self.report.add(&cycle);
        self.last = Some(cycle);
        self.follow_up();
        progress
    }

    /// Collects. [`Kind::MarkStart`] begins an incremental mark, [`Heap::step`] goes on with it
    /// and [`Kind::MarkEnd`] ends it, whatever is left of it; where there is no mark to begin or to
    /// end, these two collect the young generation. [`Kind::Step`] takes as long as a poll may.
    ///
    /// # Errors
    /// [`HeapFull`] when there is no room for what may survive; nothing has changed then.
    ///
    /// # Panics
    /// When a drop, a finaliser or a cleaner does: the rest is done in the next pause, and none is
    /// lost.
    pub fn collect(&mut self, kind: Kind) -> Result<&Cycle, HeapFull> {
        if kind == Kind::Step {
            let us = self.state_mut().memory_mut().options.pacing.step_us_max;
            self.step(Budget::Micros(us));
        } else {
            self.pause(self.plan(kind, Cause::Asked))?;
            self.set_step();
        }
        match &self.last {
            Some(cycle) => Ok(cycle),
            None => Err(HeapFull { bytes: 0 }),
        }
    }

    fn plan(&self, kind: Kind, cause: Cause) -> Plan {
        Plan {
            number: self.cycles + 1,
            kind,
            cause,
            promote_all: false,
            mark_ns_max: u64::MAX,
        }
    }

    fn pause(&mut self, plan: Plan) -> Result<&Cycle, HeapFull> {
        let root = NonNull::from(&mut self.root).cast::<R::At<'static>>();
        let handles = Rc::clone(&self.state().handles);
        let roots = Roots {
            root: RootValue::new(root),
            handles: &handles,
        };
        let mut cycle = collector::pause(self.state_mut(), &roots, plan)?;
        if plan.kind == Kind::Compact {
            compact::compact(self.state_mut().memory_mut(), &roots, &mut cycle);
        }
        self.cycles += 1;
        if matches!(cycle.kind, Kind::MarkEnd | Kind::Full | Kind::Compact) {
            self.ends_tried = 0;
        }
        let memory = self.state_mut().memory_mut();
        memory
            .pacer
            .note_pause(cycle.pause_ns, cycle.allocated_bytes, cycle.promoted_bytes);
        if memory.options.verify
            && let Err(broken) = self.verify()
        {
            panic!("after {:?} {}: {broken}", cycle.kind, cycle.number);
        }
        self.report.add(&cycle);
        self.last = Some(cycle);
        self.follow_up();
        self.last.as_ref().ok_or(HeapFull { bytes: 0 })
    }

    /// Runs what a pause has left to run: finalisers, then what follows objects that are gone.
    fn follow_up(&mut self) {
        while let Some((value, run)) = self.state_mut().memory_mut().references.next_finalizer() {
            run(self.state(), value);
        }
        while let Some(gone) = self.state_mut().memory_mut().next_gone() {
            gone.gone();
        }
    }

    /// Collects the whole heap, and calls `hook` at the end of the mark: it sees what is dead, and
    /// may keep it.
    ///
    /// When it is called, [`crate::Soft`] and [`crate::Weak`] pointers to the dead are cleared;
    /// what it keeps is kept in this collection, as is what that leads to. Then finalisers are
    /// chosen ([`Mutation::finalize`]), and the rest goes. So it finds the dead by
    /// [`crate::LongWeak`] pointers, or in structures that lead to them by nothing else; and what
    /// it has kept is found by these in the next mutation.
    ///
    /// # Errors
    /// [`HeapFull`] when there is no room for what may survive; nothing has changed then, and the
    /// hook was not called.
    ///
    /// # Panics
    /// When the hook does: then nothing old is collected, and all that it may have kept is still
    /// there. And as [`Heap::collect`].
    ///
    /// # Examples
    /// ```
    /// use tenure_gc::{Heap, LongWeak, Root};
    /// let mut heap = Heap::<Root![Vec<LongWeak<'_, u64>>]>::new(|mc| {
    ///     (0..10).map(|number| LongWeak::new(mc, mc.alloc(number))).collect()
    /// });
    /// heap.finalize(|fc, root| {
    ///     for number in root.iter().filter_map(|&weak| fc.get(weak)) {
    ///         assert!(fc.is_dead(number));
    ///         if *number % 2 == 0 {
    ///             fc.resurrect(number);
    ///         }
    ///     }
    /// })?;
    /// let kept = heap.mutate(|mc, root| root.iter().filter_map(|weak| weak.upgrade(mc)).count());
    /// assert_eq!(kept, 5);
    /// # Ok::<(), tenure_gc::HeapFull>(())
    /// ```
    pub fn finalize(
        &mut self,
        hook: impl for<'gc> FnOnce(&'gc Finalization<'gc>, &'gc R::At<'gc>),
    ) -> Result<&Cycle, HeapFull> {
        /// Takes the hook off, also when somebody panics.
        struct TakeOff(NonNull<State>);
        impl Drop for TakeOff {
            fn drop(&mut self) {
                // SAFETY: the state outlives the call that this guards; nobody else uses it now.
                let memory = unsafe { self.0.as_mut() }.memory_mut();
                memory.references.hook = None;
            }
        }
        let root = NonNull::from(&mut self.root).cast::<R::At<'static>>();
        let hook: Box<dyn FnOnce(&mut Memory) + '_> = Box::new(move |memory| {
            // SAFETY: the brand is the closure's own; while it is open, nothing is freed, and the
            // pause uses neither the root nor the memory. The root's types differ in the brand.
            unsafe {
                let finalization = Finalization::new(memory);
                hook(&finalization, root.cast::<R::At<'_>>().as_ref());
            }
        });
        // SAFETY: the types differ in a lifetime, which does not end before `TakeOff` does.
        let hook: Hook = unsafe { core::mem::transmute(hook) };
        self.state_mut().memory_mut().references.hook = Some(hook);
        let take_off = TakeOff(self.state);
        self.pause(self.plan(Kind::Full, Cause::Asked))?;
        self.set_step();
        drop(take_off);
        self.last.as_ref().ok_or(HeapFull { bytes: 0 })
    }

    /// What the last pause did.
    #[must_use]
    pub fn last_cycle(&self) -> Option<&Cycle> {
        self.last.as_ref()
    }

    /// Sums over all pauses.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        self.report.stats()
    }

    /// How long the pauses were, and what they left to the program.
    #[must_use]
    pub fn pauses(&self) -> &Pauses {
        self.report.pauses()
    }

    /// Gives each line of the heap's log to `sink` from now on, without its end of line.
    ///
    /// # Examples
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    /// use tenure_gc::{Heap, Kind, LogForm, Root};
    /// let lines = Rc::new(RefCell::new(Vec::new()));
    /// let mut heap = Heap::<Root![u64]>::new(|_| 0);
    /// let kept = Rc::clone(&lines);
    /// heap.set_log(LogForm::Java, move |line| kept.borrow_mut().push(line.to_owned()));
    /// heap.collect(Kind::Full).unwrap();
    /// assert!(lines.borrow()[1].contains("Pause Full (System.gc())"));
    /// ```
    pub fn set_log(&mut self, form: LogForm, sink: impl FnMut(&str) + 'static) {
        self.report.set_log(form, Box::new(sink));
    }

    /// All objects that can be reached, and how. O(objects and edges).
    ///
    /// # Examples
    /// ```
    /// use tenure_gc::{Gc, Heap, Root};
    /// type Pair = Root!['gc => Option<Gc<'gc, (u32, Gc<'gc, u32>)>>];
    /// let mut heap = Heap::<Pair>::new(|_| None);
    /// heap.mutate_root(|mc, root| *root = Some(mc.alloc((1, mc.alloc(2)))));
    /// let snapshot = heap.snapshot();
    /// // Each with the word before its value.
    /// assert_eq!((snapshot.objects(), snapshot.bytes()), (2, 24 + 16));
    /// let mut text = String::new();
    /// snapshot.write(&mut text).unwrap();
    /// assert!(text.contains("\"edge_count\":2"));
    /// ```
    #[must_use]
    pub fn snapshot(&mut self) -> Snapshot {
        let root = RootValue::new(NonNull::from(&mut self.root).cast::<R::At<'static>>());
        let handles = &self.state().handles;
        let roots = |edges: &mut Edges| {
            edges.field("root");
            root.show(edges);
            edges.field("handles");
            handles.trace(edges);
        };
        let word = |value| {
            // SAFETY: what is reached between two pauses is an object, and has not moved.
            unsafe { Object::of_value(value).word() }
        };
        let show = |value, edges: &mut Edges| {
            // SAFETY: as above; the descriptor is the value's type's.
            unsafe { (word(value).descriptor().show)(value, edges) };
        };
        let about = |value| {
            // SAFETY: as above.
            let (descriptor, bytes) =
                unsafe { (word(value).descriptor(), Object::of_value(value).bytes()) };
            About {
                name: (descriptor.name)(),
                bytes,
                is_array: descriptor.array.is_some(),
            }
        };
        Snapshot::take(roots, show, about)
    }

    /// Walks the whole heap and checks its invariants. O(heap).
    ///
    /// # Errors
    /// The first that does not hold.
    pub fn verify(&mut self) -> Result<(), Broken> {
        let root = NonNull::from(&mut self.root).cast::<R::At<'static>>();
        let handles = Rc::clone(&self.state().handles);
        let roots = Roots {
            root: RootValue::new(root),
            handles: &handles,
        };
        crate::verify::verify(self.state_mut(), &roots)
    }
}

/// What a step of [`Heap::run`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<X> {
    /// There is more to do; this step took that much of the fuel, 1 at least.
    More {
        /// Fuel used.
        cost: u64,
    },
    /// All is done.
    Done(X),
}

impl<R: Rootable> Drop for Heap<R> {
    fn drop(&mut self) {
        let owner = Owner(self.state);
        // SAFETY: the root is dropped once, here; its drop follows no pointer, by the contract of
        // `Trace`.
        unsafe { ManuallyDrop::drop(&mut self.root) };
        drop(owner);
    }
}
