//! The one recorder of the process: what the heap calls, and what happens at a fork and at the end.
//!
//! **Locks:** [`RECORDER`] guards which file is written and who has which shard; it is taken on a
//! thread's first allocation and at forks, after the heap's own locks. Counters and header need
//! none.

use crate::accounts;
use crate::capture;
use crate::folder::Folder;
use crate::head::Head;
use crate::notebook;
use crate::profile::{self, WATCH};
use crate::refusal;
use crate::resident::{self, Schedule};
use crate::scan;
use crate::snapshot::Snapshot;
use crate::state_file::StateFile;
use core::ptr::null_mut;
use core::sync::atomic::AtomicPtr;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use tenure_heap::counters::{CounterSource, Shard, count_into};
use tenure_heap::lifecycle::{ForkHooks, set_fork_hooks};
use tenure_heap::remains;
use tenure_heap::watch::{self, Watching, watch_into};
use tenure_os::files::FileError;
use tenure_os::fork_mark::{ForkMark, Seen};
use tenure_os::lock::Lock;
use tenure_os::notice::notice;
use tenure_os::{clock, process, thread};
use tenure_trace::state::header::{END_EXIT, END_FAULT, MODE_EVENTS, MODE_EVERY, MODE_SAMPLE};

static RECORDER: Lock<Recorder> = Lock::new(Recorder::new());
/// The header of the file that is written, or null while there is none.
static HEAD: AtomicPtr<Head> = AtomicPtr::new(null_mut());
static MARK: ForkMark = ForkMark::new();
static SCHEDULE: Schedule = Schedule::new();
static SOURCE: CounterSource = CounterSource {
    acquire,
    publish,
    thread_started,
    thread_finished,
    held,
};
static HOOKS: ForkHooks = ForkHooks {
    prepare,
    parent,
    child,
};

/// How long a thread waits for another one to open a copied process's file, in turns of the
/// scheduler.
const TURNS_MAX: u32 = 100_000;

struct Recorder {
    folder: Folder,
    file: Option<StateFile>,
    snapshot: Snapshot,
    /// Whether the user has been told that something is not recorded.
    told: bool,
}

impl Recorder {
    const fn new() -> Self {
        Self {
            folder: Folder::new(),
            file: None,
            snapshot: Snapshot::new(),
            told: false,
        }
    }

    /// Has the heap tell what `mode` needs.
    fn turn_on(&mut self, mode: Mode) {
        let Some(file) = &self.file else { return };
        let rate_bytes = match mode {
            Mode::Stats => return count_into(&SOURCE),
            Mode::Sample { rate_bytes } => rate_bytes,
            Mode::Every | Mode::Events => 0,
        };
        let process = (file.pid, file.seq);
        let head = file.head();
        if let Err(error) = profile::begin(
            self.folder.clone(),
            process,
            rate_bytes,
            mode == Mode::Events,
        ) {
            self.tell(None, error);
            return count_into(&SOURCE);
        }
        if matches!(mode, Mode::Every | Mode::Events) {
            let events = mode == Mode::Events;
            let number = if events { MODE_EVENTS } else { MODE_EVERY };
            head.mode.store(number, Relaxed);
            watch_into(&SOURCE, &notebook::EVERY, Watching::Every);
        } else {
            head.mode.store(MODE_SAMPLE, Relaxed);
            let rate = profile::rates().last_bytes();
            head.sample_rate_bytes.store(rate, Relaxed);
            watch_into(&SOURCE, &notebook::SAMPLED, Watching::Sampled);
        }
    }

    /// Makes `file` the one that is written.
    fn use_file(&mut self, file: Option<StateFile>) {
        let head: *const Head = file.as_ref().map_or(null_mut(), |file| file.head());
        if let Some(file) = &file {
            scan::enter(file.seq);
        }
        HEAD.store(head.cast_mut(), Release);
        self.file = file;
    }

    /// Says once what is not recorded and why.
    fn tell(&mut self, heaps: Option<u32>, error: FileError) {
        if core::mem::replace(&mut self.told, true) {
            return;
        }
        let (pid, reason) = (process::id(), error.reason());
        match heaps {
            Some(heaps) => notice(format_args!(
                "process {pid}: only its first {heaps} threads are counted: {reason} ({error:?})"
            )),
            None => notice(format_args!(
                "process {pid} and its children are not recorded: {reason} ({error:?})"
            )),
        }
    }

