//! Mapped memory as cells.

use std::cell::Cell;

/// Words of mapped memory, given back at the end.
pub(crate) struct Mapped {
    region: Option<tenure_vm::Region>,
    words: usize,
}

impl Mapped {
    pub(crate) fn new(words: usize) -> Self {
        let page = tenure_base::Align::new(4096).unwrap();
        let mut region = tenure_vm::Region::reserve(words * 8, page).expect("address space");
        region.commit_to(words * 8).expect("memory");
        Self {
            region: Some(region),
            words,
        }
    }

    pub(crate) fn cells(&self) -> &[Cell<u64>] {
        let start = self.region.as_ref().map_or(0, tenure_vm::Region::start);
        let start = std::ptr::with_exposed_provenance::<Cell<u64>>(start);
        // SAFETY: so many words were committed in `new`, zeroed and aligned to a page; nobody else
        // knows the range, and it is released when `self` is dropped, which the borrow prevents.
        unsafe { std::slice::from_raw_parts(start, self.words) }
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        if let Some(region) = self.region.take() {
            // SAFETY: every slice of cells borrows `self`, so none is left.
            unsafe { region.release() };
        }
    }
}
