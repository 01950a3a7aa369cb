//! The simple model: a map of what must be there, checked after every step of a script.

use std::collections::BTreeMap;
use tenure_place::{AllocError, Heap, Reachable, Region, ResizeError, Space, Strategy};

/// Bytes at each end of a block that carry its pattern; smaller blocks carry it throughout.
const EDGE_BYTES: usize = 24;

/// Bytes that no smallest block of any space here exceeds, twice.
const SMALLEST_MAX: usize = 128;

/// One step; picks count among the live blocks.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Alloc {
        bytes: usize,
        align_log2: u32,
    },
    Free {
        pick: usize,
    },
    Resize {
        pick: usize,
        bytes: usize,
    },
    Reallocate {
        pick: usize,
        bytes: usize,
    },
    /// Frees a block twice.
    FreeTwice {
        pick: usize,
    },
    /// Frees an offset where no block begins, inside a block or not.
    FreeForeign {
        pick: usize,
        inside: usize,
    },
}

struct Held {
    usable: usize,
    asked: usize,
    align: usize,
    fill: u8,
}

/// A heap, and what must be in it.
pub(crate) struct Shadow<'a, S, M> {
    heap: &'a mut Heap<S, M>,
    held: BTreeMap<usize, Held>,
    /// Offsets, for picks.
    order: Vec<usize>,
    fills: u8,
    /// How often all invariants are walked: at every step, or at every so many.
    every: usize,
    steps: usize,
}

impl<'a, S: Strategy, M: Space<Data: Reachable>> Shadow<'a, S, M> {
    pub(crate) fn new(heap: &'a mut Heap<S, M>, every: usize) -> Self {
        Self {
            heap,
            held: BTreeMap::new(),
            order: Vec::new(),
            fills: 0,
            every,
            steps: 0,
        }
    }

