//! The state file of this process: made, headed, grown by shards.
//!
//! **Invariants:** (a) `used <= capacity`, and the header's `shard_count` is `used`; (b) slot 0 is
//! never handed out; (c) a slot that was handed out is never handed out again.

use crate::folder::Folder;
use crate::head::Head;
use crate::refusal;
use crate::resident;
use crate::snapshot::Snapshot;
use core::ptr::{NonNull, with_exposed_provenance, with_exposed_provenance_mut};
use core::sync::atomic::Ordering::Relaxed;
use tenure_heap::counters::{CLASSES, FIRST_HUGE, HeapCounters, class_usable_bytes};
use tenure_os::files::{self, FileError};
use tenure_os::{clock, process};
use tenure_trace::state::{header, shard};
use tenure_vm::SharedFile;

/// Slots of a new file: the inherited one and three heaps, 28 KiB in all.
const FIRST_CAPACITY: u32 = 4;
/// Numbers that are tried for one pid: more programs than one process can `exec` in a run.
const SEQ_MAX: u32 = 100_000;
const SHARD_BYTES: usize = size_of::<HeapCounters>();

const _: () = assert!(SHARD_BYTES == shard::bytes_for(CLASSES));
const _: () = assert!(CLASSES <= header::CLASS_CAPACITY);

/// Where slot `slot` begins in the file, in bytes.
const fn slot_offset(slot: u32) -> u64 {
    header::HEADER_BYTES as u64 + slot as u64 * SHARD_BYTES as u64
}

/// A state file that this process counts into.
pub(crate) struct StateFile {
    file: SharedFile,
    /// The process that made it.
    pub(crate) pid: u32,
    pub(crate) seq: u32,
    used: u32,
    capacity: u32,
}

impl StateFile {
    /// Makes the next file of this process in `folder`; `inherited` is what a forked child begins
    /// with.
    pub(crate) fn create(
        folder: &mut Folder,
        inherited: Option<&Snapshot>,
    ) -> Result<Self, FileError> {
        let pid = process::id();
        let len = slot_offset(FIRST_CAPACITY) as usize;
        let (file, seq) = next_free(folder, pid, |path| SharedFile::create(path, len))?;
        let made = Self {
            file,
            pid,
            seq,
            used: 1,
            capacity: FIRST_CAPACITY,
        };
        made.write_head(inherited);
        Ok(made)
    }

    /// In a copied process: makes a file of its own and maps it over the old one's addresses, where
    /// the copied heaps go on counting. Gives the addresses back to nobody when it fails.
    pub(crate) fn replace(self, folder: &mut Folder, old: &Snapshot) -> Result<Self, FileError> {
        let pid = process::id();
        let Self {
            mut file,
            used,
            capacity,
            ..
        } = self;
        // SAFETY: the old file belongs to the process that this one was copied from; here its
        // contents are needed no more, and the copy runs this one thread.
        match next_free(folder, pid, |path| unsafe { file.replace(path) }) {
            Ok(((), seq)) => {
                let made = Self {
                    file,
                    pid,
                    seq,
                    used,
                    capacity,
                };
                for slot in 1..used {
                    made.shard(slot).state.store(shard::STATE_IDLE, Relaxed);
                }
                made.write_head(Some(old));
                made.head().thread_started();
                Ok(made)
            }
            Err(error) => {
                // SAFETY: as above.
                unsafe { file.orphan() };
                Err(error)
            }
        }
    }

    /// Lets go of the file; its addresses stay valid for stray stores.
    pub(crate) fn orphan(self) {
        // SAFETY: called in a forked child that has a file of its own, or none: what the addresses
        // show is the parent's and needed no more; nothing runs here but the forking thread.
        unsafe { self.file.orphan() };
    }

