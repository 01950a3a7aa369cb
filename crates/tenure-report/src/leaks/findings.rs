//! The loss records of heaps: one for each kind and call stack.

use super::KindSet;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use tenure_model::graph::{Heuristic, Kind, KindFigures, Kinds, Recorded, Scan};
use tenure_model::profile::StackId;

/// A heap that was looked at, with what the recording knows of its process.
#[derive(Clone, Copy, Debug)]
pub struct HeapOf<'a> {
    /// Its blocks and roots.
    pub recorded: &'a Recorded,
    /// The call stacks of [`Recorded::sites`], in their order.
    pub stacks: &'a [StackId],
    /// The path of the program; empty where it is not known.
    pub program: &'a str,
}

/// Blocks of one kind that one call stack allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LossRecord {
    /// What became of them.
    pub kind: Kind,
    /// Who allocated them.
    pub stack: StackId,
    /// The blocks and their bytes.
    pub direct: KindFigures,
    /// Of definitely lost ones: what is lost because of them.
    pub indirect: KindFigures,
    /// The address of one of them.
    pub address: u64,
}

impl LossRecord {
    /// Bytes of its blocks, and of what is lost because of them.
    pub fn total_bytes(&self) -> u64 {
        self.direct.bytes.saturating_add(self.indirect.bytes)
    }
}

/// The sums of one process.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessLeaks {
    /// The path of its program; empty where it is not known.
    pub program: String,
    /// How its heap was looked at.
    pub scan: Scan,
    /// Blocks and bytes by [`Kind`], in the order of [`Kind::ALL`], without what is hidden.
    pub kinds: [KindFigures; 4],
    /// What is hidden by suppressions.
    pub suppressed: KindFigures,
}

impl ProcessLeaks {
    /// Blocks and bytes of a kind.
    pub fn kind(&self, kind: Kind) -> KindFigures {
        self.kinds[kind as usize]
    }
}

/// What is lost of the heaps of a recording.
///
/// # Cost
///
/// Made in O(blocks + pointers) of each heap, one heap after the other; what stays is one record
/// for each kind and call stack of a process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Leaks {
    processes: Vec<ProcessLeaks>,
    /// Of each process its own blocks by kind and stack.
    shares: Vec<HashMap<(Kind, StackId), KindFigures>>,
    records: Vec<LossRecord>,
    heuristics: Vec<(Heuristic, KindFigures)>,
}

impl Leaks {
    /// Finds the kinds of all blocks. A block that a forked process shares with its parent is a
    /// block of each.
    pub fn of<'a>(heaps: impl IntoIterator<Item = HeapOf<'a>>) -> Self {
        let mut leaks = Self::default();
        let mut records = BTreeMap::new();
        let mut heuristics = BTreeMap::<_, KindFigures>::new();
        for heap in heaps {
            let kinds = Kinds::of(heap.recorded.graph());
            for (heuristic, held) in heap.recorded.held_by_heuristics(&kinds) {
                add(heuristics.entry(heuristic).or_default(), held);
            }
            leaks.process(heap, &kinds, &mut records);
        }
        leaks.records = records.into_values().collect();
        let order =
            |record: &LossRecord| (Reverse(record.total_bytes()), record.kind, record.stack);
        leaks.records.sort_by_key(order);
        leaks.heuristics = heuristics.into_iter().collect();
        leaks
    }

    fn process(
        &mut self,
        heap: HeapOf<'_>,
        kinds: &Kinds,
        records: &mut BTreeMap<(Kind, StackId), LossRecord>,
    ) {
        let graph = heap.recorded.graph();
        let mut process = ProcessLeaks {
            program: heap.program.to_owned(),
            scan: *heap.recorded.scan(),
            kinds: Default::default(),
            suppressed: KindFigures::default(),
        };
        let mut shares = HashMap::new();
        for node in 0..graph.nodes() {
            let kind = kinds.kind(node);
            let stack = heap.stacks.get(graph.group(node) as usize);
            let stack = stack.copied().unwrap_or_default();
            let block = KindFigures {
                blocks: 1,
                bytes: graph.size(node),
            };
            add(&mut process.kinds[kind as usize], block);
            add(shares.entry((kind, stack)).or_default(), block);
            let record = records.entry((kind, stack)).or_insert_with(|| LossRecord {
                kind,
                stack,
                direct: KindFigures::default(),
                indirect: KindFigures::default(),
                address: heap.recorded.address(node),
            });
            add(&mut record.direct, block);
            if let Some(leader) = kinds.led_by(node).filter(|_| kind == Kind::DefinitelyLost) {
                let led = KindFigures {
                    blocks: u64::from(leader.indirect_blocks),
                    bytes: leader.indirect_bytes,
                };
                add(&mut record.indirect, led);
            }
        }
        self.processes.push(process);
        self.shares.push(shares);
    }

    /// Takes out the records that `is_hidden` picks; they count as suppressed. What is lost because
    /// of a hidden record stays: it has records of its own.
    pub fn hide(&mut self, mut is_hidden: impl FnMut(&LossRecord) -> bool) {
        let mut hidden = Vec::new();
        self.records.retain(|record| {
            let is_it = is_hidden(record);
            if is_it {
                hidden.push((record.kind, record.stack));
            }
            !is_it
        });
        for (process, shares) in self.processes.iter_mut().zip(&mut self.shares) {
            for key in &hidden {
                let Some(share) = shares.remove(key) else {
                    continue;
                };
                add(&mut process.suppressed, share);
                let left = &mut process.kinds[key.0 as usize];
                left.blocks -= share.blocks;
                left.bytes = left.bytes.saturating_sub(share.bytes);
            }
        }
    }

    /// The records that are not hidden, those with the most bytes first.
    pub fn records(&self) -> &[LossRecord] {
        &self.records
    }

    /// The records of some kinds, in the same order.
    pub fn records_of(&self, kinds: KindSet) -> impl Iterator<Item = &LossRecord> {
        let records = self.records.iter();
        records.filter(move |record| kinds.has(record.kind))
    }

    /// The processes, in the order in which they were recorded.
    pub fn processes(&self) -> &[ProcessLeaks] {
        &self.processes
    }

    /// What is reachable only by heuristics, whether it is hidden or not.
    pub fn heuristics(&self) -> &[(Heuristic, KindFigures)] {
        &self.heuristics
    }

    /// Blocks and bytes of a kind in all processes, without what is hidden.
    pub fn kind(&self, kind: Kind) -> KindFigures {
        sum(self.processes.iter().map(|process| process.kind(kind)))
    }

    /// What is hidden in all processes.
    pub fn suppressed(&self) -> KindFigures {
        sum(self.processes.iter().map(|process| process.suppressed))
    }

    /// All blocks that were in use, hidden or not.
    pub fn in_use(&self) -> KindFigures {
        let kinds = Kind::ALL.into_iter().map(|kind| self.kind(kind));
        sum(kinds.chain([self.suppressed()]))
    }

    /// Whether any block of `kinds` is there that is not hidden.
    pub fn has_any(&self, kinds: KindSet) -> bool {
        kinds.iter().any(|kind| self.kind(kind).blocks > 0)
    }
}

fn add(sum: &mut KindFigures, more: KindFigures) {
    sum.blocks += more.blocks;
    sum.bytes = sum.bytes.saturating_add(more.bytes);
}

fn sum(all: impl IntoIterator<Item = KindFigures>) -> KindFigures {
    let mut whole = KindFigures::default();
    all.into_iter().for_each(|one| add(&mut whole, one));
    whole
}
