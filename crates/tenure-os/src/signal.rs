//! Signals: a handler of our own, what a handler is told, and a signal to one thread.
//!
//! **Cost:** one system call each; nothing here allocates or takes a lock, so all of it may be
//! called in a handler.

use core::ffi::{c_int, c_ulong, c_void};
use core::ptr::with_exposed_provenance;
use rustix::process::Pid;

unsafe extern "C" {
    fn sigaction(signal: c_int, new: *const Action, old: *mut Action) -> c_int;
}

/// `SIGURG`: what happens to a program that leaves it alone is nothing, debuggers pass it on
/// without stopping, and the C library does not use it.
pub const URGENT: i32 = 23;
/// The last signal there is, and the first that the C library leaves to programs.
pub const LAST: i32 = 64;

const RESTART: c_int = 0x1000_0000;
const WITH_INFO: c_int = 4;
const ON_STACK: c_int = 0x0800_0000;
const DEFAULT: usize = 0;
const IGNORED: usize = 1;

/// `struct sigaction` of glibc.
#[repr(C)]
#[derive(Clone, Copy)]
struct Action {
    handler: usize,
    mask: [c_ulong; 16],
    flags: c_int,
    restorer: usize,
}

const _: () = assert!(size_of::<Action>() == 152);

impl Action {
    const NONE: Self = Self {
        handler: DEFAULT,
        mask: [0; 16],
        flags: 0,
        restorer: 0,
    };
}

/// What a process does on a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// What the kernel does by itself.
    Default,
    /// Nothing.
    Ignored,
    /// Calls the function at this address.
    Handler(usize),
}

/// A function that is called on a signal: its number, facts about it, the state of the thread.
pub type Handler = extern "C" fn(c_int, *mut c_void, *mut c_void);

/// What the process does on `signal`; `None` for a number that is no signal.
#[must_use]
pub fn disposition(signal: i32) -> Option<Disposition> {
    let mut now = Action::NONE;
    // SAFETY: with a null second argument nothing changes; the third has the type that libc writes.
    let status = unsafe { sigaction(signal, core::ptr::null(), &raw mut now) };
    (status == 0).then_some(match now.handler {
        DEFAULT => Disposition::Default,
        IGNORED => Disposition::Ignored,
        handler => Disposition::Handler(handler),
    })
}

/// Has `handler` called on `signal`, with all other signals held back meanwhile; interrupted system
/// calls go on where the kernel can. False for a number that is no signal.
pub fn handle(signal: i32, handler: Handler) -> bool {
    let new = Action {
        handler: handler as usize,
        mask: [c_ulong::MAX; 16],
        flags: WITH_INFO | RESTART | ON_STACK,
        restorer: 0,
    };
    // SAFETY: the handler has the type that libc calls with `SA_SIGINFO`, and lives as long as the
    // process; a null third argument asks for nothing.
    unsafe { sigaction(signal, &raw const new, core::ptr::null_mut()) == 0 }
}

/// The general registers of x86-64, or those of aarch64: as many as either has.
pub const REGISTERS_MAX: usize = 33;

/// Where a thread was when a signal came.
#[derive(Clone, Copy, Debug)]
pub struct Interrupted {
    /// Program counter: the instruction that comes next.
    pub pc: usize,
    /// Stack pointer.
    pub sp: usize,
    /// Frame pointer.
    pub fp: usize,
    /// All general registers, those included; the rest is zero.
    pub registers: [usize; REGISTERS_MAX],
}

/// Reads the state that a handler was given.
///
/// # Safety
/// * `context` is the third argument of a handler of this module, in this call of it.
#[must_use]
pub unsafe fn interrupted(context: *const c_void) -> Interrupted {
    #[cfg(target_arch = "x86_64")]
    const AT: (usize, usize, [usize; 3]) = (40, 17, [16, 15, 10]);
    #[cfg(target_arch = "aarch64")]
    const AT: (usize, usize, [usize; 3]) = (184, 33, [32, 31, 29]);
    let (offset, count, [pc, sp, fp]) = AT;
    let mut registers = [0; REGISTERS_MAX];
    for (index, register) in registers.iter_mut().take(count).enumerate() {
        let place = context.addr() + offset + 8 * index;
        // SAFETY: by contract a `ucontext_t`, whose register array lies at the offset that the
        // kernel's interface fixes for the machine and has more than `count` words.
        *register = unsafe { with_exposed_provenance::<usize>(place).read() };
    }
    Interrupted {
        pc: registers[pc],
        sp: registers[sp],
        fp: registers[fp],
        registers,
    }
}

/// `tgkill(getpid(), thread, signal)`; with signal 0 only looks. False when there is no such
/// thread.
#[must_use]
pub fn send_to_thread(thread: u32, signal: i32) -> bool {
    let process = rustix::process::getpid().as_raw_nonzero().get();
    let answer = crate::raw::call(
        crate::raw::TGKILL,
        [process as usize, thread as usize, signal as usize, 0, 0],
    );
    answer == 0
}

/// The number of the calling thread, as the kernel counts.
#[must_use]
pub fn thread_number() -> u32 {
    Pid::as_raw(Some(rustix::thread::gettid())).cast_unsigned()
}

#[cfg(all(test, not(any(miri, tenure_replaced_os))))]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicUsize, Ordering};

    static SP: AtomicUsize = AtomicUsize::new(0);
    static PC: AtomicUsize = AtomicUsize::new(0);

    extern "C" fn note(_: c_int, _: *mut c_void, context: *mut c_void) {
        // SAFETY: a handler's own argument.
        let at = unsafe { interrupted(context) };
        assert!(at.registers.contains(&at.sp));
        SP.store(at.sp, Ordering::Relaxed);
        PC.store(at.pc, Ordering::Relaxed);
    }

    #[test]
    fn a_handler_is_told_where_the_thread_was() {
        let signal = LAST - 3;
        assert_eq!(disposition(signal), Some(Disposition::Default));
        assert!(handle(signal, note));
        assert_eq!(
            disposition(signal),
            Some(Disposition::Handler(note as *const () as usize))
        );
        let local = 0_u8;
        assert!(send_to_thread(thread_number(), signal));
        let (sp, here) = (SP.load(Ordering::Relaxed), (&raw const local).addr());
        assert!(sp.abs_diff(here) < 1 << 16, "{sp:x} {here:x}");
        assert_ne!(PC.load(Ordering::Relaxed), 0);
        assert_eq!(disposition(LAST + 9), None);
        assert!(!send_to_thread(u32::MAX >> 2, 0));
    }
}
