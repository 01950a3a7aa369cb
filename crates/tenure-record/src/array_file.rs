//! An array of records in the run's folder: a header, then elements of one size, never moved.
//!
//! **Invariants:** (a) `count` in the header is the number of elements handed out, and all of them
//! lie within the mapped part, but in a copied process: there the header is still the parent's,
//! who goes on, and only [`ArrayFile::in_reach`] of them are this process's to read; (b) an element
//! that was handed out stays where it is.

use crate::folder::Folder;
use core::mem::offset_of;
use core::ptr::with_exposed_provenance;
use core::sync::atomic::Ordering::{Relaxed, Release};
use core::sync::atomic::{AtomicU32, AtomicU64};
use tenure_os::files::FileError;
use tenure_os::process;
use tenure_trace::events::CHUNK_BYTES;
use tenure_trace::profile::array::{self, Kind};
use tenure_vm::SharedArray;

/// Of a limited address space, one part in so many is what a file may reserve.
const SHARE_OF_LIMIT: u64 = 64;

/// The header as atomics in shared memory; the fields are those of
/// [`tenure_trace::profile::array`].
#[repr(C)]
pub(crate) struct ArrayHead {
    magic: AtomicU64,
    version: AtomicU32,
    header_bytes: AtomicU32,
    element_bytes: AtomicU32,
    pid: AtomicU32,
    seq: AtomicU32,
    flags: AtomicU32,
    pub(crate) count: AtomicU64,
    pub(crate) lost: AtomicU64,
    /// Two words of the kind's own.
    pub(crate) own: [AtomicU64; 2],
}

const _: () = assert!(offset_of!(ArrayHead, version) == array::VERSION_OFFSET);
const _: () = assert!(offset_of!(ArrayHead, element_bytes) == array::ELEMENT_BYTES_OFFSET);
const _: () = assert!(offset_of!(ArrayHead, pid) == array::PID_OFFSET);
const _: () = assert!(offset_of!(ArrayHead, seq) == array::SEQ_OFFSET);
const _: () = assert!(offset_of!(ArrayHead, flags) == array::FLAGS_OFFSET);
const _: () = assert!(offset_of!(ArrayHead, count) == array::COUNT_OFFSET);
const _: () = assert!(offset_of!(ArrayHead, lost) == array::LOST_OFFSET);
const _: () = assert!(offset_of!(ArrayHead, own) == array::OWN_FIELDS_OFFSET);

impl ArrayHead {
    /// Notes that something could not be recorded.
    pub(crate) fn lose(&self) {
        self.lost.fetch_add(1, Relaxed);
        self.flags.fetch_or(array::FLAG_INCOMPLETE, Relaxed);
    }
}

/// An array file that this process writes.
pub(crate) struct ArrayFile {
    array: SharedArray,
    kind: Kind,
    element_bytes: usize,
    pid: u32,
    seq: u32,
}

impl ArrayFile {
    /// Makes the file of `kind` with room for `first` elements, and for `most` at the end.
    pub(crate) fn create(
        folder: &mut Folder,
        (pid, seq): (u32, u32),
        kind: Kind,
        (first, most): (usize, usize),
    ) -> Result<Self, FileError> {
        let element_bytes = kind.element_bytes().unwrap_or(CHUNK_BYTES);
        let bytes = |count: usize| array::HEADER_BYTES + count * element_bytes;
        let most = match process::address_space_limit_bytes() {
            Some(limit) => (limit / SHARE_OF_LIMIT).min(bytes(most) as u64) as usize,
            None => bytes(most),
        };
        let path = folder.path_of(pid, seq, kind.name());
        let made = Self {
            array: SharedArray::create(path, bytes(first), most)?,
            kind,
            element_bytes,
            pid,
            seq,
        };
        made.write_head(made.array.start());
        Ok(made)
    }

    fn write_head(&self, at: usize) {
        let head = head_at(at);
        head.version.store(array::VERSION, Relaxed);
        head.header_bytes.store(array::HEADER_BYTES as u32, Relaxed);
        head.element_bytes.store(self.element_bytes as u32, Relaxed);
        head.pid.store(self.pid, Relaxed);
        head.seq.store(self.seq, Relaxed);
        head.magic
            .store(u64::from_le_bytes(self.kind.magic()), Release);
    }

    /// The header.
    pub(crate) fn head(&self) -> &'static ArrayHead {
        head_at(self.array.start())
    }

    /// Address of the first element.
    pub(crate) fn elements(&self) -> usize {
        self.array.start() + array::HEADER_BYTES
    }

    /// Elements that are mapped.
    pub(crate) fn capacity(&self) -> usize {
        (self.array.len() - array::HEADER_BYTES) / self.element_bytes
    }

    /// Elements that were handed out and are mapped here: in a copied process, before it has a file
    /// of its own, those that lay within the file when it was copied.
    pub(crate) fn in_reach(&self) -> usize {
        let count = self.head().count.load(Relaxed);
        usize::try_from(count).map_or(self.capacity(), |count| count.min(self.capacity()))
    }

    /// Makes room for `count` elements in all.
    pub(crate) fn make_room(&mut self, folder: &mut Folder, count: usize) -> Result<(), FileError> {
        let path = folder.path_of(self.pid, self.seq, self.kind.name());
        let bytes = array::HEADER_BYTES + count * self.element_bytes;
        self.array.grow_to(path, bytes)
    }

    /// Hands out the next element, zeroed: its number. For one caller at a time.
    pub(crate) fn take(&mut self, folder: &mut Folder) -> Option<usize> {
        let number = self.head().count.load(Relaxed) as usize;
        if number == self.capacity() && self.make_room(folder, number + 1).is_err() {
            self.head().lose();
            return None;
        }
        self.head().count.store(number as u64 + 1, Relaxed);
        Some(number)
    }

    /// In a copied process: makes a file of its own at the old one's addresses; `fill` is given
    /// the addresses of the old elements and of the new ones, and returns how many it has made.
    ///
    /// # Safety
    /// * As for [`SharedArray::replace`].
    pub(crate) unsafe fn replace(
        &mut self,
        folder: &mut Folder,
        (pid, seq): (u32, u32),
        fill: impl FnOnce(usize, usize) -> u64,
    ) -> Result<(), FileError> {
        (self.pid, self.seq) = (pid, seq);
        let path = folder.path_of(pid, seq, self.kind.name());
        let mut array = core::mem::replace(&mut self.array, SharedArray::none());
        // SAFETY: the caller's promise.
        let done = unsafe {
            array.replace(path, |old, new| {
                self.write_head(new);
                let count = fill(old + array::HEADER_BYTES, new + array::HEADER_BYTES);
                head_at(new).count.store(count, Relaxed);
            })
        };
        self.array = array;
        done
    }

    /// Gives the addresses back.
    ///
    /// # Safety
    /// * As for [`SharedArray::release`].
    pub(crate) unsafe fn release(self) {
        // SAFETY: the caller's promise.
        unsafe { self.array.release() };
    }

    /// Lets go of the file; its addresses stay valid for stray stores.
    ///
    /// # Safety
    /// * As for [`SharedArray::orphan`].
    pub(crate) unsafe fn orphan(&mut self) {
        // SAFETY: the caller's promise.
        unsafe { self.array.orphan() };
    }
}

fn head_at(at: usize) -> &'static ArrayHead {
    // SAFETY: callers give the start of a mapped array, which is page-aligned, longer than the
    // header and stays mapped (or, of a copy that is being made, for the time of the call); all
    // fields are atomics, for which any bytes are valid.
    unsafe { &*with_exposed_provenance::<ArrayHead>(at) }
}
