//! What `operator new` does when there is no memory: frames that a C++ exception can cross.
//!
//! A new-handler may throw, and `std::bad_alloc` must be thrown with no frame in between that the
//! unwinder could stumble over. So the loop is written out here, with its unwind rules:
//! ```text
//! new_failed(size, align):
//!     loop:
//!         handler = handler_for(caller, align)
//!         if handler is null: leave this frame and jump to std::__throw_bad_alloc
//!         handler()                          may throw: the frame below describes itself
//!         block = retry(size, align)
//!         if block is not null: return block
//! ```
//! **Not here:** finding the handler and the thrower, see [`crate::cxx_runtime`].

use crate::cxx_runtime::{handler_for, retry, runtime_new, runtime_new_array, thrower_for};
use core::arch::naked_asm;
use core::ffi::c_void;

/// Runs new-handlers until `size` bytes can be had, or throws. Shape: four words of stack, of which
/// the first two keep `size` and `align`, the last is the address the caller goes on at.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub(crate) extern "C" fn new_failed(size: usize, align: usize) -> *mut c_void {
    naked_asm!(
        ".cfi_startproc",
        "sub rsp, 24",
        ".cfi_adjust_cfa_offset 24",
        "mov [rsp], rdi",
        "mov [rsp + 8], rsi",
        "2:",
        "mov rdi, [rsp + 24]",
        "mov rsi, [rsp + 8]",
        "call {handler_for}",
        "test rax, rax",
        "je 3f",
        "call rax",
        "mov rdi, [rsp]",
        "mov rsi, [rsp + 8]",
        "call {retry}",
        "test rax, rax",
        "je 2b",
        "add rsp, 24",
        ".cfi_adjust_cfa_offset -24",
        "ret",
        ".cfi_adjust_cfa_offset 24",
        "3:",
        "mov rdi, [rsp + 24]",
        "call {thrower_for}",
        "add rsp, 24",
        ".cfi_adjust_cfa_offset -24",
        "jmp rax",
        ".cfi_endproc",
        handler_for = sym handler_for,
        retry = sym retry,
        thrower_for = sym thrower_for,
    )
}

/// As on x86-64. Shape: six words of stack: frame record, `size`, `align`, two unused.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
pub(crate) extern "C" fn new_failed(size: usize, align: usize) -> *mut c_void {
    naked_asm!(
        ".cfi_startproc",
        "stp x29, x30, [sp, #-48]!",
        ".cfi_def_cfa_offset 48",
        ".cfi_offset 29, -48",
        ".cfi_offset 30, -40",
        "mov x29, sp",
        "stp x0, x1, [sp, #16]",
        "2:",
        "ldr x0, [sp, #8]",
        "ldr x1, [sp, #24]",
        "bl {handler_for}",
        "cbz x0, 3f",
        "blr x0",
        "ldp x0, x1, [sp, #16]",
        "bl {retry}",
        "cbz x0, 2b",
        ".cfi_remember_state",
        "ldp x29, x30, [sp], #48",
        ".cfi_def_cfa_offset 0",
        ".cfi_restore 29",
        ".cfi_restore 30",
        "ret",
        ".cfi_restore_state",
        "3:",
        "ldr x0, [sp, #8]",
        "bl {thrower_for}",
        "mov x16, x0",
        "ldp x29, x30, [sp], #48",
        ".cfi_def_cfa_offset 0",
        ".cfi_restore 29",
        ".cfi_restore 30",
        "br x16",
        ".cfi_endproc",
        handler_for = sym handler_for,
        retry = sym retry,
        thrower_for = sym thrower_for,
    )
}

/// Hands the nothrow form to the C++ runtime when there is a handler to run: adds the caller's
/// address as third argument and jumps on.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub(crate) extern "C" fn nothrow_failed(size: usize, align: usize) -> *mut c_void {
    naked_asm!("mov rdx, [rsp]", "jmp {on}", on = sym runtime_new)
}

/// As [`nothrow_failed`], for arrays.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub(crate) extern "C" fn nothrow_array_failed(size: usize, align: usize) -> *mut c_void {
    naked_asm!("mov rdx, [rsp]", "jmp {on}", on = sym runtime_new_array)
}

/// As on x86-64.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
pub(crate) extern "C" fn nothrow_failed(size: usize, align: usize) -> *mut c_void {
    naked_asm!("mov x2, x30", "b {on}", on = sym runtime_new)
}

/// As on x86-64.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
pub(crate) extern "C" fn nothrow_array_failed(size: usize, align: usize) -> *mut c_void {
    naked_asm!("mov x2, x30", "b {on}", on = sym runtime_new_array)
}
