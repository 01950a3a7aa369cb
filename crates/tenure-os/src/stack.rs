//! Where a thread's own stack ends.

use core::ffi::{c_int, c_void};

unsafe extern "C" {
    fn pthread_self() -> usize;
    fn pthread_getattr_np(thread: usize, attr: *mut Attributes) -> c_int;
    fn pthread_attr_getstack(
        attr: *const Attributes,
        low: *mut *mut c_void,
        bytes: *mut usize,
    ) -> c_int;
    fn pthread_attr_destroy(attr: *mut Attributes) -> c_int;
}

/// At least as large as libc's `pthread_attr_t`: 56 bytes on x86-64, 64 on aarch64.
#[repr(C, align(16))]
struct Attributes([u8; 128]);

/// `pthread_getattr_np(pthread_self())`: the lowest address of the calling thread's stack, above
/// its guard pages. `None` if libc does not know the stack.
///
/// May allocate. For the main thread the end is where the limit of this moment puts it.
///
/// # Examples
/// ```
/// let here = 0u8;
/// assert!(tenure_os::stack::low().unwrap() < (&raw const here).addr());
/// ```
#[must_use]
pub fn low() -> Option<usize> {
    let mut attributes = Attributes([0; 128]);
    let (mut low, mut bytes) = (core::ptr::null_mut(), 0);
    // SAFETY: the attributes are a local that is large enough; libc fills them for the thread that
    // runs, they are read while they are valid, and destroyed once.
    unsafe {
        if pthread_getattr_np(pthread_self(), &raw mut attributes) != 0 {
            return None;
        }
        let status = pthread_attr_getstack(&raw const attributes, &raw mut low, &raw mut bytes);
        pthread_attr_destroy(&raw mut attributes);
        (status == 0 && bytes > 0).then_some(low.addr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_of_a_thread_is_at_least_as_long_as_it_was_made() {
        // libc may hand out the longer stack of a thread that has ended.
        const ENDED_BYTES_MAX: usize = 16 << 20;
        let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(|| {
            let here = 0u8;
            let left = (&raw const here).addr() - low().unwrap();
            assert!(left > 1 << 19, "{left}");
            assert!(left <= ENDED_BYTES_MAX, "{left}");
        });
        thread.unwrap().join().unwrap();
    }
}
