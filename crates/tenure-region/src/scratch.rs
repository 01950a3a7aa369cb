//! Scratch memory: a second stack for each thread, for buffers whose length is known at run time.
//!
//! **Shape:** each thread that asks has two stacks, each one reservation. A call of [`scratch`]
//! opens a *frame* on the stack that the innermost frame is not on; the frame ends with the call.
//! So a function that was handed its caller's frame for its result has the other stack for itself.
//!
//! **Invariants:** (a) a frame starts where the one below it on its stack stood, and that one has
//! no room until it ends: a request of a frame that is not the innermost of its stack is refused,
//! never served on top of another; (b) frames end in the reverse order of their beginning, since
//! each lives in a call.
//!
//! **Cost:** some ten nanoseconds for a frame, no system call once the stack was that deep before.
//!
//! **Not here:** the thread's own stack; [`stack_left`] says how much of it is left.

use core::alloc::Layout;
use core::cell::Cell;
use core::ffi::c_void;
use core::fmt;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ops::Deref;
use core::ptr::{NonNull, with_exposed_provenance_mut, without_provenance};

use tenure_os::lock::Lock;
use tenure_os::process::page_bytes;
use tenure_os::thread::ExitKey;

use crate::bump::{Bump, Source};
use crate::refused::Refused;
use crate::reserve::Reserve;
use crate::tail::{self, Tail};

/// Address space of each of the two stacks; where there is not so much, less is tried.
const STACK_BYTES: usize = if cfg!(any(miri, tenure_replaced_os)) {
    1 << 20
} else {
    64 << 20
};
/// No smaller stack is tried.
const STACK_BYTES_MIN: usize = 1 << 20;

/// The scratch stack has no room for a request.
///
/// # Examples
/// ```
/// let full = tenure_region::scratch(|s| Ok(s.slice::<u64>(1 << 40)?.len())).unwrap_err();
/// assert_eq!(full.asked, 8 << 40);
/// assert!(full.left <= 64 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScratchFull {
    /// Bytes that were asked for; `usize::MAX` for more than a word can say.
    pub asked: usize,
    /// Bytes that the frame could still have had.
    pub left: usize,
}

impl fmt::Display for ScratchFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked, left } = self;
        write!(
            f,
            "{asked} bytes of scratch asked for, {left} left; take an arena"
        )
    }
}

impl core::error::Error for ScratchFull {}

/// One of a thread's two stacks.
pub(crate) struct Stack {
    space: Reserve,
    /// The cursor of the frame that was opened last and has not ended; null without one.
    innermost: Cell<*const Bump>,
}

impl Stack {
    /// The end of what the frame with this cursor may use, once that has room for the block behind
    /// `at`.
    pub(crate) fn room_for(
        &self,
        cursor: &Bump,
        at: *mut u8,
        layout: Layout,
    ) -> Result<*mut u8, Refused> {
        if !core::ptr::eq(self.innermost.get(), cursor) {
            return Err(Refused::Full);
        }
        self.space.room_for(at, layout)
    }

    fn committed_end(&self) -> *mut u8 {
        let start = self.space.start();
        start.wrapping_add(self.space.committed_bytes())
    }

    /// Bytes from `at` to the end of the reservation.
    fn left_bytes(&self, at: *mut u8) -> usize {
        self.space.start().addr() + self.space.len() - at.addr()
    }
}

/// What a thread has.
struct Stacks {
    both: [Stack; 2],
    /// Which of them the innermost frame is on.
    current: Cell<usize>,
    frames: Cell<usize>,
}

/// Stands for "nothing yet" in the thread's words.
static NONE: u8 = 0;
/// Runs [`thread_exits`]; made by the first thread that has stacks.
static KEY: Lock<Option<ExitKey>> = Lock::new(None);

tenure_os::thread_slot! {
    /// The address of the thread's [`Stacks`].
    pub(crate) mod slot: "tenure_region_scratch" = NONE as u8
}

tenure_os::thread_slot! {
    /// The lowest address of the thread's own stack.
    pub(crate) mod low: "tenure_region_stack_low" = NONE as u8
}

/// The calling thread's stacks, made at the first call. `None` without address space.
#[inline]
fn stacks() -> Option<NonNull<Stacks>> {
    let word = slot::get();
    if core::ptr::eq(word, &raw const NONE) {
        make_stacks()
    } else {
        NonNull::new(word.cast_mut().cast())
    }
}

