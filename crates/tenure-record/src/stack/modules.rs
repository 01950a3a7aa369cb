//! What is mapped where: the program, its libraries, the kernel's page of code.
//!
//! **Shape:** a table of spans sorted by address, each an image with its unwind tables, or *bare*
//! executable memory (a compiler's at run time, say). A span is entered when a program counter in
//! it is met for the first time: only then is it certain that it stays mapped while it is read,
//! because somebody is to return there.
//! **Invariants:** (a) spans are sorted and do not overlap; (b) the id of a span is given once and
//! never again; (c) a span that is no longer mapped leaves the table in the next [`renew`].
//! **Locks:** the table has one, which is taken when a thread meets a place in the code that its
//! own cache of rules does not know. Under it `/proc/self/maps` and mapped images are read and the
//! [`ModuleSink`] is called; the loader is not, nor its locks, and nothing is allocated.
//! **Cost:** a look-up is a binary search; reading the maps 10 to 100 µs.
//!
//! [`renew`]: Modules::changed

use super::image::{Image, Piece};
use super::python::{FunctionFacts, Interpreter, state_of};
use super::rule::Rule;
use super::spans::{Span, Spans};
use super::unwind_table::{Found, rule_at, with_row};
use core::ops::ControlFlow;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};
use tenure_os::lock::Lock;
use tenure_os::readable::is_readable;
use tenure_os::{clock, maps, memory};

/// What the maps are read through.
const BUFFER_BYTES: usize = 64 << 10;
/// How many mappings of data are remembered as such …
const DATA_SPANS: usize = 16;
/// … and for how long: a library may be mapped in the place of one.
const DATA_NS: u64 = 1_000_000_000;
/// The first id, and the first that is not given.
const FIRST_ID: u16 = 1;
const END_ID: u16 = 0xff00;
/// Longer paths are cut, as in the file of modules.
const PATH_BYTES_MAX: usize = 432;
const VDSO: &[u8] = b"[vdso]";

/// What kind of code a module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleKind {
    /// Mapped from a file.
    File,
    /// The page of code that the kernel lends to each process.
    Vdso,
    /// Anything else that looks like an image.
    Other,
}

/// A module as it is found.
#[derive(Clone, Copy, Debug)]
pub struct ModuleFacts<'a> {
    /// What to subtract from an address to get the file's virtual address.
    pub bias: u64,
    /// First address.
    pub start: u64,
    /// The address behind the last.
    pub end: u64,
    /// The build-id; empty where the image carries none.
    pub build_id: &'a [u8],
    /// What kind it is.
    pub kind: ModuleKind,
    /// The path as the kernel tells it; `[vdso]` for the kernel's own.
    pub path: &'a [u8],
    /// The epoch in which it was found, see [`Modules::epoch`].
    pub epoch: u64,
}

