//! Where the program reaches blocks from without a block: variables, stacks, registers, memory that
//! it has mapped itself.
//!
//! Left out are our own memory, what lies below the stack pointer of a stopped thread in a mapping
//! of its own, and files that are mapped as shared.

use super::index::{Array, Plain};
use super::output::Output;
use super::segments::{Loaded, Segment, Segments};
use super::words::{Found, Words};
use super::world::Standing;
use crate::stack::{Modules, ThreadStacks};
use core::ptr::with_exposed_provenance_mut;
use tenure_os::registers::Registers;
use tenure_os::{memory, process, tasks};
use tenure_trace::graph::GroupKind;

/// What the processor may use below the stack pointer without saying so.
const RED_ZONE_BYTES: usize = 128;
/// Around the thread pointer: its variables lie below, what the C library keeps of it above.
const LOCAL_BYTES: (usize, usize) = (64 << 10, 4096);
const THREADS_MAX: usize = 16 << 10;
const FRAMES_MAX: usize = 256;

/// A thread that is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Thread {
    pub(crate) number: u32,
    pub(crate) pointer: usize,
    /// Where its stack begins to matter; 0: not known.
    pub(crate) sp: usize,
    /// Whether it was stopped at any instruction, and not in a call: then it may use more.
    pub(crate) has_red_zone: bool,
    /// Program counter and frame pointer there, to walk from.
    pub(crate) pc: usize,
    pub(crate) fp: usize,
    /// Its registers, as far as they are known.
    pub(crate) registers: [usize; tenure_os::signal::REGISTERS_MAX],
}

// SAFETY: numbers.
unsafe impl Plain for Thread {}

impl Thread {
    /// A thread whose place is not known: its stack is read as any memory is.
    pub(crate) const fn unknown(number: u32, pointer: usize) -> Self {
        Self {
            number,
            pointer,
            sp: 0,
            has_red_zone: false,
            pc: 0,
            fp: 0,
            registers: [0; tenure_os::signal::REGISTERS_MAX],
        }
    }

    pub(crate) fn of(standing: &Standing) -> Self {
        let unknown = Self::unknown(standing.number, standing.pointer);
        standing.at.map_or(unknown, |at| Self {
            sp: at.sp,
            has_red_zone: true,
            // As a return address: the place behind the one that was interrupted.
            pc: at.pc + 1,
            fp: at.fp,
            registers: at.registers,
            ..unknown
        })
    }
}

/// A frame of a stack.
#[derive(Clone, Copy)]
struct Frame {
    sp: usize,
    pc: usize,
}

// SAFETY: numbers.
unsafe impl Plain for Frame {}

/// What is counted meanwhile.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) references: u64,
    pub(crate) bytes: u64,
}

/// Room for threads and frames.
pub(crate) struct Tables {
    threads: Array<Thread>,
    frames: Array<Frame>,
}

impl Tables {
    /// `None`: no memory.
    pub(crate) fn new() -> Option<Self> {
        Some(Self {
            threads: Array::new(THREADS_MAX)?,
            frames: Array::new(FRAMES_MAX)?,
        })
    }
}

/// The roots of the process.
pub(crate) struct Roots<'a> {
    segments: &'a Segments,
    threads: Array<Thread>,
    thread_count: usize,
    frames: Array<Frame>,
    /// An image whose variables do not count: ours.
    hidden: Option<usize>,
    pub(crate) tally: Tally,
}

impl<'a> Roots<'a> {
    /// `hidden`: an address in an image whose variables do not count.
    pub(crate) fn new(segments: &'a Segments, tables: Tables, hidden: Option<usize>) -> Self {
        let hidden = hidden.and_then(|address| segments.image_of(address));
        Self {
            segments,
            threads: tables.threads,
            thread_count: 0,
            frames: tables.frames,
            hidden: hidden.map(|loaded| loaded.image.start),
            tally: Tally::default(),
        }
    }

    /// Adds a thread.
    pub(crate) fn add(&mut self, thread: Thread) {
        if let Some(place) = self.threads.all_mut().get_mut(self.thread_count) {
            *place = thread;
            self.thread_count += 1;
        }
    }

    fn threads(&self) -> &[Thread] {
        &self.threads.all()[..self.thread_count]
    }

    /// Writes all groups.
    pub(crate) fn write(&mut self, words: &mut Words<'_>, output: &mut Output<'_>) {
        for loaded in self.segments.images() {
            self.write_image(loaded, words, output);
        }
        for (number, segment) in self.segments.all().iter().enumerate() {
            if self.segments.may_hold_pointers(number)
                && let Some(rest) = self.segments.outside_images(segment)
            {
                self.write_mapping(&rest, words, output);
            }
        }
        for number in 0..self.thread_count {
            self.write_stack(number, words, output);
            self.write_registers(number, words, output);
        }
        output.room(0).end_groups();
    }

