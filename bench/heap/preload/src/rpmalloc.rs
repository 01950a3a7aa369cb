//! rpmalloc, by its C functions. A thread that ends leaves its heap behind: nobody tells rpmalloc.
pub(crate) use rpmalloc_sys::rpaligned_alloc as aligned;
pub(crate) use rpmalloc_sys::rpcalloc as calloc;
pub(crate) use rpmalloc_sys::rpfree as free;
pub(crate) use rpmalloc_sys::rpmalloc as malloc;
pub(crate) use rpmalloc_sys::rpmalloc_usable_size as usable_size;
pub(crate) use rpmalloc_sys::rprealloc as realloc;
