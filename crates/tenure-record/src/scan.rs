//! A look at the heap: every block in use, and every word from which the program can reach one.
//!
//! ```text
//! world (threads stand still) ─┬─ segments (what is mapped) ─ roots ────┐
//!                              └─ index (which block is where) ─ blocks ┴ words, ways ─ output
//! ```
//!
//! At the end of a program the threads are stopped and memory is read in place. While it runs, only
//! a copy of the process is made while they stand still, and the copy reads (see
//! [`tenure_os::process_copy`]). What is written is the layout of [`tenure_trace::graph`]; which
//! blocks are lost and who holds what is found out by whoever reads it. First of all, and in every
//! recorded process that leaves, `census` counts the heap's pages ([`tenure_trace::pages`]).
//!
//! **Cost:** 16 bytes of memory for 64 blocks and a quarter of a thousandth of the heap; a gigabyte
//! of small blocks takes about a second, or half of one more, of which the program stands still for
//! the copying of its page tables.
//!
//! **Limits:** memory is read as words at multiples of eight bytes: who hides a pointer (in parts,
//! compressed, or beyond 48 bits) is not believed. What only the kernel knows of (an event queue's
//! user data) is not read. Blocks of a program that leaves without `exit` are not looked at.

mod blocks;
mod census;
mod index;
mod output;
mod roots;
mod segments;
mod ways;
mod words;
mod world;

use crate::accounts;
use crate::folder::Folder;
use crate::head::Head;
use crate::recorder;
use census::Known;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize};
use index::Index;
use output::{Buffer, Output};
use roots::{Roots, Thread};
use segments::Segments;
use tenure_os::files::FileError;
use tenure_os::lock::Lock;
use tenure_os::notice::notice;
use tenure_os::process_copy::{run_in_copy, run_on_own_stack};
use tenure_os::registers;
use tenure_os::signal::{self, Interrupted, REGISTERS_MAX};
use tenure_os::{clock, process, thread};
use tenure_trace::graph::{
    FLAG_COMPLETE, FLAG_COPY, FLAG_INCOMPLETE_ROOTS, GraphHeader, REASON_CALL, REASON_EXIT,
    REASON_REQUEST,
};
use tenure_trace::pages::{self, PagesHeader};
use tenure_trace::state::header::{
    MODE_EVENTS, MODE_EVERY, MODE_STATS, SCAN_NO_FILE, SCAN_NO_MEMORY, SCAN_NO_PROC,
};
use words::Words;
use world::World;

/// How long a copy waits to hear how long its original stood still.
const PAUSE_PATIENCE_NS: u64 = 1_000_000_000;

/// Whether a look is under way.
static BUSY: AtomicBool = AtomicBool::new(false);
/// Whether the process looks at its heap when it leaves.
static AT_EXIT: AtomicBool = AtomicBool::new(false);
/// An address in the image whose variables do not count; 0: none.
static HIDDEN: AtomicUsize = AtomicUsize::new(0);
/// Looks that have begun.
static NUMBER: AtomicU64 = AtomicU64::new(0);
/// The number of the program image among those of the process id.
static SEQ: AtomicU32 = AtomicU32::new(0);
/// Where files go, and whether that is known.
static FOLDER: Lock<Folder> = Lock::new(Folder::new());
static FOLDER_IS_SET: AtomicBool = AtomicBool::new(false);

/// What is to be written, for functions that take no arguments.
struct Task {
    caller: Thread,
    header: GraphHeader,
    /// When the threads were told to stand still.
    stop_ns: u64,
    /// Whether the program goes on meanwhile, and a copy of it does the work.
    is_copy: bool,
    /// Whether blocks and roots are wanted; pages are counted in any case.
    is_graph_wanted: bool,
}

static TASK: Lock<Option<Task>> = Lock::new(None);
/// How a task that was done in place ended.
static OUTCOME: Lock<Option<Result<(), Failure>>> = Lock::new(None);

