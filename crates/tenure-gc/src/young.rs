//! The young generation: Eden between two halves for survivors, in one reservation.
//!
//! **Shape:** `[half 0][Eden, and room for mutations that allocate more][half 1]`. One half holds
//! what survived, the other is empty; so what a collection empties is always one range: a half and
//! Eden beside it, and whether an address lies there is one subtraction and one comparison.
//!
//! **Not here:** the cursor in Eden, which stands in `state` where the fast path finds it.

use alloc::vec::Vec;
use core::ops::Range;
use core::ptr::{NonNull, with_exposed_provenance_mut};

use tenure_base::{Align, align_up};
use tenure_os::memory;
use tenure_os::process::page_bytes;
use tenure_vm::{OutOfMemory, Region};

use crate::object::Object;

/// What Eden grows by within a mutation.
const OVERDRAFT_STEP_BYTES: usize = 1 << 20;

/// What the salt grows by: odd, and far from any address.
const SALT_STEP: usize = 0x9e37_79b9_7f4a_7c15_u64 as usize;

/// What Eden is filled with under stress, when it is empty: the address of nothing.
const POISON: u8 = 0xf5;

/// The young generation.
pub(crate) struct Young {
    space: Region,
    base: *mut u8,
    half_bytes: usize,
    /// Bytes after which Eden is to be emptied.
    eden_bytes: usize,
    /// Bytes that Eden may have at most.
    eden_bytes_max: usize,
    /// Bytes of Eden that may be written.
    eden_committed: usize,
    /// Which half holds the survivors.
    half: usize,
    /// End of the survivors.
    pub(crate) survivors_end: *mut u8,
    /// Young objects that need a drop.
    pub(crate) drops: Vec<Object>,
    /// Differs from one evacuation to the next: goes into the identity of young objects, since the
    /// next ones lie where these have lain.
    pub(crate) salt: usize,
    /// Nobody may touch the empty half.
    is_sealed: bool,
}

impl Young {
    /// Reserves the range and commits what Eden and both halves begin with.
    pub(crate) fn reserve(
        eden_bytes: usize,
        overdraft_bytes: usize,
        half_bytes: usize,
    ) -> Result<Self, OutOfMemory> {
        let page = Align::new(page_bytes()).ok_or(OutOfMemory)?;
        let eden_bytes = page.up(eden_bytes).ok_or(OutOfMemory)?;
        let half_bytes = page.up(half_bytes).ok_or(OutOfMemory)?;
        let eden_bytes_max = eden_bytes.checked_add(overdraft_bytes).ok_or(OutOfMemory)?;
        let eden_bytes_max = page.up(eden_bytes_max).ok_or(OutOfMemory)?;
        let len = half_bytes.checked_mul(2).ok_or(OutOfMemory)?;
        let len = len.checked_add(eden_bytes_max).ok_or(OutOfMemory)?;
        let space = Region::reserve(len, page)?;
        let base = with_exposed_provenance_mut::<u8>(space.start());
        let young = Self {
            base,
            half_bytes,
            eden_bytes,
            eden_bytes_max,
            eden_committed: eden_bytes,
            half: 0,
            survivors_end: base,
            drops: Vec::new(),
            salt: 0,
            is_sealed: false,
            space,
        };
        // SAFETY: all three lie in the reservation made above.
        unsafe {
            memory::commit(young.half_start(0).addr(), half_bytes)?;
            memory::commit(young.eden_start().addr(), eden_bytes)?;
            memory::commit(young.half_start(1).addr(), half_bytes)?;
        }
        Ok(young)
    }

    /// First address.
    pub(crate) fn start(&self) -> usize {
        self.base.addr()
    }

    /// Bytes of the reservation.
    pub(crate) fn len(&self) -> usize {
        self.space.len()
    }

    /// Whether an address is one of a young object.
    pub(crate) fn contains(&self, addr: usize) -> bool {
        addr.wrapping_sub(self.start()) < self.len()
    }

    /// Bytes of one half.
    pub(crate) fn half_bytes(&self) -> usize {
        self.half_bytes
    }

    pub(crate) fn eden_start(&self) -> *mut u8 {
        self.base.wrapping_add(self.half_bytes)
    }

    /// End of what Eden may be written of.
    pub(crate) fn eden_limit(&self) -> *mut u8 {
        self.eden_start().wrapping_add(self.eden_committed)
    }

    /// Where Eden is to be emptied.
    pub(crate) fn eden_goal(&self) -> *mut u8 {
        self.eden_start().wrapping_add(self.eden_bytes)
    }

    pub(crate) fn eden_bytes(&self) -> usize {
        self.eden_bytes
    }

    /// Another size of Eden from now on, within what it had at first.
    pub(crate) fn set_eden_bytes(&mut self, bytes: usize) {
        self.eden_bytes = align_up(bytes, page_bytes()).min(self.eden_committed);
    }

    fn commit_eden(&mut self, bytes: usize) -> Result<(), OutOfMemory> {
        let more = bytes - self.eden_committed;
        // SAFETY: Eden's part of the reservation goes to `eden_bytes_max`, which `bytes` does not
        // pass.
        unsafe { memory::commit(self.eden_limit().addr(), more)? };
        self.eden_committed = bytes;
        Ok(())
    }