    /// Requested live bytes: what threads have published, and what they have not.
    fn live_bytes(&self) -> i64 {
        let Some(file) = &self.file else { return 0 };
        let published = file.head().live_published_bytes.load(Relaxed);
        let deltas = file
            .shards()
            .map(|shard| shard.live_delta_bytes.load(Relaxed));
        published + deltas.sum::<i64>()
    }

    fn take_snapshot(&mut self) {
        if let Some(file) = &self.file {
            let held_bytes = file.head().held_bytes.load(Relaxed);
            self.snapshot.take(file.shards(), held_bytes);
        }
    }

    /// In the child of an announced fork: a new file; the parent's is let go.
    fn enter_child(&mut self) {
        let Some(old) = self.file.take() else { return };
        if old.pid == process::id() {
            // Another library's fork handler has allocated before ours ran, and was noticed.
            self.file = Some(old);
            return;
        }
        let made = StateFile::create(&mut self.folder, Some(&self.snapshot));
        self.enter(made);
        old.orphan();
    }

    /// In a copy that nobody announced: a new file under the addresses of the old one.
    fn enter_copy(&mut self) {
        self.take_snapshot();
        let Some(old) = self.file.take() else { return };
        let made = old.replace(&mut self.folder, &self.snapshot);
        self.enter(made);
    }

    /// Goes on with what was `made` for a copied process, in which this thread alone runs.
    fn enter(&mut self, made: Result<StateFile, FileError>) {
        accounts::enter_copy();
        let before = head().map(|head| {
            let (mode, rate) = (&head.mode, &head.sample_rate_bytes);
            (mode.load(Relaxed), rate.load(Relaxed))
        });
        match made {
            Ok(file) => {
                let process = (file.pid, file.seq);
                if let Some((mode, rate)) = before {
                    file.head().mode.store(mode, Relaxed);
                    file.head().sample_rate_bytes.store(rate, Relaxed);
                }
                self.use_file(Some(file));
                // SAFETY: a copied process has one thread until its program goes on.
                unsafe { scan::enter_copy() };
                // SAFETY: as above.
                if let Err(error) = unsafe { profile::enter_copy(process) } {
                    self.tell(None, error);
                }
            }
            Err(error) => {
                self.use_file(None);
                // SAFETY: as above.
                unsafe { profile::leave() };
                self.tell(None, error);
            }
        }
    }
}

/// What is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// How many blocks of each size class there are.
    Stats,
    /// That, and for some blocks drawn at random who allocated them and for how long; on average
    /// one in so many bytes, or 0 for a rate that grows with the process.
    Sample {
        /// Mean bytes between samples.
        rate_bytes: u64,
    },
    /// The same for every block.
    Every,
    /// That, and each event with its time.
    Events,
}

/// Begins recording into `dir`; to be called before the process's first heap is made.
///
/// Where `leaks`, the heap is looked at when the process leaves, and new blocks begin with zeroes,
/// so that what was there before is not taken for the program's. Where recording is not possible,
/// says so on stderr, and the heap does not count. Never allocates.
pub fn start(dir: &[u8], mode: Mode, leaks: bool) {
    let mut recorder = RECORDER.lock();
    if !recorder.folder.set(dir) {
        notice(format_args!(
            "not recorded: the path of the folder is too long"
        ));
        return;
    }
    match StateFile::create(&mut recorder.folder, None) {
        Ok(file) => {
            recorder.use_file(Some(file));
            MARK.set();
            set_fork_hooks(&HOOKS);
            if leaks {
                remains::wipe();
            }
            recorder.turn_on(mode);
            refusal::listen();
            scan::begin(dir, start as *const () as usize, leaks);
        }
        Err(error) => recorder.tell(None, error),
    }
}

/// The C library is ready: what has had to wait for it begins.
pub fn ready() {
    if let Some(head) = head() {
        scan::listen(head);
    }
}

/// Says that the program has closed a library: to be called when `dlclose` has come back.
pub fn library_closed() {
    if profile::is_on() {
        capture::library_closed();
    }
}