/// Begins: files go into `dir`, and where `at_exit`, one is written when the process leaves. The
/// variables of the image that holds `hidden` are not the program's.
pub(crate) fn begin(dir: &[u8], hidden: usize, at_exit: bool) {
    if FOLDER.lock().set(dir) {
        HIDDEN.store(hidden, Relaxed);
        AT_EXIT.store(at_exit, Relaxed);
        FOLDER_IS_SET.store(true, Relaxed);
    }
}

/// The process has a new file: `seq` is in its name.
pub(crate) fn enter(seq: u32) {
    SEQ.store(seq, Relaxed);
}

/// In a copied process: a look that the parent was at does not go on here.
///
/// # Safety
/// * No other thread runs.
pub(crate) unsafe fn enter_copy() {
    world::enter_copy();
    // SAFETY: whoever held these locks was a thread of the parent's and does not run here.
    unsafe {
        FOLDER.release();
        TASK.release();
        OUTCOME.release();
    }
    BUSY.store(false, Relaxed);
}

/// Makes sure that the process hears of requests, which are announced by a signal: when the C
/// library is ready, and again now and then, since some programs take all handlers away.
pub(crate) fn listen(head: &Head) {
    if FOLDER_IS_SET.load(Relaxed)
        && let Some(signal) = world::take_signal()
    {
        head.scan_signal.store(signal.cast_unsigned(), Release);
    }
}

/// The process leaves: counts its pages, and looks at its heap, if that is wanted. The stack begins
/// at the caller.
#[inline(never)]
pub(crate) fn at_exit(head: &Head) {
    let caller = here();
    if !FOLDER_IS_SET.load(Relaxed) || BUSY.swap(true, AcqRel) {
        return;
    }
    let is_graph_wanted = AT_EXIT.load(Relaxed);
    let done = match world::stop() {
        Some(world) => {
            let done = read_in_place(head, caller, REASON_EXIT, &world, is_graph_wanted);
            if is_graph_wanted {
                name_unanswered();
            }
            done
        }
        None => Err(Failure::Proc),
    };
    if is_graph_wanted {
        finish(head, done);
        tell(done);
    }
    BUSY.store(false, Release);
}

/// Writes down what there is while the world stands still.
fn read_in_place(
    head: &Head,
    caller: Thread,
    reason: u32,
    world: &World,
    is_graph_wanted: bool,
) -> Result<(), Failure> {
    *TASK.lock() = Some(Task {
        caller,
        header: begin_header(head, reason, world),
        stop_ns: world.stop_ns,
        is_copy: false,
        is_graph_wanted,
    });
    run_on_own_stack(work).ok_or(Failure::Memory)?;
    OUTCOME.lock().take().unwrap_or(Err(Failure::Memory))
}

/// The signal has come, at a thread that nobody has stopped.
pub(crate) fn on_request(at: &Interrupted) {
    let Some(head) = recorder::head() else { return };
    if head.pid.load(Relaxed) == process::id() {
        accounts::answer(head);
    }
    let wanted = head.scan_requests.load(Acquire);
    let begun = head.scan_begun.load(Relaxed);
    if wanted == begun || head.pid.load(Relaxed) != process::id() {
        return;
    }
    let mut caller = Thread::unknown(signal::thread_number(), thread::id());
    caller.sp = at.sp;
    caller.has_red_zone = true;
    caller.pc = at.pc + 1;
    caller.fp = at.fp;
    caller.registers = at.registers;
    if look(head, caller, REASON_REQUEST) {
        head.scan_begun.store(wanted, Release);
    }
}

/// Looks at the heap now, and goes on while a copy of the process writes down what there is. False
/// where nothing is recorded, or another look is under way.
#[inline(never)]
pub fn look_now() -> bool {
    let caller = here();
    recorder::head().is_some_and(|head| {
        head.pid.load(Relaxed) == process::id() && look(head, caller, REASON_CALL)
    })
}

