//! A word per thread that costs one load to read: initial-exec TLS on stable Rust.
//!
//! `thread_local!` in a shared library compiles to a call of `__tls_get_addr`, which may allocate.
//! The slot here is defined in assembly (`.tdata`, hidden) and read by its offset from the thread
//! pointer, which the loader fixes at start. A thread's word starts as the address of a static, so
//! that there is no "not yet" to test for. In an executable the linker turns the access into a
//! constant offset.
//!
//! **Cost:** 8 bytes of static TLS; two instructions to read.

/// Defines a module with `get` and `set` for one word per thread, which starts as `&INITIAL`.
///
/// The symbol must be unique in the program; it is hidden, so two libraries do not clash.
///
/// # Examples
/// ```
/// static EMPTY: u32 = 7;
/// tenure_os::thread_slot! {
///     /// What each thread works on.
///     mod current: "tenure_example_slot" = EMPTY as u32
/// }
/// static OTHER: u32 = 8;
///
/// fn main() {
///     assert_eq!(current::get(), &raw const EMPTY);
///     current::set(&raw const OTHER);
///     assert_eq!(current::get(), &raw const OTHER);
///     std::thread::spawn(|| assert_eq!(current::get(), &raw const EMPTY)).join().unwrap();
/// }
/// ```
#[cfg(not(any(miri, tenure_replaced_os)))]
#[macro_export]
macro_rules! thread_slot {
    ($(#[$doc:meta])* $vis:vis mod $name:ident: $symbol:literal = $initial:ident as $kind:ty) => {
        $(#[$doc])*
        $vis mod $name {
            use super::*;

            #[cfg(target_arch = "x86_64")]
            $crate::asm::global_asm!(
                ".pushsection .tdata,\"awT\",@progbits",
                ".p2align 3",
                concat!(".hidden ", $symbol),
                concat!(".globl ", $symbol),
                concat!(".type ", $symbol, ",@object"),
                concat!($symbol, ": .quad {initial}"),
                concat!(".size ", $symbol, ", 8"),
                ".popsection",
                initial = sym $initial,
            );
            #[cfg(target_arch = "aarch64")]
            $crate::asm::global_asm!(
                ".pushsection .tdata,\"awT\",%progbits",
                ".p2align 3",
                concat!(".hidden ", $symbol),
                concat!(".globl ", $symbol),
                concat!(".type ", $symbol, ",%object"),
                concat!($symbol, ": .xword {initial}"),
                concat!(".size ", $symbol, ", 8"),
                ".popsection",
                initial = sym $initial,
            );

            /// The calling thread's word.
            #[inline(always)]
            pub fn get() -> *const $kind {
                let word: *const $kind;
                #[cfg(target_arch = "x86_64")]
                // SAFETY: the slot is 8 aligned bytes of this thread's static TLS block at the
                // offset that the loader (or the linker) put behind GOTTPOFF; only read.
                unsafe {
                    $crate::asm::asm!(
                        concat!("mov {0}, qword ptr [rip + ", $symbol, "@GOTTPOFF]"),
                        "mov {0}, qword ptr fs:[{0}]",
                        out(reg) word,
                        options(pure, readonly, nostack, preserves_flags),
                    );
                }
                #[cfg(target_arch = "aarch64")]
                // SAFETY: as on x86-64; the offset comes from the :gottprel: entry.
                unsafe {
                    $crate::asm::asm!(
                        "mrs {1}, TPIDR_EL0",
                        concat!("adrp {0}, :gottprel:", $symbol),
                        concat!("ldr {0}, [{0}, :gottprel_lo12:", $symbol, "]"),
                        "ldr {0}, [{1}, {0}]",
                        out(reg) word,
                        out(reg) _,
                        options(pure, readonly, nostack, preserves_flags),
                    );
                }
                word
            }

            /// Changes the calling thread's word.
            #[inline]
            pub fn set(word: *const $kind) {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: the slot is this thread's own 8 bytes, see `get`.
                unsafe {
                    $crate::asm::asm!(
                        concat!("mov {0}, qword ptr [rip + ", $symbol, "@GOTTPOFF]"),
                        "mov qword ptr fs:[{0}], {1}",
                        out(reg) _,
                        in(reg) word,
                        options(nostack, preserves_flags),
                    );
                }
                #[cfg(target_arch = "aarch64")]
                // SAFETY: as on x86-64.
                unsafe {
                    $crate::asm::asm!(
                        "mrs {1}, TPIDR_EL0",
                        concat!("adrp {0}, :gottprel:", $symbol),
                        concat!("ldr {0}, [{0}, :gottprel_lo12:", $symbol, "]"),
                        "str {2}, [{1}, {0}]",
                        out(reg) _,
                        out(reg) _,
                        in(reg) word,
                        options(nostack, preserves_flags),
                    );
                }
            }
        }
    };
}

/// The same by `thread_local!`, where assembly cannot be run.
#[cfg(any(miri, tenure_replaced_os))]
#[macro_export]
macro_rules! thread_slot {
    ($(#[$doc:meta])* $vis:vis mod $name:ident: $symbol:literal = $initial:ident as $kind:ty) => {
        $(#[$doc])*
        $vis mod $name {
            use super::*;

            $crate::replaced_thread_local! {
                static SLOT: core::cell::Cell<*const $kind> =
                    const { core::cell::Cell::new(&raw const $initial) };
            }

            /// The calling thread's word.
            pub fn get() -> *const $kind {
                SLOT.get()
            }

            /// Changes the calling thread's word.
            pub fn set(word: *const $kind) {
                SLOT.set(word);
            }
        }
    };
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("Tenure runs on x86-64 and aarch64 Linux");