/// Who writes down which modules there are. Called under the lock of [`Modules`]: must not capture.
pub trait ModuleSink: Sync {
    /// A module was found. Gives the id (1 to 0xFEFF) by which frames name it; `None` when there is
    /// no room, and its frames are then told as bare addresses.
    fn add(&self, module: &ModuleFacts<'_>) -> Option<u16>;
    /// The module `id` is no longer mapped since `epoch`.
    fn retire(&self, id: u16, epoch: u64);
    /// A Python function was found, maybe not for the first time. Gives its number; `None` when
    /// there is no room, and its frames are not told then. Called without the lock.
    fn add_function(&self, function: &FunctionFacts<'_>) -> Option<u32>;
    /// An interpreter of `version` was found, and how far it can be read: the fields of the code
    /// file.
    fn interpreter(&self, version: u64, state: u64);
}

/// The rule at a place, and the word that names the place in a stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) rule: Rule,
    pub(crate) frame: u64,
}

/// The modules of this process; one for all threads.
pub struct Modules {
    epoch: AtomicU64,
    hidden_start: AtomicUsize,
    hidden_end: AtomicUsize,
    /// Counts the changes of the interpreter: 0 while none was met.
    interpreter_mark: AtomicU32,
    table: Lock<Table>,
}

struct Table {
    spans: Spans,
    sink: Option<&'static dyn ModuleSink>,
    interpreter: Interpreter,
    interpreter_mark: u32,
    next_id: u16,
    /// Address of the buffer that maps are read through; zero: not yet mapped.
    buffer: usize,
    /// What need not be looked for in the maps again so soon: the addresses that walks through
    /// rubbish come upon.
    data: [Data; DATA_SPANS],
    next_data: usize,
}

impl Modules {
    /// Knows nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            // A thread's fresh (zeroed) stacks are behind from the start.
            epoch: AtomicU64::new(1),
            hidden_start: AtomicUsize::new(0),
            hidden_end: AtomicUsize::new(0),
            interpreter_mark: AtomicU32::new(0),
            table: Lock::new(Table {
                spans: Spans::new(),
                sink: None,
                interpreter: Interpreter::none(),
                interpreter_mark: 0,
                next_id: FIRST_ID,
                buffer: 0,
                data: [Data::NONE; DATA_SPANS],
                next_data: 0,
            }),
        }
    }

    /// Names who writes modules down, to be called before the first capture. Without one, modules
    /// are numbered in the order in which they are met.
    pub fn set_sink(&self, sink: &'static dyn ModuleSink) {
        self.table.lock().sink = Some(sink);
    }

    /// Leaves the frames of the module that contains `address` out of the inner end of stacks: the
    /// recorder's own library. Without effect where no module contains it.
    pub fn hide_module_of(&self, address: usize) {
        let mut table = self.table.lock();
        if let Some(span) = table.find(address, self.epoch.load(Relaxed))
            && !span.is_bare
        {
            self.hidden_start.store(span.image.start, Relaxed);
            self.hidden_end.store(span.image.end, Relaxed);
        }
    }

    /// Whether `pc` lies in the module that is left out.
    #[inline]
    pub(crate) fn hides(&self, pc: usize) -> bool {
        let start = self.hidden_start.load(Relaxed);
        pc.wrapping_sub(start) < self.hidden_end.load(Relaxed).wrapping_sub(start)
    }

    /// Counts the changes of the interpreter: 0 while none was met.
    #[inline(always)]
    pub(crate) fn interpreter_mark(&self) -> u32 {
        self.interpreter_mark.load(Relaxed)
    }

    /// The interpreter, as of now.
    pub(crate) fn interpreter(&self) -> Interpreter {
        self.table.lock().interpreter
    }

    /// The number of a Python function, by the sink. `None` where there is none, or no room.
    pub(crate) fn add_function(&self, function: &FunctionFacts<'_>) -> Option<u32> {
        let sink = self.table.lock().sink;
        sink?.add_function(function)
    }

    /// Counts the changes that made older rules and frames invalid: 1 at the start.
    #[inline]
    #[must_use]
    pub fn epoch(&self) -> u64 {
        // Acquire pairs with the release in `changed`: who sees the new epoch asks the new table.
        self.epoch.load(Acquire)
    }

    /// Says that a library was closed (after `dlclose` has come back): what is no longer mapped is
    /// retired, and every thread's rules and remembered stack are dropped at its next capture.
    ///
    /// **Cost:** a reading of the maps.
    pub fn changed(&self) {
        let mut table = self.table.lock();
        let epoch = self.epoch.load(Relaxed) + 1;
        table.retire_what_is_gone(epoch);
        self.interpreter_mark.store(table.interpreter_mark, Relaxed);
        self.epoch.store(epoch, Release);
    }

    /// Forgets every module without retiring it, so that all that are met again are told to the
    /// sink anew: for a forked child that begins files of its own.
    pub fn forget(&self) {
        let mut table = self.table.lock();
        table.spans.clear();
        table.next_id = FIRST_ID;
        self.epoch.store(self.epoch.load(Relaxed) + 1, Release);
    }

    /// Takes the lock for a `fork`; [`Modules::release`] gives it back on both sides.
    pub fn hold(&self) {
        self.table.hold();
    }

    /// Gives back what [`Modules::hold`] took.
    ///
    /// # Safety
    /// * The calling thread has called [`Modules::hold`] and not released since (in a child: before
    ///   the fork).
    pub unsafe fn release(&self) {
        // SAFETY: by contract.
        unsafe { self.table.release() };
    }

    /// The rule at the return address `pc` and its word; `None` where no code is known to be.
    #[cold]
    pub(crate) fn place(&self, pc: usize) -> Option<Place> {
        let mut table = self.table.lock();
        let span = self.find(&mut table, pc)?;
        let rule = if cfg!(target_arch = "x86_64") {
            // SAFETY: somebody is to return to `pc`, so its image stays mapped; and `find` has seen
            // that it is still the image that was entered. (A stack that is made of rubbish may
            // name code that is just being unmapped; only luck helps a program that has both.)
            unsafe { rule_at(&span.image, pc) }
        } else {
            // Tables of other machines number registers otherwise.
            None
        };
        let (rule, frame) = (rule.unwrap_or_else(|| without_table(pc)), span.frame(pc));
        Some(Place { rule, frame })
    }

    /// The span of the return address `pc`. Where another image has taken the place of the one that
    /// was entered, and nobody has said so (the C library closes some libraries by itself), begins
    /// a new epoch.
    fn find<'a>(&self, table: &'a mut Table, pc: usize) -> Option<&'a Span> {
        let (at, mut epoch) = (pc.wrapping_sub(1), self.epoch.load(Relaxed));
        if let Some(index) = table.spans.index_of(at) {
            let span = table.spans.get(index);
            if !span.is_bare && !span.image.is_still_there() {
                epoch += 1;
                table.leave(epoch, |span| {
                    !(span.image.start <= at && at < span.image.end)
                });
                table.retire_what_is_gone(epoch);
                self.epoch.store(epoch, Release);
            }
        }
        table.find(at, epoch)?;
        // Who sees the mark takes the lock to see the interpreter.
        self.interpreter_mark.store(table.interpreter_mark, Relaxed);
        table.find(at, epoch)
    }

    /// Gives the row of the unwind table for the return address `pc` to `use_row`.
    pub(crate) fn with_row<T>(
        &self,
        pc: usize,
        use_row: impl FnOnce(&Found<'_>) -> T,
    ) -> Option<T> {
        let mut table = self.table.lock();
        let span = self.find(&mut table, pc)?;
        // SAFETY: as in `place`.
        unsafe { with_row(&span.image, pc, use_row) }
    }
}

