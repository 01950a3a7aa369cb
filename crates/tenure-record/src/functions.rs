//! The interpreted functions of this process: each has one element of the code file.
//!
//! **Shape:** a table of numbers (the element's, plus one; 0: none), open-addressed by a hash of
//! the element's bytes, in private memory. It is taken over by a forked child as it is, since the
//! child begins with a copy of the elements.
//! **Invariants:** (a) at most half of the slots are taken; (b) equal functions have one number.
//! **Locks:** [`TABLE`], then the profile's.
//! **Cost:** under a microsecond, at each place in Python code that a thread meets for the first
//! time.

use crate::array_file::ArrayFile;
use crate::folder::Folder;
use crate::profile;
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};
use tenure_os::lock::Lock;
use tenure_os::memory;
use tenure_trace::profile::FunctionRecord;
use tenure_trace::profile::code::{FIRST_LINE_OFFSET, FUNCTION_BYTES, FUNCTIONS_MAX};

const FIRST_SLOTS: usize = 4096;

type Element = [u8; FUNCTION_BYTES];

static TABLE: Lock<Table> = Lock::new(Table {
    slots: 0,
    capacity: 0,
    len: 0,
});

/// The numbers of the functions.
struct Table {
    /// Address of the slots; 0 before the first function.
    slots: usize,
    /// How many slots there are, a power of two.
    capacity: usize,
    len: usize,
}

/// The number of `function`, which gets one if it has none. `None`: there is no room.
pub(crate) fn number_of(function: &FunctionRecord<'_>) -> Option<u32> {
    let element = function.encode();
    let mut table = TABLE.lock();
    profile::with_functions(|file, folder| table.number_of(&element, file, folder))?
}

impl Table {
    fn number_of(
        &mut self,
        element: &Element,
        file: &mut ArrayFile,
        folder: &mut Folder,
    ) -> Option<u32> {
        let has_room = (self.len + 1) * 2 <= self.capacity || self.grow(file);
        if self.capacity == 0 {
            file.head().lose();
            return None;
        }
        let mut at = hash(element) & (self.capacity - 1);
        loop {
            match self.slot(at) {
                0 => break,
                number if element_at(file, number as usize - 1) == element => {
                    return Some(number - 1);
                }
                _ => at = (at + 1) & (self.capacity - 1),
            }
        }
        if !has_room || self.len >= FUNCTIONS_MAX as usize {
            file.head().lose();
            return None;
        }
        let number = file.take(folder)?;
        write(file, number, element);
        self.set_slot(at, number as u32 + 1);
        self.len += 1;
        Some(number as u32)
    }

    fn slot(&self, at: usize) -> u32 {
        // SAFETY: `at` is below the capacity, and `grow` has mapped so many slots, zeroed at first.
        unsafe { with_exposed_provenance::<u32>(self.slots).add(at).read() }
    }

    fn set_slot(&mut self, at: usize, number: u32) {
        // SAFETY: as in `slot`; the lock is held.
        unsafe {
            with_exposed_provenance_mut::<u32>(self.slots)
                .add(at)
                .write(number)
        };
    }

    /// Doubles the table; false without memory, and nothing has changed then.
    #[cold]
    fn grow(&mut self, file: &ArrayFile) -> bool {
        let capacity = (self.capacity * 2).max(FIRST_SLOTS);
        let Ok(slots) = memory::map(capacity * size_of::<u32>()) else {
            return false;
        };
        let old = core::mem::replace(
            self,
            Self {
                slots,
                capacity,
                len: self.len,
            },
        );
        for number in (0..old.capacity).map(|at| old.slot(at)).filter(|&n| n != 0) {
            let mut at = hash(element_at(file, number as usize - 1)) & (capacity - 1);
            while self.slot(at) != 0 {
                at = (at + 1) & (capacity - 1);
            }
            self.set_slot(at, number);
        }
        if old.capacity != 0 {
            // SAFETY: mapped by this function for the table that is no longer.
            unsafe { memory::unmap(old.slots, old.capacity * size_of::<u32>()) };
        }
        true
    }
}

fn element_at(file: &ArrayFile, number: usize) -> &Element {
    let address = file.elements() + number * FUNCTION_BYTES;
    // SAFETY: numbers come from the table, so the element was handed out and written; the lock of
    // the table keeps it from being written meanwhile, and it stays where it is.
    unsafe { &*with_exposed_provenance(address) }
}

/// Writes an element, its first word last: one without it is not whole.
fn write(file: &mut ArrayFile, number: usize, element: &Element) {
    let address = file.elements() + number * FUNCTION_BYTES;
    let (first, rest) = element.split_at(FIRST_LINE_OFFSET);
    // SAFETY: the element was handed out just now, and nobody else looks at it.
    let target = unsafe { &mut *with_exposed_provenance_mut::<Element>(address) };
    target[FIRST_LINE_OFFSET..].copy_from_slice(rest);
    core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::Release);
    target[..FIRST_LINE_OFFSET].copy_from_slice(first);
}

fn hash(element: &Element) -> usize {
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, _) = element.as_chunks::<8>();
    let sum = words.iter().fold(0_u64, |sum, &word| {
        (sum.rotate_left(23) ^ u64::from_le_bytes(word)).wrapping_mul(SPREAD)
    });
    (sum >> 32) as usize
}

/// Takes the lock for a fork; [`release_after_fork`] gives it back.
pub(crate) fn hold_for_fork() {
    TABLE.hold();
}

/// Gives the lock back.
///
/// # Safety
/// * As for [`Lock::release`].
pub(crate) unsafe fn release_after_fork() {
    // SAFETY: by contract this thread holds the lock since `hold_for_fork`.
    unsafe { TABLE.release() };
}
