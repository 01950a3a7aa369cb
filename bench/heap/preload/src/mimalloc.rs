//! mimalloc, by its C functions.
pub(crate) use libmimalloc_sys::mi_aligned_alloc as aligned;
pub(crate) use libmimalloc_sys::mi_calloc as calloc;
pub(crate) use libmimalloc_sys::mi_free as free;
pub(crate) use libmimalloc_sys::mi_malloc as malloc;
pub(crate) use libmimalloc_sys::mi_realloc as realloc;
pub(crate) use libmimalloc_sys::mi_usable_size as usable_size;