/// Marks that the process leaves through `exit`. What is counted afterwards still counts.
pub fn end_by_exit() {
    end(END_EXIT);
}

/// Marks that the process is about to be stopped because it misused the heap.
pub fn end_by_fault() {
    end(END_FAULT);
}

fn end(how: u32) {
    let Some(head) = head() else { return };
    // A child that borrows its parent's memory must not end the parent's record.
    if head.pid.load(Relaxed) != process::id() {
        return;
    }
    if profile::is_on() {
        if how == END_EXIT {
            // What has grown since the last free counts as a peak too.
            head.fall(RECORDER.lock().live_bytes());
        }
        notebook::tell_course(head, WATCH.now_ns());
    }
    head.resident_peak_bytes
        .fetch_max(resident::peak_bytes(), Relaxed);
    accounts::write(head);
    head.end_mono_ns.store(clock::monotonic_ns(), Relaxed);
    head.end.store(how, Relaxed);
    if how == END_EXIT {
        scan::at_exit(head);
    }
}

/// The header of this process's state file.
pub(crate) fn head() -> Option<&'static Head> {
    // SAFETY: null, or the header of a mapping that stays for good; all its fields are atomics.
    unsafe { HEAD.load(Acquire).as_ref() }
}

/// Makes sure that what follows goes into this process's own file.
pub(crate) fn settle() {
    match MARK.look() {
        Seen::Same => {}
        Seen::Copied => {
            // SAFETY: this is the only thread that gets here, and the others wait below or have not
            // looked yet: whoever holds the lock is a thread of the process that was copied (or
            // this one, across an announced fork), and does not run here.
            unsafe {
                profile::release_after_fork();
                RECORDER.release();
            }
            RECORDER.lock().enter_copy();
            MARK.set_again();
        }
        Seen::Pending => {
            for _ in 0..TURNS_MAX {
                if MARK.look() == Seen::Same {
                    return;
                }
                thread::yield_now();
            }
        }
    }
}

fn acquire(previous: watch::Notebook) -> Option<Shard> {
    settle();
    let mut recorder = RECORDER.lock();
    let Recorder { folder, file, .. } = &mut *recorder;
    let file = file.as_mut()?;
    let heaps = file.heaps();
    match file.take_slot(folder) {
        Ok(counters) => Some(Shard {
            counters,
            notebook: notebook::open(previous, counters, heaps + 1),
        }),
        Err(error) => {
            recorder.tell(Some(heaps), error);
            None
        }
    }
}

fn publish(delta_bytes: i64, delta_max_bytes: i64) {
    settle();
    let Some(head) = head() else { return };
    head.publish(delta_bytes, delta_max_bytes);
    if profile::is_on() {
        let now_ns = WATCH.now_ns();
        notebook::tell_course(head, now_ns);
        accounts::refresh(head, now_ns);
    }
    if SCHEDULE.is_due() {
        accounts::write(head);
        scan::listen(head);
        head.resident_peak_bytes
            .fetch_max(resident::peak_bytes(), Relaxed);
    }
}

fn thread_started() {
    settle();
    if let Some(head) = head() {
        head.thread_started();
    }
}

fn thread_finished() {
    settle();
    if let Some(head) = head() {
        head.thread_finished();
    }
}

fn held(bytes: u64) {
    if let Some(head) = head() {
        head.set_held(bytes);
        SCHEDULE.held(bytes);
        if profile::is_on() {
            notebook::tell_course(head, WATCH.now_ns());
        }
    }
}

fn prepare() {
    settle();
    let mut recorder = RECORDER.lock();
    recorder.take_snapshot();
    profile::hold_for_fork();
    // Kept for the fork; `parent` and `child` give it back.
    core::mem::forget(recorder);
}

fn parent() {
    // SAFETY: taken and kept by `prepare` on this thread.
    unsafe {
        profile::release_after_fork();
        RECORDER.release();
    }
}

fn child() {
    // SAFETY: taken and kept by `prepare` on this thread, before the fork. Should `settle` have
    // given it back meanwhile, giving back again changes nothing: no other thread runs.
    unsafe {
        profile::release_after_fork();
        RECORDER.release();
    }
    RECORDER.lock().enter_child();
    MARK.set_again();
}