    /// The header.
    pub(crate) fn head(&self) -> &'static Head {
        let addr = self.file.segments()[0].addr;
        // SAFETY: the first segment begins with the header, is at least as long, page-aligned and
        // stays mapped for good; all its fields are atomics, for which any bytes are valid.
        unsafe { &*with_exposed_provenance::<Head>(addr) }
    }

    fn shard_addr(&self, slot: u32) -> usize {
        let addr = self.file.address(slot_offset(slot), SHARD_BYTES);
        // Segments hold whole slots, and `slot < capacity` of them.
        addr.unwrap_or_else(|| unreachable!("slot {slot} of {}", self.capacity))
    }

    fn shard(&self, slot: u32) -> &'static HeapCounters {
        // SAFETY: `shard_addr` gives the start of a whole slot, 64-aligned (as are the header, a
        // slot's length and the segments) and mapped for good; all fields are atomics.
        unsafe { &*with_exposed_provenance::<HeapCounters>(self.shard_addr(slot)) }
    }

    /// All shards in use.
    pub(crate) fn shards(&self) -> impl Iterator<Item = &'static HeapCounters> {
        (0..self.used).map(|slot| self.shard(slot))
    }

    /// A zeroed shard for a heap. Doubles the file when all are in use.
    pub(crate) fn take_slot(
        &mut self,
        folder: &mut Folder,
    ) -> Result<NonNull<HeapCounters>, FileError> {
        if self.used == self.capacity {
            let len = self.capacity as usize * SHARD_BYTES;
            self.file.grow(folder.path(self.pid, self.seq), len)?;
            self.capacity *= 2;
            self.head().shard_capacity.store(self.capacity, Relaxed);
        }
        let addr = self.shard_addr(self.used);
        self.used += 1;
        self.head().shard_count.store(self.used, Relaxed);
        let shard: *mut HeapCounters = with_exposed_provenance_mut(addr);
        NonNull::new(shard).ok_or(FileError::Exhausted)
    }

    /// How many heaps have a shard.
    pub(crate) fn heaps(&self) -> u32 {
        self.used - 1
    }

    fn write_head(&self, inherited: Option<&Snapshot>) {
        let head = self.head();
        head.version.store(header::VERSION, Relaxed);
        head.header_bytes
            .store(header::HEADER_BYTES as u32, Relaxed);
        head.shard_bytes.store(SHARD_BYTES as u32, Relaxed);
        head.shard_capacity.store(self.capacity, Relaxed);
        head.shard_count.store(self.used, Relaxed);
        head.class_count.store(CLASSES as u32, Relaxed);
        head.pid.store(self.pid, Relaxed);
        head.ppid.store(process::parent_id(), Relaxed);
        head.start_unix_ns.store(clock::unix_ns(), Relaxed);
        head.start_mono_ns.store(clock::monotonic_ns(), Relaxed);
        head.resident_peak_bytes
            .store(resident::peak_bytes(), Relaxed);
        head.first_huge_class.store(FIRST_HUGE as u64, Relaxed);
        for (class, cell) in head.class_usable_bytes.iter().take(CLASSES).enumerate() {
            cell.store(class_usable_bytes(class), Relaxed);
        }
        refusal::write_limit(head);
        let mut text = [0; header::COMMAND_CAPACITY];
        let len = files::read_start(c"/proc/self/cmdline", &mut text).unwrap_or(0);
        head.command
            .set(text[..len].strip_suffix(b"\0").unwrap_or(&text[..len]));
        let len = files::read_link(c"/proc/self/exe", &mut text).unwrap_or(0);
        head.program.set(&text[..len]);
        if let Some(inherited) = inherited {
            inherited.store_into(self.shard(0));
            head.flags.store(header::FLAG_FORKED, Relaxed);
            let live = inherited.live_bytes();
            head.live_published_bytes.store(live.cast_signed(), Relaxed);
            head.live_peak_bytes.store(live, Relaxed);
            head.set_held(inherited.held_bytes);
        }
        head.complete();
    }
}

/// Makes a file with `make` under the first number of `pid` that is not taken.
fn next_free<T>(
    folder: &mut Folder,
    pid: u32,
    mut make: impl FnMut(&core::ffi::CStr) -> Result<T, FileError>,
) -> Result<(T, u32), FileError> {
    for seq in 0..SEQ_MAX {
        match make(folder.path(pid, seq)) {
            Err(FileError::Exists) => {}
            Ok(made) => return Ok((made, seq)),
            Err(error) => return Err(error),
        }
    }
    Err(FileError::Exists)
}

#[cfg(test)]
mod tests;
