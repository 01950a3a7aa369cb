//! The census of the pages of one process, as a recorder wrote it.

use super::{SitePins, Split};
use crate::unit::{Reason, saturating_sum};
use std::collections::HashMap;
use std::time::Duration;
use tenure_trace::pages::{
    ClassRow, FLAG_COPY, FLAG_REQUESTED, FLAG_SITES, FLAG_SITES_FULL, HUGE, PagesHeader, PagesView,
    SiteRow,
};

/// When, why and how pages were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Process id.
    pub pid: u32,
    /// Number of the program image among those of the same process id.
    pub seq: u32,
    /// What for.
    pub reason: Reason,
    /// Threads that stood still, the one that counted included.
    pub threads: u32,
    /// Threads that could not be stopped: figures may be wrong by what they did meanwhile.
    pub threads_unanswered: u32,
    /// When: nanoseconds of `CLOCK_MONOTONIC`.
    pub mono_ns: u64,
    /// How long it took.
    pub took: Duration,
    /// Whether a copy of the process did it while the program went on.
    pub is_copy: bool,
    /// Bytes of an OS page.
    pub os_page_bytes: u64,
    /// Whether of each block is known how much was asked for; else all of it counts as live.
    pub has_requested: bool,
}

impl Scan {
    fn of(header: &PagesHeader) -> Self {
        Self {
            pid: header.pid,
            seq: header.seq,
            reason: Reason::of(header.reason),
            threads: header.threads,
            threads_unanswered: header.threads_unanswered,
            mono_ns: header.mono_ns,
            took: Duration::from_nanos(header.took_ns),
            is_copy: header.has(FLAG_COPY),
            os_page_bytes: header.os_page_bytes.into(),
            has_requested: header.has(FLAG_REQUESTED),
        }
    }
}

/// What the pages of one size class hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// Usable bytes of a block; `None` of blocks that have pages of their own.
    pub block_bytes: Option<u64>,
    /// Heap pages; of blocks that have pages of their own: how many these are.
    pub pages: u64,
    /// Those of them with blocks in use and free slots.
    pub partly_pages: u64,
    /// Those of them without a block in use.
    pub empty_pages: u64,
    /// Blocks that they have room for.
    pub slots: u64,
    /// Blocks that they have cut out so far.
    pub carved: u64,
    /// Blocks in use.
    pub live_blocks: u64,
    /// Free slots on partly used pages.
    pub free_slots: u64,
    /// What they hold.
    pub split: Split,
}

impl Class {
    fn of(row: &ClassRow) -> Self {
        Self {
            block_bytes: (row.class != HUGE).then_some(row.block_bytes),
            pages: row.pages,
            partly_pages: row.partly_pages,
            empty_pages: row.empty_pages,
            slots: row.slots,
            carved: row.carved,
            live_blocks: row.live_blocks,
            free_slots: row.free_slots,
            split: Split {
                live: row.live_bytes,
                internal_waste: row.waste_bytes,
                pinned_free: row.pinned_free_bytes,
                empty_pages: row.empty_bytes,
                uncarved: row.uncarved_bytes,
                free_slices: 0,
                purged: row.purged_bytes,
            },
        }
    }
}

/// What the blocks of one site in one class pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Index among [`Recorded::classes`].
    pub class: usize,
    /// Index among [`Recorded::sites`].
    pub site: usize,
    /// Its blocks.
    pub pins: SitePins,
}

/// The census of one process.
///
/// # Invariants
///
/// * (a) what is held is the sum of what the classes hold and of the free slices;
/// * (b) where there are sites, their blocks, live, wasted and pinned bytes add up to those of the
///   classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    scan: Scan,
    classes: Vec<Class>,
    split: Split,
    table_bytes: u64,
    has_sites: bool,
    sites: Vec<u32>,
    rows: Vec<Row>,
    losses: Vec<String>,
}

impl Recorded {
    /// Reads a pages file. Site rows that are cut or do not fit the classes are left out, and
    /// [`Recorded::losses`] says so.
    ///
    /// # Errors
    ///
    /// A sentence if its class rows are cut, or their numbers add up to more than a number holds.
    pub fn read(view: &PagesView<'_>) -> Result<Self, String> {
        let header = view.header();
        if !view.has_all_classes() {
            let why = "the pages file is cut short: size classes are missing; record again";
            return Err(why.to_owned());
        }
        let rows: Vec<_> = view.classes().collect();
        let mut this = Self {
            scan: Scan::of(header),
            table_bytes: header.table_bytes,
            ..Self::default()
        };
        this.add_classes(&rows, header)?;
        if header.has(FLAG_SITES) {
            this.add_sites(view, &rows);
        }
        this.tell_limits(header);
        Ok(this)
    }