#[cold]
fn make_stacks() -> Option<NonNull<Stacks>> {
    let mut bytes = STACK_BYTES;
    let both = loop {
        let stack = || Reserve::new(bytes, "scratch", None);
        match (stack(), stack()) {
            (Ok(first), Ok(second)) => break [first, second],
            _ if bytes > STACK_BYTES_MIN => bytes /= 2,
            _ => return None,
        }
    };
    let place = tenure_os::memory::map(page_bytes()).ok()?;
    let place = NonNull::new(with_exposed_provenance_mut::<Stacks>(place))?;
    let stacks = Stacks {
        both: both.map(|space| Stack {
            space,
            innermost: Cell::new(core::ptr::null()),
        }),
        current: Cell::new(1),
        frames: Cell::new(0),
    };
    const { assert!(size_of::<Stacks>() <= 4096) };
    // SAFETY: a page mapped just now, which is large enough.
    unsafe { place.write(stacks) };
    slot::set(place.as_ptr().cast_const().cast());
    let mut key = KEY.lock();
    if key.is_none() {
        *key = ExitKey::new(thread_exits);
    }
    if let Some(key) = *key {
        key.arm(1);
    }
    Some(place)
}

/// The thread ends: its stacks go back to the kernel.
unsafe extern "C" fn thread_exits(_: *mut c_void) {
    let word = slot::get();
    if core::ptr::eq(word, &raw const NONE) {
        return;
    }
    let stacks = word.cast_mut().cast::<Stacks>();
    // SAFETY: the word is the address of this thread's stacks, which no other thread knows.
    if unsafe { &*stacks }.frames.get() > 0 {
        // The thread was ended inside a frame, and its frames are never left. They stay.
        return;
    }
    slot::set(&raw const NONE);
    // SAFETY: no frame is open, so nothing refers to the stacks; the page was mapped for them.
    unsafe {
        core::ptr::drop_in_place(stacks);
        tenure_os::memory::unmap(stacks.addr(), page_bytes());
    }
}

/// A frame of scratch memory, which ends with the call of [`scratch`] that opened it.
///
/// Its own methods say how much was left when there is no room. It derefs to [`Bump`] for all else:
/// vectors, text, values that drop.
#[derive(Debug)]
pub struct Scratch<'s> {
    bump: &'s Bump,
    stack: &'s Stack,
    /// Invariant in `'s`, as a [`Tail`].
    brand: PhantomData<fn(&'s ()) -> &'s ()>,
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.space.fmt(f)
    }
}

impl Scratch<'_> {
    /// `len` elements of the type's default value.
    ///
    /// # Errors
    /// [`ScratchFull`].
    ///
    /// # Examples
    /// See [`scratch`].
    #[inline]
    pub fn slice<T: Copy + Default>(&self, len: usize) -> Result<&mut [T], ScratchFull> {
        self.bump
            .try_slice_fill(len, T::default())
            .map_err(|_| self.full::<T>(len))
    }

    /// `len` elements that the caller writes.
    ///
    /// # Errors
    /// [`ScratchFull`].
    ///
    /// # Examples
    /// ```
    /// tenure_region::scratch(|s| {
    ///     let buffer = s.slice_uninit::<u8>(1 << 20)?;
    ///     buffer[0].write(1);
    ///     Ok(())
    /// })
    /// .unwrap();
    /// ```
    #[inline]
    pub fn slice_uninit<T>(&self, len: usize) -> Result<&mut [MaybeUninit<T>], ScratchFull> {
        self.bump
            .try_slice_uninit(len)
            .map_err(|_| self.full::<T>(len))
    }

    /// A copy of a slice.
    ///
    /// # Errors
    /// [`ScratchFull`].
    ///
    /// # Examples
    /// ```
    /// let median = tenure_region::scratch(|s| {
    ///     let sorted = s.slice_copied(&[3, 1, 2])?;
    ///     sorted.sort_unstable();
    ///     Ok(sorted[1])
    /// });
    /// assert_eq!(median, Ok(2));
    /// ```
    #[inline]
    pub fn slice_copied<T: Copy>(&self, source: &[T]) -> Result<&mut [T], ScratchFull> {
        self.bump
            .try_slice_copy(source)
            .map_err(|_| self.full::<T>(source.len()))
    }

    /// Bytes that the frame can still have; none while another frame lies on top of it.
    ///
    /// # Examples
    /// ```
    /// tenure_region::scratch(|s| {
    ///     let before = s.left_bytes();
    ///     s.slice::<u8>(1000)?;
    ///     assert_eq!(s.left_bytes(), before - 1000);
    ///     Ok(())
    /// })
    /// .unwrap();
    /// ```
    #[must_use]
    pub fn left_bytes(&self) -> usize {
        if core::ptr::eq(self.stack.innermost.get(), self.bump) {
            self.stack.left_bytes(self.bump.at())
        } else {
            self.bump.rest_bytes()
        }
    }

    #[cold]
    fn full<T>(&self, len: usize) -> ScratchFull {
        ScratchFull {
            asked: len.saturating_mul(size_of::<T>()),
            left: self.left_bytes(),
        }
    }

    /// A scope on top of the frame; see `Arena::tail`.
    ///
    /// # Examples
    /// ```
    /// tenure_region::scratch(|mut s| {
    ///     for turn in 0..1_000_000 {
    ///         s.tail(|s| s.alloc_plain([turn; 100])[99]);
    ///     }
    ///     assert_eq!(s.left_bytes(), s.left_bytes());
    ///     Ok(())
    /// })
    /// .unwrap();
    /// ```
    #[inline]
    pub fn tail<R>(&mut self, work: impl for<'t> FnOnce(Tail<'t>) -> R) -> R {
        // SAFETY: the frame is borrowed exclusively, so nothing else takes from its cursor.
        unsafe { tail::enter(self.bump, work) }
    }
}

