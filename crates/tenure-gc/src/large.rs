//! Large objects: each in a reservation of its own, old from the beginning, never moved.

use alloc::vec::Vec;
use core::ptr::{NonNull, with_exposed_provenance_mut};

use tenure_base::Align;
use tenure_os::memory;
use tenure_os::process::page_bytes;
use tenure_vm::{OutOfMemory, Region};

use crate::object::{MARKED, Object, WORD_BYTES};

/// Bytes whose pages the kernel takes back in some tenths of a millisecond.
const PIECE_BYTES: usize = 4 << 20;

/// One large object.
pub(crate) struct LargeObject {
    space: Region,
    pub(crate) object: Object,
    bytes: usize,
    /// Bytes at its front that were not yet given back, when it is leaving.
    kept_bytes: usize,
}

/// The large objects.
pub(crate) struct Large {
    pub(crate) objects: Vec<LargeObject>,
    /// Bytes of their reservations.
    pub(crate) held_bytes: usize,
}

impl Large {
    pub(crate) const fn new() -> Self {
        Self {
            objects: Vec::new(),
            held_bytes: 0,
        }
    }

    /// Room for an object of `bytes` bytes whose value is aligned to `align`, listed as soon as the
    /// caller says so by [`Large::add`].
    pub(crate) fn alloc(bytes: usize, align: usize) -> Result<LargeObject, OutOfMemory> {
        let page = page_bytes();
        let front = align.max(2 * WORD_BYTES);
        let len = bytes.checked_add(front).ok_or(OutOfMemory)?;
        if len > isize::MAX as usize {
            return Err(OutOfMemory);
        }
        let align = Align::new(align.max(page)).ok_or(OutOfMemory)?;
        let mut space = Region::reserve(len, align)?;
        if space.commit_to(len).is_err() {
            // SAFETY: nobody knows of it.
            unsafe { space.release() };
            return Err(OutOfMemory);
        }
        let start = with_exposed_provenance_mut::<u8>(space.start());
        let word = NonNull::new(start.wrapping_add(front - WORD_BYTES)).ok_or(OutOfMemory)?;
        Ok(LargeObject {
            object: Object::at(word),
            bytes: space.len(),
            kept_bytes: space.len(),
            space,
        })
    }

    /// Lists an object.
    pub(crate) fn add(&mut self, object: LargeObject) {
        self.held_bytes += object.bytes;
        self.objects.push(object);
    }

    /// Takes all marks away.
    pub(crate) fn unmark(&mut self) {
        for entry in &self.objects {
            // SAFETY: a listed object is initialised; the bit is the collector's.
            unsafe { entry.object.set_word(entry.object.word().without(MARKED)) };
        }
    }

    /// Takes the marks away and what has none off the list.
    pub(crate) fn sweep(&mut self) -> Vec<LargeObject> {
        let mut dead = Vec::new();
        let mut index = 0;
        while let Some(entry) = self.objects.get(index) {
            // SAFETY: a listed object is initialised.
            let word = unsafe { entry.object.word() };
            if word.has(MARKED) {
                // SAFETY: as above; the bit is the collector's.
                unsafe { entry.object.set_word(word.without(MARKED)) };
                index += 1;
            } else {
                self.held_bytes -= entry.bytes;
                dead.push(self.objects.swap_remove(index));
            }
        }
        dead
    }
}

impl LargeObject {
    /// Gives the last piece back that is not, of an object whose value was dropped.
    pub(crate) fn give_back_piece(&mut self) {
        let piece = self.kept_bytes.min(PIECE_BYTES);
        self.kept_bytes -= piece;
        // SAFETY: a part of this reservation, whole pages, which nobody looks at any more.
        unsafe { memory::purge(self.space.start() + self.kept_bytes, piece) };
    }

    /// Nothing of it is resident: to release it costs little.
    pub(crate) fn is_given_back(&self) -> bool {
        self.kept_bytes == 0
    }

    /// Gives the memory back.
    ///
    /// # Safety
    /// * The value was dropped, and nobody points to it.
    pub(crate) unsafe fn release(self) {
        // SAFETY: by contract.
        unsafe { self.space.release() };
    }
}

impl Drop for Large {
    fn drop(&mut self) {
        for object in self.objects.drain(..) {
            // SAFETY: a heap ends with its large objects; their values were dropped before.
            unsafe { object.release() };
        }
    }
}
