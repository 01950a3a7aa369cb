//! [`Heap`]: a collected heap with its root.

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use crate::collector::{self, Plan, Roots};
use crate::compact;
use crate::cycle::{Cause, Cycle, Kind};
use crate::log::LogForm;
use crate::memory::{Memory, Phase, State};
use crate::mutation::Mutation;
use crate::object::Object;
use crate::options::{HeapFull, Options};
use crate::pacing::Due;
use crate::pauses::Pauses;
use crate::references::finalizers::{Finalization, Hook};
use crate::report::{Report, Stats};
use crate::root::{RootValue, Rootable};
use crate::snapshot::{About, Edges, Snapshot};
use crate::steps::{self, Budget, Meter, Progress};
use crate::trace::Visitor;
use crate::verify::Broken;

/// What collections under stress are, in turns: every order that a mark allows.
const STRESS_KINDS: [Kind; 12] = [
    Kind::Minor,
    Kind::MarkStart,
    Kind::Step,
    Kind::Minor,
    Kind::Step,
    Kind::Step,
    Kind::MarkEnd,
    Kind::Minor,
    Kind::Step,
    Kind::Minor,
    Kind::Full,
    Kind::Compact,
];
/// Steps of a mark while Eden fills once.
const STEPS_PER_EDEN: usize = 16;
/// Bytes below which a heap by default is not made.
const OLD_BYTES_LEAST: usize = 64 << 20;
/// Times that a mark may find, at its end, that more is to be done than a step does.
const ENDS_TRIED_MAX: u32 = 16;

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

    /// Collects what has to be collected now, if anything. One comparison if not.
    ///
    /// `None` also when there is no room for what may survive: then the heap goes on as it is, and
    /// allocation refuses at last.
    #[inline]
    pub fn poll(&mut self) -> Option<&Cycle> {
        let state = self.state();
        let due = state.cursor.get().addr() >= state.poll_at.get().addr();
        if due || self.stress > 0 {
            self.poll_slow()
        } else {
            None
        }
    }

    #[cold]
    #[inline(never)]
    fn poll_slow(&mut self) -> Option<&Cycle> {
        self.polls += 1;
        let state = self.state();
        if state.cursor.get().addr() >= state.yield_at.get().addr() {
            return self.poll_full_eden();
        }
        if state.cursor.get().addr() >= state.poll_at.get().addr() {
            return self.poll_step();
        }
        if !self.polls.is_multiple_of(u64::from(self.stress)) {
            return None;
        }
        let turn = self.polls / u64::from(self.stress);
        let kind = STRESS_KINDS[(turn % STRESS_KINDS.len() as u64) as usize];
        match kind {
            Kind::Step => {
                self.step(Budget::Bytes(256));
                self.last.as_ref()
            }
            _ => self.pause(self.plan(kind, Cause::Stress)).ok(),
        }
    }

    /// Eden is full: what else is due with it?
    fn poll_full_eden(&mut self) -> Option<&Cycle> {
        let memory = self.state_mut().memory_mut();
        let incremental = memory.options.pacing.incremental;
        let mut plan = match (memory.phase, memory.due()) {
            (Phase::Marking, _) if memory.marking.is_done() => {
                self.plan(Kind::MarkEnd, Cause::Eden)
            }
            (Phase::Idle, _) if memory.is_tidy() && memory.is_crowded() => Plan {
                promote_all: true,
                ..self.plan(Kind::Compact, Cause::Goal)
            },
            (Phase::Idle, Due::Whole) if incremental && memory.is_tidy() => {
                self.plan(Kind::MarkStart, Cause::Goal)
            }
            (Phase::Idle, Due::Whole) if !incremental => self.plan(Kind::Full, Cause::Goal),
            (_, Due::Middle) => Plan {
                promote_all: true,
                ..self.plan(Kind::Minor, Cause::Eden)
            },
            _ => self.plan(Kind::Minor, Cause::Eden),
        };
        // A mark that ends has a step's time for what came last; if that is not enough a few times,
        // two once the goal is passed, it takes what it needs.
        let memory = self.state_mut().memory_mut();
        let tries = if memory.paced_bytes() < memory.goal() {
            ENDS_TRIED_MAX
        } else {
            2
        };
        if plan.kind == Kind::MarkEnd && self.ends_tried < tries {
            let memory = self.state_mut().memory_mut();
            plan.mark_ns_max = memory.options.pacing.step_us_max.saturating_mul(1000);
            self.ends_tried += 1;
        }
        if self.pause(plan).is_err() {
            // There is no room for what may survive, and all that is old lives. The heap goes on in
            // its overdraft, and tries again only when there is more that may have died.
            let state = self.state_mut();
            let more = state.memory_mut().young.eden_bytes();
            let next = state.cursor.get().wrapping_add(more);
            state.yield_at.set(next);
            state.poll_at.set(next);
            return None;
        }
        self.set_step();
        self.last.as_ref()
    }

    /// A step is due, of a mark or of what is left behind one.
    fn poll_step(&mut self) -> Option<&Cycle> {
        let state = self.state_mut();
        let slice = state.memory_mut().young.eden_bytes() / STEPS_PER_EDEN;
        let memory = state.memory_mut();
        // A step ends some time after its budget.
        let us = memory.options.pacing.step_us_max / 10 * 9;
        let meter = Meter::new(Budget::Micros(us));
        let meter = match memory.phase {
            Phase::Marking => meter.and_bytes(memory.step_bytes(slice)),
            Phase::Idle => meter,
        };
        self.step_by(&meter, Cause::Goal);
        self.set_step();
        self.last.as_ref()
    }

    /// Says when the next step is due, if there is to be one.
    fn set_step(&mut self) {
        let state = self.state_mut();
        let memory = state.memory_mut();
        let working = match memory.phase {
            Phase::Marking => !memory.marking.is_done(),
            Phase::Idle => !memory.is_tidy(),
        };
        let slice = memory.young.eden_bytes() / STEPS_PER_EDEN;
        let end = state.yield_at.get();
        let next = state.cursor.get().wrapping_add(slice);
        state.poll_at.set(if working && next.addr() < end.addr() {
            next
        } else {
            end
        });
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

/// Ends a state: drops its values, does what follows objects that are gone, gives its memory back.
struct Owner(NonNull<State>);

impl Drop for Owner {
    fn drop(&mut self) {
        /// Goes on behind a drop or a cleaner that has panicked.
        struct GoOn<'a>(&'a mut State);
        impl GoOn<'_> {
            fn end(&mut self) {
                let memory = self.0.memory_mut();
                memory.drop_all();
                memory.references.end();
                while let Some(gone) = memory.next_gone() {
                    gone.gone();
                }
            }
        }
        impl Drop for GoOn<'_> {
            fn drop(&mut self) {
                self.end();
            }
        }
        // SAFETY: the state was leaked from a box and is owned by this value alone; no mutation is
        // open when its heap ends.
        let mut state = unsafe { Box::from_raw(self.0.as_ptr()) };
        let mut go_on = GoOn(&mut state);
        go_on.end();
        core::mem::forget(go_on);
    }
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
