//! What is mapped in this process, read once from `/proc/self/maps`, and the images in it.
//!
//! **Shape:** segments in the order of addresses, the paths they name beside them, and images: what
//! the loader has mapped of one file, whole pages of it. A segment may begin in an image and end
//! behind it: the kernel makes one of an image's zeroed data and of what is mapped there next.

use super::index::{Array, Plain};
use crate::stack::{Image, image_at};
use core::ops::ControlFlow;
use tenure_os::maps::{self, Mapping};
use tenure_os::{own, process};

/// The kernel lets a process have about this many mappings at most, unless told otherwise.
const SEGMENTS_MAX: usize = 128 << 10;
const PATHS_BYTES: usize = 4 << 20;
const IMAGES_MAX: usize = 8 << 10;
const BUFFER_BYTES: usize = 64 << 10;

/// A piece of the address space.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Where its path begins in the table of paths, and how long it is.
    path: (u32, u32),
    inode: u64,
    offset: u64,
    pub(crate) is_readable: bool,
    pub(crate) is_writable: bool,
    pub(crate) is_executable: bool,
    pub(crate) is_shared: bool,
}

// SAFETY: numbers and flags, for all of which zero is a value.
unsafe impl Plain for Segment {}

impl Segment {
    /// Whether it shows a file.
    pub(crate) fn is_file(&self) -> bool {
        self.inode != 0
    }

    pub(crate) fn holds(&self, address: usize) -> bool {
        self.start <= address && address < self.end
    }
}

/// An image, and the segment of its first bytes.
#[derive(Clone, Copy)]
pub(crate) struct Loaded {
    pub(crate) image: Image,
    /// Number of that segment.
    pub(crate) first: usize,
}

// SAFETY: numbers and bytes; an image of zeroes covers nothing.
unsafe impl Plain for Loaded {}

/// A piece of memory that is ours.
#[derive(Clone, Copy, Debug)]
struct Own {
    start: usize,
    end: usize,
}

// SAFETY: numbers.
unsafe impl Plain for Own {}

/// All of them.
pub(crate) struct Segments {
    segments: Array<Segment>,
    len: usize,
    paths: Array<Byte>,
    paths_len: usize,
    images: Array<Loaded>,
    images_len: usize,
    own: Array<Own>,
    own_len: usize,
    /// Whether there was more than there is room for.
    pub(crate) is_cut: bool,
}

#[derive(Clone, Copy)]
#[repr(transparent)]
struct Byte(u8);

// SAFETY: a byte.
unsafe impl Plain for Byte {}

impl Segments {
    /// Reads what is mapped. `None`: no memory, or no `/proc`.
    pub(crate) fn read() -> Option<Self> {
        let mut all = Self {
            segments: Array::new(SEGMENTS_MAX)?,
            len: 0,
            paths: Array::new(PATHS_BYTES)?,
            paths_len: 0,
            images: Array::new(IMAGES_MAX)?,
            images_len: 0,
            own: Array::new(own::RANGES_MAX)?,
            own_len: 0,
            is_cut: false,
        };
        let mut buffer = Array::<Byte>::new(BUFFER_BYTES)?;
        let bytes = buffer.all_mut();
        // SAFETY: `Byte` is a byte and nothing else; the borrow ends with this call.
        let bytes =
            unsafe { core::slice::from_raw_parts_mut(bytes.as_mut_ptr().cast(), bytes.len()) };
        maps::for_each(bytes, |mapping| {
            all.enter(mapping);
            ControlFlow::Continue(())
        })
        .ok()?;
        // Before the buffer goes: what comes in its place is ours too, but not known for it.
        all.note_own();
        all.find_images();
        Some(all)
    }

    fn enter(&mut self, mapping: &Mapping<'_>) {
        let before = self
            .len
            .checked_sub(1)
            .and_then(|last| self.segments.all().get(last));
        let is_same = before.is_some_and(|before| self.path(before) == mapping.path);
        let path = match before {
            Some(before) if is_same => before.path,
            _ => self.enter_path(mapping.path),
        };
        match self.segments.all_mut().get_mut(self.len) {
            Some(place) => {
                *place = Segment {
                    start: mapping.start,
                    end: mapping.end,
                    path,
                    inode: mapping.inode,
                    offset: mapping.offset,
                    is_readable: mapping.readable,
                    is_writable: mapping.writable,
                    is_executable: mapping.executable,
                    is_shared: mapping.shared,
                };
                self.len += 1;
            }
            None => self.is_cut = true,
        }
    }

    fn enter_path(&mut self, path: &[u8]) -> (u32, u32) {
        let start = self.paths_len;
        let Some(room) = self.paths.all_mut().get_mut(start..start + path.len()) else {
            return (0, 0);
        };
        for (place, byte) in room.iter_mut().zip(path) {
            *place = Byte(*byte);
        }
        self.paths_len += path.len();
        (start as u32, path.len() as u32)
    }

    fn note_own(&mut self) {
        for (place, range) in self.own.all_mut().iter_mut().zip(own::ranges()) {
            *place = Own {
                start: range.start,
                end: range.end,
            };
            self.own_len += 1;
        }
        self.own.all_mut()[..self.own_len].sort_unstable_by_key(|own| own.start);
    }