    fn write_image(&mut self, loaded: &Loaded, words: &mut Words<'_>, output: &mut Output<'_>) {
        let (image, segments) = (&loaded.image, self.segments);
        let name = segments.path(&segments.all()[loaded.first]);
        let build_id = &image.build_id[..usize::from(image.build_id_len)];
        let module = (image.bias as u64, name, build_id);
        let range = image.start as u64..image.end as u64;
        let text_bytes = name.len() + build_id.len();
        output
            .room(text_bytes)
            .group(GroupKind::Module, range, 0, module, 0);
        if self.hidden != Some(image.start) {
            let all = segments.all();
            let first = loaded.first;
            let parts = (first..all.len()).take_while(|&at| all[at].start < image.end);
            for number in parts.filter(|&number| segments.may_hold_pointers(number)) {
                let end = all[number].end.min(image.end);
                self.read(all[number].start, end, words, output);
            }
        }
        output.room(0).end_points();
    }

    /// A mapping, or what of one is no image's; stacks and thread-local variables in it are left to
    /// others.
    fn write_mapping(&mut self, segment: &Segment, words: &mut Words<'_>, output: &mut Output<'_>) {
        let name = self.segments.path(segment);
        // What is dead below a stack pointer, and what is told as a thread's.
        let mut at = segment.start;
        loop {
            let rest = at..segment.end;
            let special = self
                .threads()
                .iter()
                .filter_map(|thread| self.special(thread, segment))
                .filter(|special| special.1 > at)
                .min_by_key(|special| special.0);
            let (start, end) = special.unwrap_or((rest.end, rest.end));
            if start > at && !self.segments.is_own(at, start) {
                let range = at as u64..start as u64;
                let writer = output.room(name.len());
                writer.group(GroupKind::Mapping, range, 0, (0, name, b""), 0);
                if segment.is_shared {
                    self.read_shared(at, start, words, output);
                } else {
                    self.read(at, start, words, output);
                }
                output.room(0).end_points();
            }
            if end >= segment.end {
                break;
            }
            at = at.max(end);
        }
        for number in 0..self.thread_count {
            self.write_local(number, segment, words, output);
        }
    }

    /// What of a segment is not read as a mapping: a thread's stack, or what is around a thread's
    /// pointer. Below a stack pointer nothing counts, unless other things may lie there.
    fn special(&self, thread: &Thread, segment: &Segment) -> Option<(usize, usize)> {
        if segment.holds(thread.sp) {
            let start = if self.segments.is_stack_alone(segment) {
                segment.start
            } else {
                stack_start(thread, segment)
            };
            return Some((start, segment.end));
        }
        let has_local = segment.holds(thread.pointer) && !self.has_stack(segment);
        has_local.then(|| local_range(thread, segment))
    }

    /// Whether a thread's stack lies in it.
    fn has_stack(&self, segment: &Segment) -> bool {
        self.threads().iter().any(|thread| segment.holds(thread.sp))
    }

    /// The variables of a thread that lie in a mapping which is not its stack.
    fn write_local(
        &mut self,
        number: usize,
        segment: &Segment,
        words: &mut Words<'_>,
        output: &mut Output<'_>,
    ) {
        let thread = self.threads()[number];
        if self.has_stack(segment) || !segment.holds(thread.pointer) {
            return;
        }
        let (start, end) = local_range(&thread, segment);
        self.write_part(
            GroupKind::ThreadLocal,
            &thread,
            (start, end),
            0,
            words,
            output,
        );
    }

    fn write_stack(&mut self, number: usize, words: &mut Words<'_>, output: &mut Output<'_>) {
        let thread = self.threads()[number];
        let Some(segment) = self.segments.number_of(thread.sp) else {
            return;
        };
        let segment = self.segments.all()[segment];
        let start = stack_start(&thread, &segment);
        let count = self.walk(&thread);
        let holds = |address: usize| start <= address && address < segment.end;
        // Above the outermost frame lies what the C library keeps of the thread.
        let outermost = count.checked_sub(1).map(|last| self.frames.all()[last].sp);
        let local = match outermost {
            Some(sp) if holds(thread.pointer) && sp < thread.pointer => {
                let room = thread.pointer - LOCAL_BYTES.0.min(thread.pointer);
                sp.max(room).min(segment.end)
            }
            _ => segment.end,
        };
        let stack = (start, local);
        self.write_part(GroupKind::Stack, &thread, stack, count, words, output);
        if local < segment.end {
            let rest = (local, segment.end);
            self.write_part(GroupKind::ThreadLocal, &thread, rest, 0, words, output);
        }
    }

    fn write_part(
        &mut self,
        kind: GroupKind,
        thread: &Thread,
        (start, end): (usize, usize),
        frames: usize,
        words: &mut Words<'_>,
        output: &mut Output<'_>,
    ) {
        let mut buffer = [0; 16];
        let len = tasks::name(thread.number, &mut buffer).unwrap_or(0);
        let name = &buffer[..len];
        let range = start as u64..end as u64;
        let writer = output.room(name.len() + 20 * frames);
        writer.group(kind, range, thread.number, (0, name, b""), frames);
        let mut sp = start;
        for frame in &self.frames.all()[..frames] {
            writer.frame((frame.sp - sp) as u64, frame.pc as u64);
            sp = frame.sp & !7;
        }
        self.read(start, end, words, output);
        output.room(0).end_points();
    }