impl Default for Modules {
    fn default() -> Self {
        Self::new()
    }
}

/// `mov $15, %rax; syscall`: how a signal handler returns, in a C library without a table for it.
const SIGNAL_RETURN: [u8; 9] = [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05];

fn without_table(pc: usize) -> Rule {
    if cfg!(target_arch = "x86_64") && pc % 4096 <= 4096 - SIGNAL_RETURN.len() {
        let code = core::ptr::with_exposed_provenance::<[u8; 9]>(pc);
        // SAFETY: `pc - 1` and `pc` lie in mapped code, and all nine bytes on the page of `pc`;
        // where code may not be read (a rare protection) the check below comes first.
        if is_readable(pc) && unsafe { code.read_unaligned() } == SIGNAL_RETURN {
            return Rule::SIGNAL;
        }
    }
    Rule::BARE
}

impl Table {
    /// The span that contains `at`, from the table or from a reading of the maps.
    fn find(&mut self, at: usize, epoch: u64) -> Option<&Span> {
        if let Some(index) = self.spans.index_of(at) {
            return Some(self.spans.get(index));
        }
        if !is_readable(at) {
            return None;
        }
        if let Some(data) = self
            .data
            .iter()
            .find(|data| data.start <= at && at < data.end)
            && clock::monotonic_ns() < data.until_ns
        {
            return None;
        }
        match self.read_maps_for(at)? {
            Sighting::Code(span, head) => {
                let index = self.enter(span, &head, epoch)?;
                Some(self.spans.get(index))
            }
            Sighting::Data(start, end) => {
                let until_ns = clock::monotonic_ns() + DATA_NS;
                self.data.iter_mut().for_each(|data| data.leave(start, end));
                self.data[self.next_data] = Data {
                    start,
                    end,
                    until_ns,
                };
                self.next_data = (self.next_data + 1) % DATA_SPANS;
                None
            }
        }
    }

