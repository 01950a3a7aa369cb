//! A heap's records by site: an open-addressed table of two words an entry.
//!
//! **Invariants:** (a) at most three quarters of the entries are taken; (b) the capacity is a power
//! of two, or 0 before the first entry.

use core::ptr::with_exposed_provenance_mut;
use tenure_os::memory;

const CAPACITY_MIN: usize = 512;

/// An entry: a site, and the number of its record plus one; 0 for an entry that is not taken.
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    site: u32,
    record: u32,
}

/// Which record a heap has for each site. All zero is an empty table.
pub(crate) struct SiteTable {
    entries: usize,
    capacity: usize,
    len: usize,
}

impl SiteTable {
    /// A table without entries.
    pub(crate) const fn new() -> Self {
        Self {
            entries: 0,
            capacity: 0,
            len: 0,
        }
    }

    /// Takes all entries out.
    pub(crate) fn clear(&mut self) {
        let (entries, capacity) = (self.entries, self.capacity);
        self.entries = 0;
        self.capacity = 0;
        self.len = 0;
        if capacity != 0 {
            // SAFETY: mapped by `grow` for this table, which has let go of it.
            unsafe { memory::unmap(entries, capacity * size_of::<Entry>()) };
        }
    }

    fn entry(&self, at: usize) -> *mut Entry {
        with_exposed_provenance_mut::<Entry>(self.entries).wrapping_add(at)
    }

    /// Where `site` is or would be: the number of the entry and the entry.
    fn probe(&self, site: u32) -> (usize, Entry) {
        let mask = self.capacity - 1;
        let mut at = (site.wrapping_mul(0x9e37_79b9) as usize >> 7) & mask;
        loop {
            // SAFETY: `at` is below the capacity, and `grow` has mapped so many entries, zeroed,
            // which is a valid value; the owner of the table alone uses them.
            let entry = unsafe { self.entry(at).read() };
            if entry.record == 0 || entry.site == site {
                return (at, entry);
            }
            at = (at + 1) & mask;
        }
    }

    /// The number of the record of `site`.
    #[inline]
    pub(crate) fn find(&self, site: u32) -> Option<u32> {
        if self.capacity == 0 {
            return None;
        }
        self.probe(site).1.record.checked_sub(1)
    }

    /// Notes the record of a site that has none. False: no memory, nothing noted.
    pub(crate) fn insert(&mut self, site: u32, record: u32) -> bool {
        if (self.len + 1) * 4 > self.capacity * 3 && !self.grow() {
            return false;
        }
        let (at, _) = self.probe(site);
        let record = record + 1;
        // SAFETY: as in `probe`.
        unsafe { self.entry(at).write(Entry { site, record }) };
        self.len += 1;
        true
    }

    fn grow(&mut self) -> bool {
        let capacity = (self.capacity * 2).max(CAPACITY_MIN);
        let Ok(entries) = memory::map(capacity * size_of::<Entry>()) else {
            return false;
        };
        let mut old = core::mem::replace(
            self,
            Self {
                entries,
                capacity,
                len: 0,
            },
        );
        for at in 0..old.capacity {
            // SAFETY: as in `probe`, for the old entries.
            let Entry { site, record } = unsafe { old.entry(at).read() };
            if record != 0 {
                self.insert(site, record - 1);
            }
        }
        old.clear();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inserted_is_found() {
        let mut table = SiteTable::new();
        assert_eq!(table.find(0), None);
        for site in 0..5000u32 {
            assert!(table.insert(site.wrapping_mul(977), site));
        }
        for site in 0..5000u32 {
            assert_eq!(table.find(site.wrapping_mul(977)), Some(site));
        }
        assert_eq!(table.find(3), None);
        table.clear();
        assert_eq!(table.find(977), None);
    }
}