impl Deref for Scratch<'_> {
    type Target = Bump;
    #[inline(always)]
    fn deref(&self) -> &Bump {
        self.bump
    }
}

/// Runs `work` with a frame of scratch memory, which is taken back at its end: for buffers whose
/// length is known at run time, where C has `alloca` and arrays of variable length.
///
/// A request that does not fit is an error, never a fault. The memory is the thread's own and no
/// system call is made once the stack was that deep; 64 MiB in each of two stacks. In a loop, the
/// call belongs inside: each turn has its memory back.
///
/// The closure's own errors go into its result: `Ok(Err(mine))`.
///
/// # Errors
/// What `work` returns; [`ScratchFull`] also when a thread's first call finds no address space for
/// the stacks.
///
/// # Examples
/// ```
/// use tenure_region::{ScratchFull, scratch};
///
/// fn is_palindrome(text: &str) -> Result<bool, ScratchFull> {
///     scratch(|s| {
///         let letters = s.slice::<char>(text.chars().count())?;
///         letters.iter_mut().zip(text.chars()).for_each(|(place, letter)| *place = letter);
///         Ok(letters.iter().eq(letters.iter().rev()))
///     })
/// }
/// assert_eq!(is_palindrome("level"), Ok(true));
/// assert!(scratch(|s| Ok(s.slice::<u8>(usize::MAX)?.len())).is_err());
/// ```
#[inline]
pub fn scratch<R>(
    work: impl for<'s> FnOnce(Scratch<'s>) -> Result<R, ScratchFull>,
) -> Result<R, ScratchFull> {
    open(None, work)
}

/// As [`scratch`], on the stack that `out` does not lie on: for a function that puts its result
/// into the scratch memory of a caller further out than the last one.
///
/// [`scratch`] does it for the last caller's frame. On the same stack, `out` would have no room
/// until this call ends, and a request there would be refused.
///
/// # Errors
/// As [`scratch`].
///
/// # Examples
/// ```
/// use tenure_region::{Bump, ScratchFull, scratch, scratch_beside};
///
/// /// The words of the text in the order of the alphabet, in `out`.
/// fn sorted<'a>(text: &str, out: &'a Bump) -> Result<&'a str, ScratchFull> {
///     scratch_beside(out, |s| {
///         let words = s.slice_plain_with(text.split(' ').count(), |i| text.split(' ').nth(i));
///         words.sort();
///         let mut line = tenure_region::ArenaString::new_in(out);
///         for word in words.iter().flatten() {
///             line.push_str(word);
///         }
///         Ok(&*line.into_text())
///     })
/// }
///
/// scratch(|outer| {
///     assert_eq!(scratch(|_| sorted("b c a", &outer))?, "abc");
///     Ok(())
/// })
/// .unwrap();
/// ```
pub fn scratch_beside<R>(
    out: &Bump,
    work: impl for<'s> FnOnce(Scratch<'s>) -> Result<R, ScratchFull>,
) -> Result<R, ScratchFull> {
    match out.source() {
        Source::Frame(stack) => open(Some(*stack), work),
        _ => open(None, work),
    }
}