/// The calling thread, from its caller's frame outwards.
#[inline(always)]
fn here() -> Thread {
    let at = registers::here();
    let mut known = [0; REGISTERS_MAX];
    #[cfg(target_arch = "x86_64")]
    for (place, register) in known.iter_mut().zip(registers::all()) {
        *place = register;
    }
    Thread {
        sp: at.sp,
        pc: at.pc,
        fp: at.fp,
        registers: known,
        ..Thread::unknown(signal::thread_number(), thread::id())
    }
}

/// Stops the world, has a copy made, lets the world go on. Where there can be no copy, reads in
/// place meanwhile.
fn look(head: &Head, caller: Thread, reason: u32) -> bool {
    if BUSY.swap(true, AcqRel) {
        return false;
    }
    let start_ns = clock::monotonic_ns();
    head.scan_pause_ns.store(0, Relaxed);
    match world::stop() {
        Some(world) => {
            *TASK.lock() = Some(Task {
                caller,
                header: begin_header(head, reason, &world),
                stop_ns: world.stop_ns,
                is_copy: true,
                is_graph_wanted: true,
            });
            if !run_in_copy(work) {
                finish(head, read_in_place(head, caller, reason, &world, true));
            }
        }
        None => finish(head, Err(Failure::Proc)),
    }
    let pause_ns = clock::monotonic_ns() - start_ns;
    head.scan_pause_ns.store(pause_ns, Release);
    BUSY.store(false, Release);
    true
}

/// Does the task that waits.
extern "C" fn work() -> i32 {
    let (Some(head), Some(task)) = (recorder::head(), TASK.lock().take()) else {
        return 1;
    };
    count_pages(&task, head);
    let done = if task.is_graph_wanted {
        write(&task, head)
    } else {
        Ok(())
    };
    if task.is_copy {
        finish(head, done);
    } else {
        *OUTCOME.lock() = Some(done);
    }
    i32::from(done.is_err())
}

/// Why there is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    Memory,
    Proc,
    File(FileError),
}

fn begin_header(head: &Head, reason: u32, world: &World) -> GraphHeader {
    GraphHeader {
        pid: head.pid.load(Relaxed),
        seq: SEQ.load(Relaxed),
        reason,
        threads: world::standing().count() as u32 + 1,
        threads_unanswered: world.unanswered(),
        mono_ns: clock::monotonic_ns(),
        number: NUMBER.fetch_add(1, Relaxed) + 1,
        ..GraphHeader::default()
    }
}

/// Says to whoever waits that it is over.
fn finish(head: &Head, done: Result<(), Failure>) {
    let status = match done {
        Ok(()) => 0,
        Err(Failure::Memory) => SCAN_NO_MEMORY,
        Err(Failure::Proc) => SCAN_NO_PROC,
        Err(Failure::File(_)) => SCAN_NO_FILE,
    };
    head.scan_status.store(status, Relaxed);
    head.scan_done.fetch_add(1, Release);
}

fn tell(done: Result<(), Failure>) {
    let reason = match done {
        Ok(()) => return,
        Err(Failure::Memory) => "there is no memory for the tables",
        Err(Failure::Proc) => "/proc cannot be read, or all signals are taken",
        Err(Failure::File(error)) => error.reason(),
    };
    let pid = process::id();
    notice(format_args!(
        "process {pid}: leaks are not known, its heap could not be looked at: {reason}"
    ));
}

fn name_unanswered() {
    for thread in world::standing().filter(|thread| thread.at.is_none()) {
        let mut name = [0; 16];
        let len = tenure_os::tasks::name(thread.number, &mut name).unwrap_or(0);
        notice(format_args!(
            "thread {} ({}) could not be stopped (it holds signals back, or the kernel holds it); \
             its whole stack counts as in use, its registers are not known",
            thread.number,
            name[..len].escape_ascii()
        ));
    }
}

