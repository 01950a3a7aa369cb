//! The profile of this process: which sites there are, and each heap's records of them.
//!
//! **Shape:** five array files beside the state file: the nodes of all stacks, the site records,
//! the modules that code lies in, interpreted functions, and the course of the live bytes. What
//! threads need of them at every block is an address that never changes; making room is under the
//! lock.
//!
//! **Locks:** [`FILES`], after the recorder's own. Nothing that waits for the dynamic linker may be
//! called with it.

use crate::array_file::{ArrayFile, ArrayHead};
use crate::birth::SITES_MAX;
use crate::capture;
use crate::folder::Folder;
use crate::sampler::Rates;
use crate::site_record::SiteRecord;
use crate::site_table::SiteTable;
use crate::stopwatch::Stopwatch;
use crate::timeline::Timeline;
use core::ptr::{
    NonNull, copy_nonoverlapping, with_exposed_provenance, with_exposed_provenance_mut,
};
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use tenure_os::files::FileError;
use tenure_os::lock::Lock;
use tenure_trace::events::CHUNK_BYTES;
use tenure_trace::profile::array::{HEADER_BYTES, Kind};
use tenure_trace::profile::code::{FUNCTION_BYTES, FUNCTIONS_MAX, STATE_READ};
use tenure_trace::profile::module::MODULE_BYTES;
use tenure_trace::profile::node::NODE_BYTES;
use tenure_trace::profile::timeline::POINTS_MAX;

/// First and most elements of each file.
const NODES: (usize, usize) = (4096 - 256, SITES_MAX as usize);
const SITES: (usize, usize) = (64, 4 << 20);
const MODULES: (usize, usize) = (56, 60_000);
const CODE: (usize, usize) = (24, FUNCTIONS_MAX as usize);
const TIMELINE: (usize, usize) = (POINTS_MAX, POINTS_MAX);
const CHUNKS: (usize, usize) = (4, 1 << 20);

/// Time since the start of recording.
pub(crate) static WATCH: Stopwatch = Stopwatch::new();
/// The course of the live bytes.
pub(crate) static COURSE: Timeline = Timeline::new();
static FILES: Lock<Option<Files>> = Lock::new(None);
/// Address of the first site record; 0 while there is no profile.
static RECORDS: AtomicUsize = AtomicUsize::new(0);
/// Address of the root node, and how many nodes there is room for.
static NODES_START: AtomicUsize = AtomicUsize::new(0);
static NODES_ROOM: AtomicUsize = AtomicUsize::new(0);
/// Whether every event is written down.
static HAS_EVENTS: AtomicBool = AtomicBool::new(false);
/// The rate that the user wants, 0 for none.
static FIXED_RATE_BYTES: AtomicU64 = AtomicU64::new(0);

/// The array files.
struct Files {
    folder: Folder,
    nodes: ArrayFile,
    sites: ArrayFile,
    modules: ArrayFile,
    code: ArrayFile,
    timeline: ArrayFile,
    /// Where every event is written down.
    events: Option<ArrayFile>,
}

impl Files {
    fn create(
        mut folder: Folder,
        process: (u32, u32),
        with_events: bool,
    ) -> Result<Self, FileError> {
        let mut make = |kind, room| ArrayFile::create(&mut folder, process, kind, room);
        let (nodes, sites) = (make(Kind::Nodes, NODES)?, make(Kind::Sites, SITES)?);
        let (modules, code) = (make(Kind::Modules, MODULES)?, make(Kind::Code, CODE)?);
        let timeline = make(Kind::Timeline, TIMELINE)?;
        let events = if with_events {
            Some(make(Kind::Events, CHUNKS)?)
        } else {
            None
        };
        Ok(Self {
            folder,
            nodes,
            sites,
            modules,
            code,
            timeline,
            events,
        })
    }

    fn publish(&self) {
        let (head, points) = (self.timeline.head(), self.timeline.elements());
        COURSE.begin(head, points, WATCH.start_ns());
        NODES_START.store(self.nodes.elements(), Relaxed);
        NODES_ROOM.store(self.nodes.capacity(), Release);
        RECORDS.store(self.sites.elements(), Release);
    }

    /// In a copied process: files of its own under the old addresses.
    ///
    /// **Limit:** the parent goes on meanwhile, so what the copy inherits may be off by what the
    /// parent does in these microseconds.
    ///
    /// # Safety
    /// * This is the only thread that uses the files.
    unsafe fn replace(&mut self, process: (u32, u32)) -> Result<(), FileError> {
        let folder = &mut self.folder;
        let nodes = self.nodes.in_reach();
        let modules = self.modules.in_reach();
        let functions = self.code.in_reach();
        let interpreter = self.code.head().own.each_ref().map(|own| own.load(Relaxed));
        let sites = self.sites.in_reach();
        // SAFETY: the caller's promise; the ranges copied are mapped, the new files are as long.
        unsafe {
            self.nodes.replace(folder, process, |old, new| {
                copy_bytes(old, new, nodes * NODE_BYTES);
                nodes as u64
            })?;
            self.modules.replace(folder, process, |old, new| {
                copy_bytes(old, new, modules * MODULE_BYTES);
                modules as u64
            })?;
            self.code.replace(folder, process, |old, new| {
                copy_bytes(old, new, functions * FUNCTION_BYTES);
                functions as u64
            })?;
            for (own, value) in self.code.head().own.iter().zip(interpreter) {
                own.store(value, Relaxed);
            }
            self.sites
                .replace(folder, process, |old, new| inherit(old, new, sites) as u64)?;
            self.timeline.replace(folder, process, |_, _| 0)?;
            if let Some(old) = self.events.take() {
                // Begun anew, and elsewhere: the parent's may be very long.
                old.release();
                let new = ArrayFile::create(folder, process, Kind::Events, CHUNKS)?;
                self.events = Some(new);
            }
        }
        Ok(())
    }

