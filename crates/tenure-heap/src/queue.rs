//! A list of heap pages, linked through their headers. Used by one owner at a time.

use crate::page::Page;
use core::cell::Cell;
use core::ptr::null;

/// Pages in order. **Invariant:** following `next` from the first visits each page once and ends
/// at the last; `prev` is its mirror.
pub(crate) struct PageQueue {
    first: Cell<*const Page>,
    last: Cell<*const Page>,
}

/// A page by its stored address.
///
/// # Safety
/// * Null, or the address of a header: headers are never unmapped while a page is on a list.
pub(crate) unsafe fn page_at(page: *const Page) -> Option<&'static Page> {
    // SAFETY: by contract null or a header, which lives as long as it is listed.
    unsafe { page.as_ref() }
}

impl PageQueue {
    pub(crate) const fn new() -> Self {
        Self {
            first: Cell::new(null()),
            last: Cell::new(null()),
        }
    }

    pub(crate) fn first(&self) -> Option<&'static Page> {
        // SAFETY: only headers are put into the queue.
        unsafe { page_at(self.first.get()) }
    }

    pub(crate) fn push_front(&self, page: &'static Page) {
        page.prev.set(null());
        page.next.set(self.first.get());
        match self.first() {
            Some(first) => first.prev.set(page),
            None => self.last.set(page),
        }
        self.first.set(page);
    }

    pub(crate) fn push_back(&self, page: &'static Page) {
        page.next.set(null());
        page.prev.set(self.last.get());
        // SAFETY: only headers are put into the queue.
        match unsafe { page_at(self.last.get()) } {
            Some(last) => last.next.set(page),
            None => self.first.set(page),
        }
        self.last.set(page);
    }

    /// Takes out a page that is in this queue.
    pub(crate) fn remove(&self, page: &'static Page) {
        let (prev, next) = (page.prev.get(), page.next.get());
        // SAFETY: neighbours of a listed page are listed headers or null.
        match unsafe { page_at(prev) } {
            Some(prev) => prev.next.set(next),
            None => self.first.set(next),
        }
        // SAFETY: as above.
        match unsafe { page_at(next) } {
            Some(next) => next.prev.set(prev),
            None => self.last.set(prev),
        }
        page.next.set(null());
        page.prev.set(null());
    }

    /// Puts all pages of the other queue behind those of this one.
    pub(crate) fn append(&self, other: &Self) {
        let Some(middle) = other.first() else { return };
        // SAFETY: only headers are put into the queue.
        match unsafe { page_at(self.last.get()) } {
            Some(last) => {
                last.next.set(middle);
                middle.prev.set(last);
            }
            None => self.first.set(middle),
        }
        self.last.set(other.last.replace(null()));
        other.first.set(null());
    }

    pub(crate) fn pop_front(&self) -> Option<&'static Page> {
        let page = self.first()?;
        self.remove(page);
        Some(page)
    }
}

impl Page {
    /// The page listed behind this one.
    pub(crate) fn next_listed(&self) -> Option<&'static Self> {
        // SAFETY: links of listed pages are listed pages or null.
        unsafe { page_at(self.next.get()) }
    }
}