    fn find_images(&mut self) {
        let page_bytes = process::page_bytes();
        for number in 0..self.len {
            let segment = self.segments.all()[number];
            if !segment.is_file() || segment.offset != 0 || !segment.is_readable {
                continue;
            }
            let Some(mut image) = image_at(segment.start, segment.end - segment.start) else {
                continue;
            };
            // The loader itself keeps things in what is left of its last page.
            image.end = image.end.next_multiple_of(page_bytes);
            match self.images.all_mut().get_mut(self.images_len) {
                Some(place) => {
                    *place = Loaded {
                        image,
                        first: number,
                    };
                    self.images_len += 1;
                }
                None => self.is_cut = true,
            }
        }
    }

    /// In the order of addresses.
    pub(crate) fn all(&self) -> &[Segment] {
        &self.segments.all()[..self.len]
    }

    /// In the order of addresses.
    pub(crate) fn images(&self) -> &[Loaded] {
        &self.images.all()[..self.images_len]
    }

    /// The image whose parts `address` lies among.
    pub(crate) fn image_of(&self, address: usize) -> Option<&Loaded> {
        let images = self.images();
        let behind = images.partition_point(|loaded| loaded.image.start <= address);
        let loaded = &images[behind.checked_sub(1)?];
        loaded.image.covers(address).then_some(loaded)
    }

    /// What of a segment is no image's: all, nothing, or its part behind the image that it begins
    /// in.
    pub(crate) fn outside_images(&self, segment: &Segment) -> Option<Segment> {
        let image_end = self
            .image_of(segment.start)
            .map_or(0, |loaded| loaded.image.end);
        let start = segment.start.max(image_end);
        (start < segment.end).then_some(Segment { start, ..*segment })
    }

    /// Whether a segment with a stack pointer in it holds nothing else below that: it is the first
    /// thread's stack, or the C library has put a guard before it. A program that chooses where a
    /// stack lies may keep other things there.
    pub(crate) fn is_stack_alone(&self, segment: &Segment) -> bool {
        let number = self.number_of(segment.start);
        let before = number.and_then(|number| self.all().get(number.checked_sub(1)?));
        let is_guarded = before.is_some_and(|before| {
            before.end == segment.start && !before.is_readable && !before.is_writable
        });
        is_guarded || self.path(segment) == b"[stack]"
    }

    /// The segment that `address` lies in: its number.
    pub(crate) fn number_of(&self, address: usize) -> Option<usize> {
        let behind = self
            .all()
            .partition_point(|segment| segment.start <= address);
        let number = behind.checked_sub(1)?;
        self.all()[number].holds(address).then_some(number)
    }

    /// The path of a segment; empty where it has none.
    pub(crate) fn path(&self, segment: &Segment) -> &[u8] {
        let (start, len) = (segment.path.0 as usize, segment.path.1 as usize);
        let bytes = &self.paths.all()[start..start + len];
        // SAFETY: `Byte` is a byte and nothing else.
        unsafe { core::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) }
    }

    /// Whether the program may keep pointers in the segment: its data, and what it has mapped; of
    /// shared memory what is no file, as a pointer in one of those outlives what it points to. Of
    /// read-only parts those that the loader has written before (RELRO): they lie directly before
    /// the data of the same file.
    pub(crate) fn may_hold_pointers(&self, number: usize) -> bool {
        let segment = &self.all()[number];
        if !segment.is_readable || segment.is_shared && !self.is_shared_memory(segment) {
            return false;
        }
        if segment.is_writable {
            return true;
        }
        let is_data_behind = self.all().get(number + 1).is_some_and(|next| {
            next.start == segment.end && next.is_writable && next.inode == segment.inode
        });
        segment.is_file() && !segment.is_executable && is_data_behind
    }

    /// Whether a shared segment shows memory alone: that of `mmap` without a file, of
    /// `memfd_create`, or of `shmget`.
    fn is_shared_memory(&self, segment: &Segment) -> bool {
        let path = self.path(segment);
        let kinds: [&[u8]; 3] = [b"/dev/zero (deleted)", b"/memfd:", b"/SYSV"];
        kinds.iter().any(|kind| path.starts_with(kind))
    }

    /// Whether all of `start..end` is ours.
    pub(crate) fn is_own(&self, start: usize, end: usize) -> bool {
        let mut is_own = true;
        self.without_own(start, end, |_, _| is_own = false);
        is_own
    }

    /// Calls `visit` with the pieces of `start..end` that are not ours.
    pub(crate) fn without_own(
        &self,
        start: usize,
        end: usize,
        mut visit: impl FnMut(usize, usize),
    ) {
        let own = &self.own.all()[..self.own_len];
        let mut at = start;
        let first = own.partition_point(|own| own.end <= start);
        for own in &own[first..] {
            if own.start >= end {
                break;
            }
            if own.start > at {
                visit(at, own.start);
            }
            at = at.max(own.end);
        }
        if at < end {
            visit(at, end);
        }
    }
}
