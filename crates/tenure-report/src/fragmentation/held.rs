//! What the processes of a recording held, put together.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use tenure_model::fragmentation::{Class, Recorded, Scan, SitePins, Split};
use tenure_model::profile::StackId;
use tenure_model::unit::saturating_sum;

/// What the pages of a process held, with what the recording knows of the process.
#[derive(Clone, Copy, Debug)]
pub struct HeldOf<'a> {
    /// By size class and site.
    pub recorded: &'a Recorded,
    /// The call stacks of [`Recorded::sites`], in their order.
    pub stacks: &'a [StackId],
    /// The name of the program; empty where it is not known.
    pub program: &'a str,
}

/// The sums of one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessHeld {
    /// The name of its program.
    pub program: String,
    /// How its pages were counted.
    pub scan: Scan,
    /// What it held.
    pub split: Split,
    /// Bytes of tables beside that.
    pub table_bytes: u64,
}

/// What the blocks of one call stack pin, in all processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteHeld {
    /// The call stack.
    pub stack: StackId,
    /// Its blocks.
    pub pins: SitePins,
}

/// What the heaps of a recording held.
///
/// What a forked process shares with its parent counts in each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fragmentation {
    /// The processes, those that held most first.
    pub processes: Vec<ProcessHeld>,
    /// The sum over all of them, whatever class was chosen.
    pub split: Split,
    /// Bytes of tables beside that.
    pub table_bytes: u64,
    /// The size classes by size, last the blocks that have pages of their own; or the one that was
    /// chosen.
    pub classes: Vec<Class>,
    /// The call stacks that pin anything, those that pin most first.
    pub sites: Vec<SiteHeld>,
    /// Bytes that are pinned in the classes above, where call stacks are known.
    pub pinned_by_sites: u64,
    /// Whether call stacks are known of any process.
    pub has_sites: bool,
    /// Whether of each block is known how much of it was asked for.
    pub has_requested: bool,
}

impl Fragmentation {
    /// Puts the processes together. Where `class_bytes` are named, only the class is shown that
    /// blocks of so many bytes are of.
    pub fn of<'a>(held: impl IntoIterator<Item = HeldOf<'a>>, class_bytes: Option<u64>) -> Self {
        let mut this = Self {
            has_requested: true,
            ..Self::default()
        };
        let mut classes = BTreeMap::new();
        let mut sites = BTreeMap::new();
        for one in held {
            this.add(one, class_bytes, &mut classes, &mut sites);
        }
        this.classes = classes.into_values().collect();
        let sites = sites.into_iter();
        this.sites = sites
            .map(|(stack, pins)| SiteHeld { stack, pins })
            .filter(|site| site.pins.pinned_free_bytes > 0)
            .collect();
        let order = |site: &SiteHeld| (Reverse(site.pins.pinned_free_bytes), site.stack);
        this.sites.sort_by_key(order);
        let pinned = this.sites.iter().map(|site| site.pins.pinned_free_bytes);
        this.pinned_by_sites = saturating_sum(pinned);
        let order = |process: &ProcessHeld| (Reverse(process.split.held()), process.scan.pid);
        this.processes.sort_by_key(order);
        this
    }

    fn add(
        &mut self,
        one: HeldOf<'_>,
        class_bytes: Option<u64>,
        classes: &mut BTreeMap<u64, Class>,
        sites: &mut BTreeMap<StackId, SitePins>,
    ) {
        let HeldOf {
            recorded, stacks, ..
        } = one;
        self.split += *recorded.split();
        self.table_bytes = self.table_bytes.saturating_add(recorded.table_bytes());
        self.has_sites |= recorded.has_sites();
        self.has_requested &= recorded.scan().has_requested;
        self.processes.push(ProcessHeld {
            program: one.program.to_owned(),
            scan: *recorded.scan(),
            split: *recorded.split(),
            table_bytes: recorded.table_bytes(),
        });
        let wanted = class_bytes.map(|bytes| class_of(recorded.classes(), bytes));
        let is_wanted = |class: usize| wanted.is_none_or(|wanted| wanted == Some(class));
        for (at, class) in recorded.classes().iter().enumerate() {
            if is_wanted(at) {
                let key = class.block_bytes.unwrap_or(u64::MAX);
                classes
                    .entry(key)
                    .and_modify(|sum| add_class(sum, class))
                    .or_insert(*class);
            }
        }
        for row in recorded.rows().iter().filter(|row| is_wanted(row.class)) {
            let stack = stacks.get(row.site).copied().unwrap_or_default();
            *sites.entry(stack).or_default() += row.pins;
        }
    }
}

/// The largest block that shares a heap page with others, as the heap has it.
const LARGEST_BYTES: u64 = 512 << 10;

/// The class that blocks of `bytes` are of, by its index, if it has pages.
fn class_of(classes: &[Class], bytes: u64) -> Option<usize> {
    classes.iter().position(|class| match class.block_bytes {
        Some(block) => bytes <= block && bytes.max(1) > block.saturating_sub(step(block)),
        None => bytes > LARGEST_BYTES,
    })
}

/// How much smaller the blocks of the next smaller class are: 16 bytes up to 128, then an eighth
/// of the power of two below.
fn step(block_bytes: u64) -> u64 {
    match block_bytes.saturating_sub(1).checked_ilog2() {
        Some(doubling) if block_bytes > 128 => 1 << (doubling - 3),
        _ => 16,
    }
}

fn add_class(sum: &mut Class, other: &Class) {
    let add = |sum: &mut u64, term: u64| *sum = sum.saturating_add(term);
    add(&mut sum.pages, other.pages);
    add(&mut sum.partly_pages, other.partly_pages);
    add(&mut sum.empty_pages, other.empty_pages);
    add(&mut sum.slots, other.slots);
    add(&mut sum.carved, other.carved);
    add(&mut sum.live_blocks, other.live_blocks);
    add(&mut sum.free_slots, other.free_slots);
    sum.split += other.split;
}