    /// # Safety
    /// * As for [`Files::replace`].
    unsafe fn orphan(&mut self) {
        for file in [
            &mut self.nodes,
            &mut self.sites,
            &mut self.modules,
            &mut self.code,
            &mut self.timeline,
        ]
        .into_iter()
        .chain(&mut self.events)
        {
            // SAFETY: the caller's promise.
            unsafe { file.orphan() };
        }
    }
}

/// Copies bytes between two mappings.
///
/// # Safety
/// * Both ranges are mapped, apart, and used by nobody else.
unsafe fn copy_bytes(from: usize, to: usize, len: usize) {
    // SAFETY: the caller's promise; any bytes are valid.
    unsafe {
        copy_nonoverlapping(
            with_exposed_provenance::<u8>(from),
            with_exposed_provenance_mut::<u8>(to),
            len,
        );
    }
}

fn record_at(records: usize, number: usize) -> &'static SiteRecord {
    let address = records + number * size_of::<SiteRecord>();
    // SAFETY: callers give the first record of a mapped file and a number below its count; the
    // fields are atomics, for which any bytes are valid, and 64-aligned as the header is 4096 long.
    unsafe { &*with_exposed_provenance::<SiteRecord>(address) }
}

/// Sums up what is live by site into records of shard 0; returns how many.
fn inherit(old: usize, new: usize, count: usize) -> usize {
    let mut made = 0;
    let mut table = SiteTable::new();
    for number in 0..count {
        let parent = record_at(old, number);
        let child = match table.find(parent.site()) {
            Some(number) => record_at(new, number as usize),
            None => {
                let child = record_at(new, made);
                child.open(parent.site(), 0, 0, parent.is_sampled());
                if table.insert(parent.site(), made as u32) {
                    made += 1;
                }
                child
            }
        };
        child.inherit(parent);
    }
    table.clear();
    made
}

/// Begins the profile of the process `(pid, seq)`. `fixed_rate_bytes`: 0 where none is wanted.
pub(crate) fn begin(
    folder: Folder,
    process: (u32, u32),
    fixed_rate_bytes: u64,
    with_events: bool,
) -> Result<(), FileError> {
    FIXED_RATE_BYTES.store(fixed_rate_bytes, Relaxed);
    WATCH.start();
    let files = Files::create(folder, process, with_events)?;
    // The root of all stacks.
    files.nodes.head().count.store(1, Relaxed);
    files.publish();
    HAS_EVENTS.store(with_events, Relaxed);
    *FILES.lock() = Some(files);
    capture::begin();
    Ok(())
}

/// Whether there is a profile.
pub(crate) fn is_on() -> bool {
    RECORDS.load(Relaxed) != 0
}

/// The rates of samples.
pub(crate) fn rates() -> Rates {
    Rates {
        fixed_bytes: FIXED_RATE_BYTES.load(Relaxed),
    }
}

/// The record of that number.
#[inline]
pub(crate) fn record(number: u32) -> Option<&'static SiteRecord> {
    let records = RECORDS.load(Acquire);
    (records != 0).then(|| record_at(records, number as usize))
}

/// The root node, and all others behind it. There is a profile.
pub(crate) fn nodes() -> NonNull<u8> {
    let start = with_exposed_provenance_mut(NODES_START.load(Relaxed));
    NonNull::new(start).unwrap_or(NonNull::dangling())
}

/// The header of the nodes. There is a profile.
pub(crate) fn nodes_head() -> &'static ArrayHead {
    let header = nodes().addr().get() - HEADER_BYTES;
    // SAFETY: the header lies before the root, in the same mapping, which stays.
    unsafe { &*with_exposed_provenance::<ArrayHead>(header) }
}

/// Makes room for `count` nodes; false when there is none.
pub(crate) fn make_room_for_nodes(count: usize) -> bool {
    if count <= NODES_ROOM.load(Acquire) {
        return true;
    }
    let mut files = FILES.lock();
    let Some(Files { folder, nodes, .. }) = files.as_mut() else {
        return false;
    };
    let made = count <= SITES_MAX as usize && nodes.make_room(folder, count).is_ok();
    NODES_ROOM.store(nodes.capacity(), Release);
    made
}