    fn add_classes(&mut self, rows: &[ClassRow], header: &PagesHeader) -> Result<(), String> {
        let mut held = header.free_slice_bytes;
        let mut purged = header.empty_slice_bytes;
        let too_large = || "the pages file is damaged: what it holds is no number; record again";
        for row in rows {
            let sum = row.held_bytes().and_then(|bytes| held.checked_add(bytes));
            held = sum.ok_or_else(too_large)?;
            purged = purged.checked_add(row.purged_bytes).ok_or_else(too_large)?;
        }
        self.split.free_slices = header.free_slice_bytes;
        self.split.purged = header.empty_slice_bytes;
        self.classes = rows.iter().map(Class::of).collect();
        for class in &self.classes {
            self.split += class.split;
        }
        Ok(())
    }

    fn add_sites(&mut self, view: &PagesView<'_>, classes: &[ClassRow]) {
        let index = classes.iter().enumerate().map(|(at, row)| (row.class, at));
        let index: HashMap<u32, usize> = index.collect();
        let mut places = HashMap::new();
        for row in view.sites() {
            let Some(&class) = index.get(&row.class) else {
                continue;
            };
            let sites = &mut self.sites;
            let site = *places.entry(row.site).or_insert_with(|| {
                sites.push(row.site);
                sites.len() - 1
            });
            let pins = pins_of(&row, &classes[class], self.scan.os_page_bytes);
            self.rows.push(Row { class, site, pins });
        }
        self.has_sites = view.has_all_sites() && self.sites_add_up();
        if !self.has_sites {
            self.sites.clear();
            self.rows.clear();
            self.losses.push(
                "the pages file is cut or damaged behind its size classes: which call stacks pin \
                 pages is not known of it"
                    .to_owned(),
            );
        }
    }

    fn tell_limits(&mut self, header: &PagesHeader) {
        if header.threads_unanswered > 0 {
            self.losses.push(format!(
                "{} of {} threads could not be stopped while pages were counted: figures may be \
                 wrong by the blocks that they had in hand",
                header.threads_unanswered, header.threads
            ));
        }
        let held = self.split.held();
        if header.held_bytes != held && header.threads_unanswered == 0 {
            self.losses.push(format!(
                "pages were counted to hold {held} bytes where the heap itself had counted {}",
                header.held_bytes
            ));
        }
        if header.has(FLAG_SITES_FULL) {
            self.losses.push(
                "there was no memory to count more call stacks: blocks of the others are counted \
                 as of none"
                    .to_owned(),
            );
        }
    }

    /// When, why and how it was taken.
    pub fn scan(&self) -> &Scan {
        &self.scan
    }

    /// What the heap holds.
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// Bytes of tables beside what is held, most of them for the recorder.
    pub fn table_bytes(&self) -> u64 {
        self.table_bytes
    }

    /// The size classes that have pages, in the order of their size; last the blocks that have
    /// pages of their own.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Whether call stacks are known.
    pub fn has_sites(&self) -> bool {
        self.has_sites
    }

    /// The numbers of the call stacks, each once: nodes of the process's tree of stacks.
    pub fn sites(&self) -> &[u32] {
        &self.sites
    }

    /// What is pinned by class and site.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What a reader must know, one sentence each.
    pub fn losses(&self) -> &[String] {
        &self.losses
    }

    fn sites_add_up(&self) -> bool {
        let mut sums = vec![[Some(0_u64); 4]; self.classes.len()];
        for Row { class, pins, .. } in &self.rows {
            let terms = [
                pins.live_blocks,
                pins.live_bytes,
                pins.waste_bytes,
                pins.pinned_free_bytes,
            ];
            for (sum, term) in sums[*class].iter_mut().zip(terms) {
                *sum = sum.and_then(|sum| sum.checked_add(term));
            }
        }
        self.classes.iter().zip(sums).all(|(class, sums)| {
            let Split {
                live,
                internal_waste,
                pinned_free,
                ..
            } = class.split;
            sums == [class.live_blocks, live, internal_waste, pinned_free].map(Some)
        })
    }

    /// Walks the invariants.
    ///
    /// # Panics
    ///
    /// If one does not hold.
    pub fn check(&self) {
        let classes = self.classes.iter().map(|class| class.split.held());
        let held = saturating_sum(classes.chain([self.split.free_slices]));
        assert_eq!(self.split.held(), held, "(a)");
        assert!(!self.has_sites || self.sites_add_up(), "(b)");
    }
}

fn pins_of(row: &SiteRow, class: &ClassRow, os_page_bytes: u64) -> SitePins {
    let together = row.alone_blocks.saturating_mul(class.block_bytes);
    let together = together
        .checked_next_multiple_of(os_page_bytes.max(1))
        .unwrap_or(u64::MAX);
    SitePins {
        live_blocks: row.live_blocks,
        live_bytes: row.live_bytes,
        waste_bytes: row.waste_bytes,
        pages: row.pages,
        pinned_free_bytes: row.pinned_free_bytes,
        alone_pages: row.alone_pages,
        gain_bytes: row.alone_bytes.saturating_sub(together),
    }
}
