//! Which block size serves a request: integer arithmetic in safe code.
//!
//! **Shape:** steps of 16 bytes up to 256, then eight classes per doubling up to
//! [`LARGEST_BYTES`]; 104 in all. A request of more than 128 bytes wastes at most 1/9 of its block
//! (11.2 %). Every class is a multiple of 16 and of the step it lies on, so a size rounded up to an
//! alignment gets a class that is a multiple of this alignment: aligned requests need nothing else.
//! Beyond the classes a block is a whole span of its own and is counted by its power of two.

/// The largest block that shares a heap page with others.
pub const LARGEST_BYTES: usize = 512 << 10;

/// Exact size classes.
pub const CLASSES: usize = 104;

/// Power-of-two classes of larger blocks, for counting only: up to 1 MiB, 2 MiB, … 2^47 bytes.
pub const HUGE_CLASSES: usize = 28;

const STEPS_BYTES_MAX: usize = 128;
const STEP_BYTES: usize = 16;

/// The class of a request of at most [`LARGEST_BYTES`]. O(1), no table.
#[inline(always)]
#[must_use]
pub const fn of(bytes: usize) -> usize {
    debug_assert!(bytes <= LARGEST_BYTES);
    if bytes <= STEPS_BYTES_MAX {
        return if bytes == 0 {
            0
        } else {
            (bytes - 1) / STEP_BYTES
        };
    }
    let last = bytes - 1;
    let doubling = last.ilog2();
    let eighth = (last >> (doubling - 3)) & 7;
    8 + (doubling as usize - 7) * 8 + eighth
}

/// Bytes of a block of `class`.
#[must_use]
pub const fn block_bytes(class: usize) -> usize {
    if class < 8 {
        return (class + 1) * STEP_BYTES;
    }
    let doubling = (class - 8) / 8 + 7;
    let eighth = (class - 8) % 8;
    (8 + eighth + 1) << (doubling - 3)
}

/// The counting class of a block of more than [`LARGEST_BYTES`].
#[must_use]
pub const fn huge_class(bytes: usize) -> usize {
    let doubling = (bytes - 1).ilog2() as usize + 1;
    let beyond = doubling.saturating_sub(20);
    CLASSES
        + if beyond < HUGE_CLASSES {
            beyond
        } else {
            HUGE_CLASSES - 1
        }
}

/// The most bytes that a block counted in `class` (exact or huge) may have.
#[must_use]
pub const fn usable_bytes_max(class: usize) -> u64 {
    if class < CLASSES {
        block_bytes(class) as u64
    } else {
        1 << (class - CLASSES + 20)
    }
}

const _: () = assert!(of(LARGEST_BYTES) == CLASSES - 1);
const _: () = assert!(block_bytes(CLASSES - 1) == LARGEST_BYTES);
const _: () = assert!(huge_class(LARGEST_BYTES + 1) == CLASSES);

#[cfg(test)]
mod tests;