/// Opens a frame beside the stack `taken`, or else beside the innermost frame.
#[inline]
fn open<R>(
    taken: Option<NonNull<Stack>>,
    work: impl for<'s> FnOnce(Scratch<'s>) -> Result<R, ScratchFull>,
) -> Result<R, ScratchFull> {
    let Some(stacks) = stacks() else {
        return Err(ScratchFull { asked: 0, left: 0 });
    };
    // SAFETY: the thread's own stacks, which stay until it ends, outside of all frames.
    let stacks = unsafe { stacks.as_ref() };
    let index = match taken {
        Some(taken) => usize::from(core::ptr::eq(taken.as_ptr(), &raw const stacks.both[0])),
        None => 1 - stacks.current.get(),
    };
    let stack = &stacks.both[index];
    let below = stack.innermost.get();
    // SAFETY: the cursor of a frame that has not ended, in a call further out (invariant b).
    let below = unsafe { below.as_ref() };
    let start = below.map_or(stack.space.start(), Bump::at);
    let bump = Bump::over(
        start,
        stack.committed_end(),
        Source::Frame(NonNull::from(stack)),
    );
    let _frame = Frame {
        bump: &bump,
        stacks,
        stack,
        below,
        outer: stacks.current.replace(index),
    };
    stack.innermost.set(&raw const bump);
    stacks.frames.set(stacks.frames.get() + 1);
    if let Some(below) = below {
        below.set_end(start);
    }
    work(Scratch {
        bump: &bump,
        stack,
        brand: PhantomData,
    })
}

/// Ends a frame, also by a panic.
struct Frame<'f> {
    bump: &'f Bump,
    stacks: &'f Stacks,
    stack: &'f Stack,
    below: Option<&'f Bump>,
    outer: usize,
}

impl Drop for Frame<'_> {
    #[inline]
    fn drop(&mut self) {
        struct Leave<'l, 'f>(&'l Frame<'f>);
        impl Drop for Leave<'_, '_> {
            fn drop(&mut self) {
                let frame = self.0;
                let below = frame.below.map_or(core::ptr::null(), core::ptr::from_ref);
                frame.stack.innermost.set(below);
                if let Some(below) = frame.below {
                    below.set_end(frame.stack.committed_end());
                }
                frame.stacks.current.set(frame.outer);
                frame.stacks.frames.set(frame.stacks.frames.get() - 1);
            }
        }
        let _leave = Leave(self);
        // SAFETY: nothing that the frame handed out can be outside the closure.
        unsafe { self.bump.finish() };
    }
}

/// Gives the memory of the calling thread's scratch stacks that lies behind what is in use, and
/// behind the first `keep_bytes` of each, back to the kernel. Two system calls at most.
///
/// A thread that ends gives all of it back.
///
/// # Examples
/// ```
/// use tenure_region::{scratch, trim_scratch};
/// scratch(|s| Ok(s.slice::<u8>(32 << 20)?.len())).unwrap();
/// trim_scratch(64 << 10);
/// ```
pub fn trim_scratch(keep_bytes: usize) {
    if core::ptr::eq(slot::get(), &raw const NONE) {
        return;
    }
    let Some(stacks) = stacks() else { return };
    // SAFETY: as in `open`.
    for stack in unsafe { &stacks.as_ref().both } {
        // SAFETY: as in `open`.
        let innermost = unsafe { stack.innermost.get().as_ref() };
        let start = stack.space.start().addr();
        let used = innermost.map_or(0, |bump| bump.at().addr() - start);
        // SAFETY: behind the innermost frame's cursor nothing was handed out.
        unsafe { stack.space.purge_behind(keep_bytes.max(used)) };
    }
}

/// Bytes that are left of the calling thread's own stack, or `None` if libc does not say.
///
/// For the main thread as the limit (`ulimit -s`) was at the thread's first call. On a stack of the
/// program's own making (a signal's, a coroutine's) it says 0 or too much. The first call of a
/// thread asks libc, which may allocate; after that it is a load and a subtraction.
///
/// # Examples
/// Recursion that ends in an error, not a fault:
/// ```
/// fn depth(nested: &[u8]) -> Result<usize, &'static str> {
///     if tenure_region::stack_left().is_some_and(|left| left < 64 << 10) {
///         return Err("nested too deeply");
///     }
///     match nested {
///         [b'(', inner @ ..] => Ok(1 + depth(inner)?),
///         _ => Ok(0),
///     }
/// }
/// assert_eq!(depth(b"((("), Ok(3));
/// assert!(depth(&vec![b'('; 10_000_000]).is_err());
/// ```
#[must_use]
pub fn stack_left() -> Option<usize> {
    if core::ptr::eq(low::get(), &raw const NONE) {
        low::set(without_provenance(tenure_os::stack::low()?));
    }
    let here = 0u8;
    Some((&raw const here).addr().saturating_sub(low::get().addr()))
}

#[cfg(test)]
mod tests;
