//! Where the program called us: noted at the entry, for whoever captures its stack further in.
//!
//! A function that is entered through [`noted_entry!`](crate::noted_entry) leaves a *note* on the
//! stack, the two words of a classical frame record, and its address in a word of the thread. So a
//! capture begins at the caller's own frame, however many of our functions lie in between, and our
//! functions need no unwinding.
//!
//! **Cost:** five instructions a call.

use crate::registers::{self, Registers};

/// A frame pointer and a return address, where they lie on the stack.
type Note = [usize; 2];

/// How far the note may lie from the stack pointer of whoever asks: more than our functions use.
const REACH_BYTES: usize = 16 << 10;

static NOWHERE: Note = [0; 2];

crate::thread_slot! {
    /// The note of the calling thread's last entry.
    #[allow(unreachable_pub, reason = "the macro is for slots that other crates share too")]
    pub(crate) mod note: "tenure_entry_note" = NOWHERE as Note
}

/// The registers of the program at the call that led here, if it came through a noted entry that
/// has not returned.
#[inline]
#[must_use]
pub fn caller() -> Option<Registers> {
    let note = note::get();
    let sp = registers::here().sp;
    let start = note.addr();
    // A signal handler that came in between has left a note below us, or on another stack.
    if start.wrapping_sub(sp) > REACH_BYTES || !start.is_multiple_of(8) {
        return None;
    }
    // SAFETY: the two words lie above the stack pointer and at most `REACH_BYTES` behind it; every
    // way in either notes itself or calls `forget`, so a note there is that of a frame that stands.
    let [fp, pc] = unsafe { *note };
    Some(Registers {
        pc,
        sp: start + size_of::<Note>(),
        fp,
    })
}

/// Says that the calling thread came in by a way that is not noted.
#[inline]
pub fn forget() {
    note::set(&raw const NOWHERE);
}

/// Defines `$name`, a function with the C calling convention and at most six words of arguments
/// that notes its caller and calls `$inner`.
///
/// The symbol must be unique in the program; it is hidden.
#[macro_export]
macro_rules! noted_entry {
    ($(#[$doc:meta])* fn $name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)?
     = $symbol:literal => $inner:path) => {
        #[cfg(target_arch = "x86_64")]
        $crate::asm::global_asm!(
            ".pushsection .text,\"ax\",@progbits",
            ".p2align 4",
            concat!(".hidden ", $symbol),
            concat!(".globl ", $symbol),
            concat!(".type ", $symbol, ",@function"),
            concat!($symbol, ":"),
            ".cfi_startproc",
            "push rbp",
            ".cfi_def_cfa_offset 16",
            "mov rax, qword ptr [rip + tenure_entry_note@GOTTPOFF]",
            "mov qword ptr fs:[rax], rsp",
            "call {inner}",
            "add rsp, 8",
            ".cfi_def_cfa_offset 8",
            "ret",
            ".cfi_endproc",
            concat!(".size ", $symbol, ", . - ", $symbol),
            ".popsection",
            inner = sym $inner,
        );

        $(#[$doc])*
        #[inline(always)]
        extern "C" fn $name($($argument: $kind),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            {
                unsafe extern "C" {
                    #[link_name = $symbol]
                    fn noted($($argument: $kind),*) $(-> $result)?;
                }
                // SAFETY: the function above keeps what its caller expects to be kept (`rbp` is
                // pushed, and `$inner` keeps it), passes the arguments on in their registers, and
                // has the type of `$inner`.
                unsafe { noted($($argument),*) }
            }
            #[cfg(not(target_arch = "x86_64"))]
            {
                $crate::entry::forget();
                $inner($($argument),*)
            }
        }
    };
}
