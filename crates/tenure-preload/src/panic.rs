//! What happens when our own code panics: one line on stderr and an abort.
//!
//! The library is built with `panic = "abort"`. A panic here is a defect of Tenure; unwinding into
//! a stranger's program from inside its `malloc` would only hide it.

#[cfg(panic = "abort")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    tenure_os::fatal::tell(format_args!("defect in libtenure.so: {info}"));
    tenure_os::fatal::abort()
}