    fn write_registers(&mut self, number: usize, words: &mut Words<'_>, output: &mut Output<'_>) {
        let thread = self.threads()[number];
        let mut buffer = [0; 16];
        let len = tasks::name(thread.number, &mut buffer).unwrap_or(0);
        let writer = output.room(len);
        let module = (0, &buffer[..len], &b""[..]);
        writer.group(GroupKind::Registers, 0..0, thread.number, module, 0);
        let tally = &mut self.tally;
        for (index, &word) in thread.registers.iter().enumerate() {
            words.look_at(8 * index, word, &mut |found| tell(&found, tally, output));
        }
        output.room(0).end_points();
    }

    /// Reads what is not ours of a piece of memory.
    fn read(&mut self, start: usize, end: usize, words: &mut Words<'_>, output: &mut Output<'_>) {
        let tally = &mut self.tally;
        self.segments.without_own(start, end, |from, to| {
            let bytes = words.read_mapping(from, to, &mut |found| tell(&found, tally, output));
            tally.bytes += bytes;
        });
    }

    /// Reads a piece of shared memory, none of which is ours.
    fn read_shared(
        &mut self,
        start: usize,
        end: usize,
        words: &mut Words<'_>,
        output: &mut Output<'_>,
    ) {
        let tally = &mut self.tally;
        let bytes = words.read_shared(start, end, &mut |found| tell(&found, tally, output));
        self.tally.bytes += bytes;
    }

    /// Walks a thread's stack; gives how many frames there are.
    fn walk(&mut self, thread: &Thread) -> usize {
        let Ok(place) = memory::map(size_of::<ThreadStacks>()) else {
            return 0;
        };
        let from = Registers {
            pc: thread.pc,
            sp: thread.sp,
            fp: thread.fp,
        };
        let modules = Modules::new();
        let mut count = 0;
        let frames = self.frames.all_mut();
        // SAFETY: fresh zeroed memory of that size is a fresh value, and this call's alone.
        let stacks = unsafe { &mut *with_exposed_provenance_mut::<ThreadStacks>(place) };
        stacks.frames(&from, &modules, |at| {
            if let Some(frame) = frames.get_mut(count) {
                *frame = Frame {
                    sp: at.sp,
                    pc: at.pc,
                };
                count += 1;
            }
        });
        // SAFETY: mapped above; the borrow has ended.
        unsafe { memory::unmap(place, size_of::<ThreadStacks>().next_multiple_of(4096)) };
        count
    }

    /// Moves a thread that leaves through `exit` out of the frames of `exit` itself, in which
    /// values of functions that are gone may still stand: its stack begins where the program's
    /// own does.
    pub(crate) fn leave_exit(&mut self, thread: &Thread) -> Thread {
        let count = self.walk(thread);
        let libc = self.image_start(process::libc_address());
        let loader = self.image_start(process::loader_address());
        let own = self.hidden;
        let frames = &self.frames.all()[..count];
        let is_exit = |frame: &&Frame| {
            let image = self.image_start(Some(frame.pc - 1));
            image.is_some() && (image == libc || image == loader || image == own)
        };
        let behind = frames.iter().find(|frame| !is_exit(frame));
        let Some(frame) = behind.or(frames.last()) else {
            return *thread;
        };
        // The registers are those of `exit`, and what they held before is dead: it does not return.
        Thread {
            sp: frame.sp,
            pc: frame.pc,
            fp: 0,
            ..Thread::unknown(thread.number, thread.pointer)
        }
    }

    fn image_start(&self, address: Option<usize>) -> Option<usize> {
        let loaded = self.segments.image_of(address?)?;
        Some(loaded.image.start)
    }
}

/// Where in the segment that holds it a thread's stack begins to matter.
fn stack_start(thread: &Thread, segment: &Segment) -> usize {
    let below = if thread.has_red_zone {
        RED_ZONE_BYTES
    } else {
        0
    };
    thread.sp.saturating_sub(below).max(segment.start) & !7
}

/// Where a thread's own variables lie in a mapping that holds its pointer.
fn local_range(thread: &Thread, segment: &Segment) -> (usize, usize) {
    let (below, above) = LOCAL_BYTES;
    let start = thread.pointer.saturating_sub(below).max(segment.start);
    let end = (thread.pointer + above).min(segment.end);
    (start & !7, end)
}

fn tell(found: &Found, tally: &mut Tally, output: &mut Output<'_>) {
    let target = u64::from(found.hit.block);
    output
        .room(0)
        .points(found.address as u64, target, found.way);
    tally.references += 1;
}
