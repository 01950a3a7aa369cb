//! snmalloc, by its C functions.
pub(crate) use snmalloc_sys::sn_calloc as calloc;
pub(crate) use snmalloc_sys::sn_free as free;
pub(crate) use snmalloc_sys::sn_malloc as malloc;
pub(crate) use snmalloc_sys::sn_malloc_usable_size as usable_size;
pub(crate) use snmalloc_sys::sn_realloc as realloc;
pub(crate) use snmalloc_sys::sn_rust_alloc as aligned;