    pub(crate) fn live(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn step(&mut self, op: &Op) {
        match *op {
            Op::Alloc { bytes, align_log2 } => self.alloc(bytes, 1 << align_log2),
            Op::Free { pick } => self.picked(pick, |shadow, offset| {
                shadow.take(offset);
                shadow.heap.free(offset).expect("a live block is freed");
            }),
            Op::Resize { pick, bytes } => {
                self.picked(pick, |shadow, offset| shadow.resize(offset, bytes));
            }
            Op::Reallocate { pick, bytes } => {
                self.picked(pick, |shadow, offset| shadow.reallocate(offset, bytes));
            }
            Op::FreeTwice { pick } => self.picked(pick, |shadow, offset| {
                shadow.take(offset);
                shadow.heap.free(offset).expect("a live block is freed");
                let again = shadow.heap.free(offset);
                assert!(again.is_err(), "a second free of {offset}: {again:?}");
            }),
            Op::FreeForeign { pick, inside } => self.picked(pick, |shadow, offset| {
                let foreign = offset + 1 + inside % shadow.held[&offset].usable;
                if !shadow.held.contains_key(&foreign) {
                    let freed = shadow.heap.free(foreign);
                    assert!(
                        freed.is_err(),
                        "a free of {foreign} inside {offset}: {freed:?}"
                    );
                }
            }),
        }
        self.steps += 1;
        if self.steps.is_multiple_of(self.every) {
            self.check();
        }
    }

    /// Frees everything; the heap must be as few pieces as `fresh` had.
    pub(crate) fn end(mut self, fresh_pieces: usize) {
        self.check();
        for offset in std::mem::take(&mut self.order) {
            self.verify(offset);
            self.held.remove(&offset);
            self.heap.free(offset).expect("a live block is freed");
        }
        self.check();
        let metrics = self.heap.metrics();
        assert_eq!(metrics.used_blocks, 0);
        assert_eq!(
            metrics.free_blocks, fresh_pieces,
            "all free pieces have joined"
        );
        assert_eq!(metrics.requested_bytes, 0);
        assert_eq!(metrics.used_bytes, 0);
    }

    fn picked(&mut self, pick: usize, act: impl FnOnce(&mut Self, usize)) {
        if !self.order.is_empty() {
            let offset = self.order[pick % self.order.len()];
            act(self, offset);
        }
    }

    fn alloc(&mut self, bytes: usize, align: usize) {
        let largest = self.heap.largest_free();
        match self.heap.allocate(bytes, align) {
            Ok(block) => {
                assert!(block.usable >= bytes && block.offset + block.usable <= self.span());
                let origin = self.origin();
                assert_eq!((origin + block.offset) % align, 0, "align {align}");
                self.put(block.offset, block.usable, bytes, align);
            }
            Err(AllocError::Full) => {
                // An aligned place may need more, and so may a search that rounds sizes up.
                let lead = if align > 8 { align + SMALLEST_MAX } else { 0 };
                let rounding = if self.rounds_up() {
                    bytes / 8 + SMALLEST_MAX
                } else {
                    0
                };
                let needed = bytes + lead + rounding;
                assert!(needed > largest, "{bytes} at {align} fit in {largest}");
            }
            Err(AllocError::TooLarge) => assert!(bytes.max(align) * 2 > self.span()),
            Err(other) => panic!("{bytes} at {align}: {other}"),
        }
    }

    /// Whether the strategy's search may pass by a block that would fit just so.
    fn rounds_up(&self) -> bool {
        std::any::type_name::<S>().contains("TwoLevel")
    }

    fn span(&self) -> usize {
        self.heap.space().data().words() * 8
    }

    fn origin(&self) -> usize {
        let is_inline = M::HEADER > 0;
        if is_inline {
            self.heap.space().data().origin()
        } else {
            0
        }
    }

    fn put(&mut self, offset: usize, usable: usize, asked: usize, align: usize) {
        let below = self.held.range(..=offset).next_back();
        let is_apart = below.is_none_or(|(&at, held)| at + held.usable <= offset);
        let above = self.held.range(offset..).next();
        assert!(is_apart, "{offset} overlaps the block below");
        assert!(
            above.is_none_or(|(&at, _)| offset + usable <= at),
            "{offset} overlaps above"
        );
        self.fills = self.fills.wrapping_add(1);
        let held = Held {
            usable,
            asked,
            align,
            fill: self.fills,
        };
        self.held.insert(offset, held);
        self.order.push(offset);
        self.write(offset);
    }

    fn write(&mut self, offset: usize) {
        let (usable, fill) = (self.held[&offset].usable, self.held[&offset].fill);
        let edge = [fill | 0x80; EDGE_BYTES];
        let count = usable.min(EDGE_BYTES);
        self.heap.write(offset, 0, &edge[..count]).unwrap();
        self.heap
            .write(offset, usable - count, &edge[..count])
            .unwrap();
    }

    /// The contents are what was written, at the front and at the end.
    fn verify(&self, offset: usize) {
        let held = &self.held[&offset];
        let count = held.usable.min(EDGE_BYTES);
        for from in [0, held.usable - count] {
            let mut seen = [0; EDGE_BYTES];
            self.heap.read(offset, from, &mut seen[..count]).unwrap();
            assert_eq!(
                seen[..count],
                [held.fill | 0x80; EDGE_BYTES][..count],
                "at {offset}"
            );
        }
    }

    fn take(&mut self, offset: usize) -> Held {
        self.verify(offset);
        let place = self.order.iter().position(|&at| at == offset);
        self.order.swap_remove(place.expect("it is live"));
        self.held.remove(&offset).expect("it is live")
    }

    fn front(&self, offset: usize) -> [u8; EDGE_BYTES] {
        let mut seen = [0; EDGE_BYTES];
        let count = self.heap.block(offset).unwrap().usable.min(EDGE_BYTES);
        self.heap.read(offset, 0, &mut seen[..count]).unwrap();
        seen
    }

    fn resize(&mut self, offset: usize, bytes: usize) {
        match self.heap.resize(offset, bytes) {
            Ok(block) => {
                assert_eq!(block.offset, offset);
                self.resized(offset, offset, block.usable, bytes);
            }
            Err(ResizeError::NoRoom | ResizeError::TooLarge) => {
                assert!(bytes > self.held[&offset].usable, "shrinking always works");
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn reallocate(&mut self, offset: usize, bytes: usize) {
        match self
            .heap
            .reallocate(offset, bytes, self.held[&offset].align)
        {
            Ok(block) => self.resized(offset, block.offset, block.usable, bytes),
            Err(AllocError::Full | AllocError::TooLarge) => {}
            Err(other) => panic!("{other}"),
        }
    }

    /// The front of the old block stands at the new place.
    fn resized(&mut self, old: usize, new: usize, usable: usize, bytes: usize) {
        assert!(usable >= bytes);
        let place = self
            .order
            .iter()
            .position(|&at| at == old)
            .expect("it is live");
        self.order.swap_remove(place);
        let held = self.held.remove(&old).expect("it is live");
        let kept = held.usable.min(usable).min(EDGE_BYTES);
        assert_eq!(
            self.front(new)[..kept],
            [held.fill | 0x80; EDGE_BYTES][..kept]
        );
        self.put(new, usable, bytes, held.align);
    }

    fn check(&self) {
        self.heap.check().expect("all invariants hold");
        let metrics = self.heap.metrics();
        assert_eq!(metrics.used_blocks, self.held.len());
        let usable: usize = self.held.values().map(|held| held.usable).sum();
        let asked: usize = self.held.values().map(|held| held.asked).sum();
        assert_eq!(metrics.used_bytes, usable);
        assert!((asked..=usable).contains(&metrics.requested_bytes));
        for &offset in self.held.keys() {
            self.verify(offset);
        }
    }
}
