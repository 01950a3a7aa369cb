//! From the innermost Python frame outwards, with the place on the stack of the loop that runs it.
//!
//! **Activations:** one activation of the interpreter's loop runs a frame and all that it calls
//! without leaving the loop. It keeps something of its own on the stack, whose address tells which
//! native frame is the loop's: in 3.11 and 3.12 a *C frame*, from 3.12 on a *mark* between frames.
//! In 3.11 the outermost frame of an activation says so itself; later the mark ends it.

use super::code::Code;
use super::layout::{FRAME_BYTES, Layout, OWNED_BY_STACK};
use super::pages::{Pages, Structure};

/// The most Python frames of a stack that are told.
pub(super) const FRAMES_MAX: usize = 256;
/// Frames that are passed until the mark of their loop is met.
const STEPS_MAX: usize = 8192;

/// A Python frame as it was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(super) struct Raw {
    /// Its address.
    pub(super) frame: usize,
    /// Its code object.
    pub(super) code: usize,
    /// The instruction that it is at.
    pub(super) instruction: usize,
    /// What the loop that runs it keeps on the stack.
    pub(super) activation: usize,
    /// By which to know its code object again.
    pub(super) stamp: u64,
}

/// A frame, or a mark, that can be read.
#[derive(Clone, Copy)]
struct Frame {
    address: usize,
    fields: Structure,
}

impl Frame {
    #[inline(always)]
    fn at(address: usize, pages: &mut Pages) -> Option<Self> {
        let fields = pages.structure(address, FRAME_BYTES)?;
        Some(Self { address, fields })
    }
}

/// The Python frames of a thread; all-zero bytes are none.
pub(super) struct Chain {
    frames: [Raw; FRAMES_MAX],
    /// Where they begin: they end with the array.
    first: usize,
    /// Whether there are more, further out.
    is_cut: bool,
}

impl Chain {
    /// The frames, outermost first.
    pub(super) fn all(&self) -> &[Raw] {
        &self.frames[self.first.min(FRAMES_MAX)..]
    }

    /// Whether there are more frames, further out.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Forgets the frames.
    pub(super) fn clear(&mut self) {
        self.first = FRAMES_MAX;
        self.is_cut = false;
    }

    /// Reads the frames of the thread whose structure is at `thread`, as far as they lead.
    #[inline]
    pub(super) fn read(&mut self, thread: usize, layout: &Layout, pages: &mut Pages) {
        self.clear();
        let Some(start) = pages.word(thread + layout.thread_frame) else {
            return;
        };
        if layout.frame_is_entry != 0 {
            self.by_c_frames(start, layout, pages);
            return;
        }
        let first = if layout.has_c_frames {
            let current = start.checked_add(layout.c_frame_current);
            current.and_then(|at| pages.word(at))
        } else {
            Some(start)
        };
        if let Some(first) = first {
            self.by_marks(first, layout, pages);
        }
    }

    /// Adds a frame further out; false when there is no room, or it is none.
    #[inline(always)]
    fn push(&mut self, frame: Frame, activation: usize, with: (&Layout, &mut Pages)) -> bool {
        let (layout, pages) = with;
        let Some(next) = self.first.checked_sub(1) else {
            self.is_cut = true;
            return false;
        };
        let code = frame.fields.word(layout.frame_code);
        let stamp = Code::at(code, layout, pages).and_then(|code| code.stamp(layout, pages));
        let Some(stamp) = stamp else { return false };
        self.frames[next] = Raw {
            frame: frame.address,
            code,
            instruction: frame.fields.word(layout.frame_instruction),
            activation,
            stamp,
        };
        self.first = next;
        true
    }

    /// Where loops keep C frames: `at` is the innermost.
    fn by_c_frames(&mut self, at: usize, layout: &Layout, pages: &mut Pages) {
        let mut activation = at;
        let current = activation.checked_add(layout.c_frame_current);
        let mut next = current.and_then(|at| pages.word(at));
        while let Some(frame) = next.and_then(|at| Frame::at(at, pages)) {
            if !self.push(frame, activation, (layout, pages)) {
                return;
            }
            if frame.fields.byte(layout.frame_is_entry) != 0 {
                let previous = activation.checked_add(layout.c_frame_previous);
                match previous.and_then(|at| pages.word(at)) {
                    Some(outer) if outer != 0 => activation = outer,
                    _ => return,
                }
            }
            next = Some(frame.fields.word(layout.frame_previous));
        }
    }

    /// Where loops keep marks between frames: `at` is the innermost of either.
    fn by_marks(&mut self, mut at: usize, layout: &Layout, pages: &mut Pages) {
        // Frames whose mark has not been met yet.
        let mut open = FRAMES_MAX;
        for _ in 0..STEPS_MAX {
            let Some(frame) = Frame::at(at, pages) else {
                break;
            };
            if frame.fields.byte(layout.frame_owner) == OWNED_BY_STACK {
                for raw in &mut self.frames[self.first..open] {
                    raw.activation = at;
                }
                open = self.first;
                if self.is_cut {
                    return;
                }
            } else if !self.is_cut {
                let is_pushed = self.push(frame, 0, (layout, pages));
                if !is_pushed && !self.is_cut {
                    break;
                }
            }
            at = frame.fields.word(layout.frame_previous);
        }
        // The loop of these is not known.
        self.first = open;
    }
}

#[cfg(test)]
mod tests;