    /// The buffer for the maps, mapped when it is needed first.
    fn buffer(&mut self) -> Option<&'static mut [u8]> {
        if self.buffer == 0 {
            self.buffer = memory::map(BUFFER_BYTES).ok()?;
        }
        let start = core::ptr::with_exposed_provenance_mut(self.buffer);
        // SAFETY: mapped above for this table alone and never unmapped; the table's lock guards it,
        // and each of the two callers is done with it when it returns.
        Some(unsafe { core::slice::from_raw_parts_mut(start, BUFFER_BYTES) })
    }

    /// Looks in the maps for what contains `at`.
    fn read_maps_for(&mut self, at: usize) -> Option<Sighting> {
        let mut head = Head::default();
        let mut holder = None;
        let read = maps::for_each(self.buffer()?, |mapping| {
            if mapping.start > at {
                return ControlFlow::Break(());
            }
            if mapping.offset == 0 && mapping.readable {
                head.note(mapping);
            }
            if at < mapping.end {
                holder = Some((mapping.start, mapping.end, mapping.executable));
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        let (start, end, is_code) = read.ok().and(holder)?;
        if !is_code {
            return Some(Sighting::Data(start, end));
        }
        // SAFETY: the maps show it mapped and readable; it begins the image of `at` or another one
        // (then the check after it passes over the result), and the image of `at` stays mapped:
        // somebody is to return there.
        let image = unsafe { Image::read(head.piece) };
        let span = match image {
            Some(image) if image.covers(at) => Span {
                image,
                device: head.device,
                inode: head.inode,
                ..Span::default()
            },
            _ => Span {
                image: Image {
                    start,
                    end,
                    ..Image::default()
                },
                is_bare: true,
                ..Span::default()
            },
        };
        Some(Sighting::Code(span, head))
    }

    /// Enters a span into the table and tells the sink of it; gives its index.
    fn enter(&mut self, mut span: Span, head: &Head, epoch: u64) -> Option<usize> {
        // What the table says of these addresses is outdated: nothing else can be mapped there.
        self.leave(epoch, |old| {
            old.image.end <= span.image.start || span.image.end <= old.image.start
        });
        if !span.is_bare {
            span.id = self.tell(&span, head, epoch);
            self.look_for_interpreter(&span.image);
        }
        self.spans.insert(span)
    }

    fn tell(&mut self, span: &Span, head: &Head, epoch: u64) -> u16 {
        let image = &span.image;
        let facts = ModuleFacts {
            bias: image.bias as u64,
            start: image.start as u64,
            end: image.end as u64,
            build_id: &image.build_id[..usize::from(image.build_id_len)],
            kind: head.kind(),
            path: head.path(),
            epoch,
        };
        if let Some(sink) = self.sink {
            return sink.add(&facts).unwrap_or(0);
        }
        let id = self.next_id;
        if id == END_ID {
            return 0;
        }
        self.next_id += 1;
        id
    }

    /// Takes `image` as the interpreter if it is one; the first that can be read is the one.
    fn look_for_interpreter(&mut self, image: &Image) {
        if self.interpreter.is_there() {
            return;
        }
        let Some((version, found)) = Interpreter::look(image) else {
            return;
        };
        if let Some(sink) = self.sink {
            sink.interpreter(version, state_of(&found));
        }
        if let Ok(interpreter) = found {
            self.interpreter = interpreter;
            self.interpreter_mark += 1;
        }
    }

    /// Takes the spans for which `keep` says no out of the table, and retires them.
    fn leave(&mut self, epoch: u64, keep: impl Fn(&Span) -> bool) {
        let sink = self.sink;
        let (interpreter, mark) = (&mut self.interpreter, &mut self.interpreter_mark);
        self.spans.retain(|span| {
            let kept = keep(span);
            if !kept && interpreter.covers(span.image.start) {
                *interpreter = Interpreter::none();
                *mark += 1;
            }
            if !kept
                && span.id != 0
                && let Some(sink) = sink
            {
                sink.retire(span.id, epoch);
            }
            kept
        });
    }

    fn retire_what_is_gone(&mut self, epoch: u64) {
        let Some(buffer) = self.buffer() else { return };
        let spans = &mut self.spans;
        spans
            .all_mut()
            .iter_mut()
            .for_each(|span| span.seen = false);
        let read = maps::for_each(buffer, |mapping| {
            if let Some(index) = spans.index_of(mapping.start) {
                let span = &mut spans.all_mut()[index];
                span.seen |= span.image.start == mapping.start
                    && mapping.offset == 0
                    && (span.device, span.inode) == (mapping.device, mapping.inode);
            }
            ControlFlow::Continue(())
        });
        if read.is_ok() {
            // Bare memory is looked at again when it is met again.
            self.leave(epoch, |span| span.seen && !span.is_bare);
        }
    }
}

/// What the maps tell of an address.
#[expect(
    clippy::large_enum_variant,
    reason = "made and taken apart within one look-up"
)]
enum Sighting {
    /// Code, and the beginning of the file that it is mapped from, if any.
    Code(Span, Head),
    /// Memory that cannot be executed.
    Data(usize, usize),
}