/// Counts the pages of the heap, and says where that does not work; a look goes on all the same.
fn count_pages(task: &Task, head: &Head) {
    let known = match head.mode.load(Relaxed) {
        MODE_EVERY | MODE_EVENTS => Known::Sites,
        MODE_STATS => Known::Requested,
        _ => Known::Nothing,
    };
    let header = PagesHeader {
        pid: task.header.pid,
        seq: task.header.seq,
        flags: if task.is_copy { pages::FLAG_COPY } else { 0 },
        reason: task.header.reason,
        threads: task.header.threads,
        threads_unanswered: task.header.threads_unanswered,
        mono_ns: task.header.mono_ns,
        ..PagesHeader::default()
    };
    // The lock is held for the copying of a path only, by nobody who is stopped.
    let mut folder = FOLDER.lock().clone();
    let path = folder.path_of(header.pid, header.seq, "pages");
    // SAFETY: all other threads stand still, or do not exist in this copy.
    let done = unsafe { census::write(path, header, known) };
    let reason = match done {
        Ok(()) => return,
        Err(census::Failure::Memory) => "there is no memory for the tables",
        Err(census::Failure::File(error)) => error.reason(),
    };
    let pid = header.pid;
    notice(format_args!(
        "process {pid}: what its heap holds is not known, its pages could not be counted: {reason}"
    ));
}

/// Reads everything and writes it down.
fn write(task: &Task, head: &Head) -> Result<(), Failure> {
    let start_ns = clock::monotonic_ns();
    // All memory of ours is taken before what is mapped is read, so that it is known for ours.
    // SAFETY: all other threads stand still, or do not exist in this copy.
    let index = unsafe { Index::build() }.ok_or(Failure::Memory)?;
    let mut buffer = Buffer::new().ok_or(Failure::Memory)?;
    let tables = roots::Tables::new().ok_or(Failure::Memory)?;
    let segments = Segments::read().ok_or(Failure::Proc)?;
    let hidden = Some(HIDDEN.load(Relaxed)).filter(|&address| address != 0);
    let mut roots = Roots::new(&segments, tables, hidden);
    let caller = if task.header.reason == REASON_EXIT {
        roots.leave_exit(&task.caller)
    } else {
        task.caller
    };
    roots.add(caller);
    for standing in world::standing() {
        roots.add(Thread::of(&standing));
    }
    let ways = ways::Ways::new(&segments);
    let mut words = Words::new(&index, &ways, process::page_bytes());
    // The lock is held for the copying of a path only, by nobody who is stopped.
    let mut folder = FOLDER.lock().clone();
    let mut header = task.header;
    let path = folder.path_of(header.pid, header.seq, "graph");
    let mut output = Output::create(path, &header, &mut buffer).map_err(Failure::File)?;
    roots.write(&mut words, &mut output);
    blocks::write(&index, &mut words, &mut output, &mut header);
    header.blocks = u64::from(index.blocks());
    header.references = roots.tally.references;
    header.root_bytes = roots.tally.bytes;
    header.scan_ns = clock::monotonic_ns() - start_ns;
    header.flags |= FLAG_COMPLETE;
    if segments.is_cut {
        header.flags |= FLAG_INCOMPLETE_ROOTS;
    }
    header.pause_ns = if task.is_copy {
        header.flags |= FLAG_COPY;
        wait_for_pause(head)
    } else {
        clock::monotonic_ns() - task.stop_ns
    };
    output.finish(&header).map_err(Failure::File)
}

/// How long the process stood still, which it knows as soon as it goes on; 0 if it does not say so
/// within a second. This is a copy, for which nobody waits.
fn wait_for_pause(head: &Head) -> u64 {
    let until_ns = clock::monotonic_ns() + PAUSE_PATIENCE_NS;
    while clock::monotonic_ns() < until_ns {
        let pause_ns = head.scan_pause_ns.load(Acquire);
        if pause_ns != 0 {
            return pause_ns;
        }
        thread::yield_now();
    }
    0
}