    /// Makes Eden larger for the mutation that is open: room for `bytes` more from `cursor` on.
    pub(crate) fn overdraw(&mut self, cursor: *mut u8, bytes: usize) -> Result<(), OutOfMemory> {
        let used = cursor.addr() - self.eden_start().addr();
        let least = used.checked_add(bytes).ok_or(OutOfMemory)?;
        let step = self.eden_committed.checked_add(OVERDRAFT_STEP_BYTES);
        let wanted = step.ok_or(OutOfMemory)?.max(align_up(least, page_bytes()));
        let wanted = wanted.min(self.eden_bytes_max);
        if wanted < least {
            return Err(OutOfMemory);
        }
        self.commit_eden(wanted)
    }

    /// Eden is empty: what a long mutation made it larger by goes back to the kernel. The memory up
    /// to twice its size is kept.
    pub(crate) fn shrink_eden(&mut self, used_bytes: usize) {
        let keep = 2 * self.eden_bytes;
        let used = align_up(used_bytes, page_bytes()).min(self.eden_committed);
        if used > keep {
            // SAFETY: Eden's own committed memory, and empty.
            unsafe { memory::purge(self.eden_start().addr() + keep, used - keep) };
        }
    }

    pub(crate) fn half_start(&self, half: usize) -> *mut u8 {
        let offset = if half == 0 {
            0
        } else {
            self.half_bytes + self.eden_bytes_max
        };
        self.base.wrapping_add(offset)
    }

    /// The range that a collection empties: Eden and the half that holds survivors.
    pub(crate) fn emptied(&self) -> Range<usize> {
        let start = if self.half == 0 {
            self.start()
        } else {
            self.start() + self.half_bytes
        };
        start..start + self.half_bytes + self.eden_bytes_max
    }

    /// The half that a collection fills.
    pub(crate) fn other_half(&self) -> *mut u8 {
        self.half_start(1 - self.half)
    }

    /// Under stress: whoever still follows a pointer to where objects were is stopped in the half
    /// that is empty, and meets no type in Eden. Nothing of either is needed any more.
    pub(crate) fn forbid_emptied(&mut self, eden_used: usize) {
        // SAFETY: Eden's own committed memory, and empty.
        unsafe { self.eden_start().write_bytes(POISON, eden_used) };
        let half = self.half_start(1 - self.half).addr();
        // SAFETY: a half of this reservation, which is not used before `allow_half`.
        unsafe { memory::seal(half, self.half_bytes) };
        self.is_sealed = true;
    }

    /// The empty half may be filled.
    pub(crate) fn allow_half(&mut self) -> Result<(), OutOfMemory> {
        if self.is_sealed {
            let half = self.half_start(1 - self.half).addr();
            // SAFETY: a half of this reservation.
            unsafe { memory::commit(half, self.half_bytes) }.map_err(|_| OutOfMemory)?;
            self.is_sealed = false;
        }
        Ok(())
    }

    /// The half that was filled up to `end` holds the survivors now.
    pub(crate) fn turn(&mut self, end: *mut u8) {
        self.half = 1 - self.half;
        self.survivors_end = end;
        self.salt = self.salt.wrapping_add(SALT_STEP);
    }

    pub(crate) fn survivor_bytes(&self) -> usize {
        self.survivors_end.addr() - self.half_start(self.half).addr()
    }

    /// Calls `visit` with each object in the half that holds survivors.
    pub(crate) fn for_each_survivor(&self, visit: impl FnMut(Object)) {
        // SAFETY: between collections, a half holds objects and gaps up to its end.
        unsafe { walk(self.half_start(self.half), self.survivors_end, visit) };
    }

    /// Calls `visit` with each object in Eden, whose cursor is at `cursor`.
    ///
    /// # Safety
    /// * Eden holds objects and gaps up to there.
    pub(crate) unsafe fn for_each_in_eden(&self, cursor: *mut u8, visit: impl FnMut(Object)) {
        // SAFETY: by contract.
        unsafe { walk(self.eden_start(), cursor, visit) };
    }
}

/// Walks from object to object.
///
/// # Safety
/// * Objects and gaps lie there one behind the other; none has moved away.
unsafe fn walk(start: *mut u8, end: *mut u8, mut visit: impl FnMut(Object)) {
    let mut at = start;
    while at.addr() < end.addr() {
        // SAFETY: by contract an object or a gap begins here, and `at` is not null.
        unsafe {
            let object = Object::at(NonNull::new_unchecked(at));
            let word = object.word();
            let bytes = match word.gap() {
                Some(bytes) => bytes,
                None => {
                    visit(object);
                    object.bytes()
                }
            };
            at = at.add(bytes);
        }
    }
}

impl Drop for Young {
    fn drop(&mut self) {
        let space = core::mem::replace(&mut self.space, Region::empty());
        // SAFETY: a heap ends with its young generation, and no brand of it is open.
        unsafe { space.release() };
    }
}

#[cfg(all(test, not(any(miri, tenure_replaced_os))))]
mod tests {
    use super::*;
    use tenure_os::readable;

    #[test]
    fn under_stress_where_objects_were_cannot_be_read() {
        let mut young = Young::reserve(64 << 10, 64 << 10, 64 << 10).unwrap();
        let half = young.other_half().addr();
        let can_be_read = || readable::is_readable(half);
        assert!(can_be_read());
        // SAFETY: Eden's own memory.
        unsafe { young.eden_start().write_bytes(1, 64) };
        young.forbid_emptied(64);
        assert!(!can_be_read());
        // SAFETY: as above.
        assert_eq!(unsafe { young.eden_start().add(63).read() }, POISON);
        young.allow_half().unwrap();
        assert!(can_be_read());
    }
}