/// Memory in which an alleged place in the code was found to lie, and until when that is believed.
#[derive(Clone, Copy)]
struct Data {
    start: usize,
    end: usize,
    until_ns: u64,
}

impl Data {
    const NONE: Self = Self {
        start: 0,
        end: 0,
        until_ns: 0,
    };

    /// Gives way to a newer span.
    fn leave(&mut self, start: usize, end: usize) {
        if self.start < end && start < self.end {
            *self = Self::NONE;
        }
    }
}

/// The last mapping of a file's beginning at or below an address.
struct Head {
    piece: Piece,
    device: u64,
    inode: u64,
    path: [u8; PATH_BYTES_MAX],
    path_len: usize,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            piece: Piece::default(),
            device: 0,
            inode: 0,
            path: [0; PATH_BYTES_MAX],
            path_len: 0,
        }
    }
}

impl Head {
    fn note(&mut self, mapping: &maps::Mapping<'_>) {
        if !mapping.path.starts_with(b"/") && mapping.path != VDSO {
            return;
        }
        self.piece = Piece {
            addr: mapping.start,
            len: mapping.end - mapping.start,
        };
        self.device = mapping.device;
        self.inode = mapping.inode;
        self.path_len = mapping.path.len().min(PATH_BYTES_MAX);
        self.path[..self.path_len].copy_from_slice(&mapping.path[..self.path_len]);
    }

    fn path(&self) -> &[u8] {
        &self.path[..self.path_len]
    }

    fn kind(&self) -> ModuleKind {
        match self.path() {
            VDSO => ModuleKind::Vdso,
            [b'/', ..] => ModuleKind::File,
            _ => ModuleKind::Other,
        }
    }
}

#[cfg(test)]
mod tests;
