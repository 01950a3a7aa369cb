//! The end of an object whose last handle is gone.
//!
//! **Order.** The value is dropped, and with it the handles in it: what they alone kept is dropped
//! in their place, as with `Rc`. From 64 values inside each other on, the deeper ones wait in a
//! queue, which the outermost drop works off when it is done. So the stack stays small.
//!
//! **Panics.** A `Drop` that panics ends no other: the block is freed, the queue is worked off, and
//! then the panic goes on. A second one meanwhile ends the process, as everywhere in Rust.

use alloc::boxed::Box;
use core::ptr::NonNull;

use super::header::{Block, DYING, Header, LISTED, TRIAL, WEAK};
use super::heap::Inner;
use super::weak;

/// Values that may be dropped inside each other.
const DEPTH_MAX: u32 = 64;

/// Drops a value that no handle leads to, and frees its block.
///
/// # Safety
/// The count of the object is zero, and `value` is its value.
#[inline(never)]
pub(super) unsafe fn last<T: ?Sized>(value: NonNull<T>) {
    let at = Header::before(value);
    // SAFETY: nobody has freed the block: that is what this function is for.
    let header = unsafe { at.as_ref() };
    let heap = header.kind().heap;
    if header.has(DYING) {
        if header.has(TRIAL) {
            // SAFETY: the value is gone (invariant D), and this was the last handle.
            unsafe { Header::free(at) };
            // SAFETY: `heap` is not used any more.
            unsafe { Inner::end(heap) };
        }
        return;
    }
    if header.has(LISTED | WEAK) {
        detach(at);
    }
    header.set(DYING);
    // SAFETY: the object is still there, and so is its heap.
    let inner = unsafe { heap.as_ref() };
    if inner.depth.get() >= DEPTH_MAX {
        inner.queue.borrow_mut().push(at);
        return;
    }
    let level = Level::enter(heap);
    // SAFETY: the value is still there.
    let block = Block::around(unsafe { value.as_ref() });
    let freed = Freed { at, block };
    // SAFETY: nobody looks at it by `DYING`, and it is dropped once: the count is zero.
    unsafe { value.drop_in_place() };
    drop(freed);
    drop(level);
}

/// Takes an object from the list and from its weak handles.
#[cold]
#[inline(never)]
fn detach(at: NonNull<Header>) {
    // SAFETY: the caller keeps the block.
    let header = unsafe { at.as_ref() };
    if header.has(LISTED) {
        // SAFETY: a heap lives as long as its objects.
        let heap = unsafe { header.kind().heap.as_ref() };
        heap.unlist(header);
    }
    weak::forsake(at);
}

/// A block that is freed at the end of the scope, come what may.
struct Freed {
    at: NonNull<Header>,
    block: Block,
}

impl Drop for Freed {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: the value has been dropped, or has panicked while it was; its handles are gone.
        unsafe { Header::free_as(self.at, self.block) };
    }
}

/// One drop inside the others; the outermost works off the queue when it ends.
pub(super) struct Level(NonNull<Inner>);

impl Level {
    /// One level deeper.
    #[inline(always)]
    pub(super) fn enter(heap: NonNull<Inner>) -> Self {
        // SAFETY: the caller's heap is there.
        let depth = unsafe { &heap.as_ref().depth };
        depth.set(depth.get() + 1);
        Self(heap)
    }
}

impl Drop for Level {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: heaps end at depth 0 only.
        let depth = unsafe { &self.0.as_ref().depth };
        if depth.get() == 1 {
            outermost(self.0);
        } else {
            depth.set(depth.get() - 1);
        }
    }
}

/// The outermost drop is done.
#[inline(never)]
fn outermost(heap: NonNull<Inner>) {
    let up = Up(heap);
    work_off(heap);
    drop(up);
}

/// Comes up from the outermost level, with an empty queue.
struct Up(NonNull<Inner>);

impl Drop for Up {
    fn drop(&mut self) {
        // Something is left only if a value has panicked.
        work_off(self.0);
        // SAFETY: the heap is there: the level has not been left.
        unsafe { self.0.as_ref() }.depth.set(0);
        // SAFETY: `heap` is not used any more.
        unsafe { Inner::end(self.0) };
    }
}

/// Drops what waits.
fn work_off(heap: NonNull<Inner>) {
    loop {
        // SAFETY: heaps end at depth 0 only.
        let next = unsafe { heap.as_ref() }.queue.borrow_mut().pop();
        let Some(at) = next else { return };
        // SAFETY: what waits is still there.
        let block = unsafe { at.as_ref() }.kind().descriptor.block;
        let freed = Freed { at, block };
        // SAFETY: it is `DYING`, and comes out of the queue once.
        unsafe { Header::drop_value(at) };
        drop(freed);
    }
}

/// Drops the values of objects that only each other lead to, and frees them.
///
/// # Safety
/// All handles to them are in them; they are neither listed nor on trial.
pub(super) unsafe fn cycle(heap: NonNull<Inner>, objects: alloc::vec::Vec<NonNull<Header>>) {
    for at in &objects {
        // SAFETY: the handles in the cycle keep its blocks.
        unsafe { at.as_ref() }.set(DYING);
        weak::forsake(*at);
    }
    let level = Level::enter(heap);
    let mut falling = Falling { objects, next: 0 };
    falling.drop_values();
    drop(falling);
    drop(level);
}

/// A cycle on its way: values are dropped one after the other, then blocks are freed.
struct Falling {
    objects: alloc::vec::Vec<NonNull<Header>>,
    next: usize,
}

impl Falling {
    /// Drops the values that are left.
    fn drop_values(&mut self) {
        while let Some(at) = self.objects.get(self.next).copied() {
            self.next += 1;
            // SAFETY: it is `DYING`, and each is dropped once, by the count above.
            unsafe { Header::drop_value(at) };
        }
    }
}

impl Drop for Falling {
    fn drop(&mut self) {
        // Something is left only if a value has panicked.
        self.drop_values();
        for at in &self.objects {
            // SAFETY: blocks of a cycle are freed here, or by their last handle below.
            let header = unsafe { at.as_ref() };
            if header.strong.get() == 0 {
                // SAFETY: no handle is left, and the value is gone.
                unsafe { Header::free(*at) };
            } else {
                // A `Drop` has given a handle away, or forgotten it.
                header.set(TRIAL);
            }
        }
    }
}

impl Inner {
    /// Ends the heap, if it is closed and nothing of it is left.
    ///
    /// # Safety
    /// The caller looks at the heap no more, and neither does who called it.
    pub(super) unsafe fn end(heap: NonNull<Self>) {
        // SAFETY: it is there: this function alone ends it.
        let inner = unsafe { heap.as_ref() };
        let busy = inner.depth.get() > 0 || inner.collecting.get();
        if !busy && !inner.open.get() && inner.objects() == 0 {
            // SAFETY: it came from a box, and no object leads to it.
            drop(unsafe { Box::from_raw(heap.as_ptr()) });
        }
    }
}