/// Lets `write` fill the next module, given its number; what it returns is returned. `None`: no
/// room.
pub(crate) fn with_new_module<R>(
    write: impl FnOnce(usize, &mut [u8; MODULE_BYTES]) -> Option<R>,
) -> Option<R> {
    let mut files = FILES.lock();
    let Files {
        folder, modules, ..
    } = files.as_mut()?;
    let number = modules.take(folder)?;
    write(number, module_bytes(modules, number))
}

/// Lets `write` change the module of that number, if there is one.
pub(crate) fn with_module(number: usize, write: impl FnOnce(&mut [u8; MODULE_BYTES])) {
    if let Some(Files { modules, .. }) = FILES.lock().as_mut()
        && (number as u64) < modules.head().count.load(Relaxed)
    {
        write(module_bytes(modules, number));
    }
}

fn module_bytes(modules: &mut ArrayFile, number: usize) -> &mut [u8; MODULE_BYTES] {
    let address = modules.elements() + number * MODULE_BYTES;
    // SAFETY: both callers hold the lock and give a number below the count, so the element is
    // mapped and nobody else in this process looks at it.
    unsafe { &mut *with_exposed_provenance_mut(address) }
}

/// Lets `work` use the functions' file, of which `functions::TABLE` has the order. `None`: there is
/// no profile.
pub(crate) fn with_functions<R>(work: impl FnOnce(&mut ArrayFile, &mut Folder) -> R) -> Option<R> {
    let mut files = FILES.lock();
    let Files { folder, code, .. } = files.as_mut()?;
    Some(work(code, folder))
}

/// Notes that an interpreter was met, and how far it can be read.
pub(crate) fn tell_interpreter(version: u64, state: u64) {
    with_functions(|code, _| {
        let [told_version, told_state] = &code.head().own;
        // One that can be read is not hidden by another one.
        if told_state.load(Relaxed) != STATE_READ {
            told_version.store(version, Relaxed);
            told_state.store(state, Relaxed);
        }
    });
}

/// A zeroed record that no heap has: its number.
pub(crate) fn take_record() -> Option<u32> {
    let mut files = FILES.lock();
    let Files { folder, sites, .. } = files.as_mut()?;
    sites.take(folder).map(|number| number as u32)
}

/// Has each record keep what is live now: the process has been refused memory for the first time.
pub(crate) fn keep_refusal() {
    // Under the lock no record is made and none moves; their threads go on adding.
    if let Some(Files { sites, .. }) = FILES.lock().as_ref() {
        let records = sites.elements();
        (0..sites.in_reach()).for_each(|number| record_at(records, number).keep_refusal());
    }
}

/// Whether every event is written down.
#[inline]
pub(crate) fn has_events() -> bool {
    HAS_EVENTS.load(Relaxed)
}

/// A zeroed chunk for events: its address.
pub(crate) fn take_chunk() -> Option<usize> {
    let mut files = FILES.lock();
    let Files { folder, events, .. } = files.as_mut()?;
    let events = events.as_mut()?;
    let number = events.take(folder)?;
    Some(events.elements() + number * CHUNK_BYTES)
}

/// Notes that an event could not be written down.
#[cold]
pub(crate) fn lose_event() {
    if let Some(Files {
        events: Some(events),
        ..
    }) = FILES.lock().as_ref()
    {
        events.head().lose();
    }
}

/// Notes that a block could not be recorded.
pub(crate) fn lose() {
    if let Some(head) = sites_head() {
        head.lose();
    }
}

fn sites_head() -> Option<&'static ArrayHead> {
    let records = RECORDS.load(Acquire);
    let header = HEADER_BYTES;
    // SAFETY: the header lies before the first record, in the same mapping.
    (records != 0).then(|| unsafe { &*with_exposed_provenance::<ArrayHead>(records - header) })
}

/// In a copied process, which is `(pid, seq)` now: goes on in files of its own. Where that fails
/// nothing more is recorded.
///
/// # Safety
/// * No other thread runs.
pub(crate) unsafe fn enter_copy(process: (u32, u32)) -> Result<(), FileError> {
    let mut files = FILES.lock();
    let Some(old) = files.as_mut() else {
        return Ok(());
    };
    WATCH.begin_process();
    // SAFETY: the caller's promise.
    let done = unsafe { old.replace(process) };
    if done.is_ok() {
        old.publish();
    } else {
        leave_locked(&mut files);
    }
    done
}

/// In a copied process: nothing more is recorded, and nothing reaches the old files.
///
/// # Safety
/// * No other thread runs.
pub(crate) unsafe fn leave() {
    leave_locked(&mut FILES.lock());
}

fn leave_locked(files: &mut Option<Files>) {
    RECORDS.store(0, Release);
    if let Some(mut old) = files.take() {
        // SAFETY: the two callers have been promised that no other thread runs.
        unsafe { old.orphan() };
    }
}

/// Takes the lock for a fork; [`release_after_fork`] gives it back.
pub(crate) fn hold_for_fork() {
    capture::hold_for_fork();
    FILES.hold();
}

/// Gives the lock back.
///
/// # Safety
/// * As for [`Lock::release`].
pub(crate) unsafe fn release_after_fork() {
    // SAFETY: by contract this thread holds the lock since `hold_for_fork`.
    unsafe {
        FILES.release();
        capture::release_after_fork();
    }
}
