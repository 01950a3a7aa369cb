//! A cursor against a model: every block keeps its bytes, and no two share one.

use core::alloc::Layout;
use core::ptr::NonNull;
use std::vec::Vec;

use proptest::prelude::*;

use super::{Bump, Mark, Source};
use crate::arena::Arena;
use crate::chunks::HEADER_BYTES;
use crate::side::Side;

/// One step of a script. Indices are taken modulo what there is.
#[derive(Clone, Debug)]
enum Op {
    Alloc {
        cursor: usize,
        size: usize,
        align_log2: u32,
    },
    Grow {
        block: usize,
        more: usize,
    },
    Shrink {
        block: usize,
        keep: usize,
    },
    Free {
        block: usize,
    },
    OpenSide,
    CloseSide {
        side: usize,
    },
    EnterTail {
        cursor: usize,
    },
    LeaveTail,
}

fn op() -> impl Strategy<Value = Op> {
    let size = prop_oneof![4 => 0..200usize, 2 => 0..9_000usize, 1 => 200_000..400_000usize];
    prop_oneof![
        8 => (any::<usize>(), size, 0..9u32)
            .prop_map(|(cursor, size, align_log2)| Op::Alloc { cursor, size, align_log2 }),
        3 => (any::<usize>(), 0..5_000usize).prop_map(|(block, more)| Op::Grow { block, more }),
        2 => (any::<usize>(), any::<usize>())
            .prop_map(|(block, keep)| Op::Shrink { block, keep }),
        2 => any::<usize>().prop_map(|block| Op::Free { block }),
        1 => Just(Op::OpenSide),
        1 => any::<usize>().prop_map(|side| Op::CloseSide { side }),
        2 => any::<usize>().prop_map(|cursor| Op::EnterTail { cursor }),
        2 => Just(Op::LeaveTail),
    ]
}

/// A block and what is written in it.
struct Block {
    cursor: u64,
    place: NonNull<u8>,
    layout: Layout,
    fill: u8,
}

impl Block {
    fn check(&self, len: usize) {
        // Both ends in full, the middle in steps: blocks may be large.
        for offset in (0..len.min(64))
            .chain((64..len).step_by(1021))
            .chain(len.saturating_sub(64)..len)
        {
            // SAFETY: inside the block, which was filled when it was made.
            let byte = unsafe { self.place.add(offset).read() };
            assert_eq!(byte, self.fill, "byte {offset} of {:?}", self.layout);
        }
    }

    fn fill(&self) {
        // SAFETY: the block has so many bytes.
        unsafe { self.place.write_bytes(self.fill, self.layout.size()) };
    }
}

/// The arena's cursor (number 0) and its sides, with all blocks that are alive.
struct Shadow<'a> {
    arena: &'a Arena,
    sides: Vec<(u64, Side<'a>)>,
    blocks: Vec<Block>,
    /// Of which cursor, where it stood, and how many blocks it had.
    tails: Vec<(u64, Mark)>,
    made: u64,
}

impl<'a> Shadow<'a> {
    fn cursor(&self, number: u64) -> &Bump {
        match self.sides.iter().find(|side| side.0 == number) {
            Some((_, side)) => side,
            None => self.arena,
        }
    }

    fn pick(&self, cursor: usize) -> u64 {
        match cursor % (self.sides.len() + 1) {
            0 => 0,
            n => self.sides[n - 1].0,
        }
    }

    /// Blocks that were made before the innermost tail of their cursor must not be touched.
    fn is_free_to_change(&self, block: usize) -> bool {
        let block = &self.blocks[block];
        self.tails.iter().all(|(cursor, _)| *cursor != block.cursor)
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Alloc {
                cursor,
                size,
                align_log2,
            } => self.alloc(cursor, size, 1 << align_log2),
            Op::Grow { block, more } => self.resize(block, |size| size + more),
            Op::Shrink { block, keep } => self.resize(block, |size| keep % (size + 1)),
            Op::Free { block } => self.free(block),
            Op::OpenSide => {
                self.made += 1;
                self.sides.push((self.made, self.arena.side()));
            }
            Op::CloseSide { side } if !self.sides.is_empty() => {
                let index = side % self.sides.len();
                let number = self.sides[index].0;
                if self.tails.iter().all(|(cursor, _)| *cursor != number) {
                    self.end_blocks(|block| block.cursor == number);
                    self.sides.remove(index);
                }
            }
            Op::EnterTail { cursor } => {
                let number = self.pick(cursor);
                let mark = self.cursor(number).mark();
                self.tails.push((number, mark));
                // From here on new blocks of this cursor belong to the tail: told by their number.
                self.blocks
                    .iter_mut()
                    .filter(|block| block.cursor == number)
                    .for_each(|block| block.fill = !block.fill);
                for block in self.blocks.iter().filter(|block| block.cursor == number) {
                    block.fill();
                }
                self.tails.last_mut().unwrap().0 = number;
                self.made += 1;
            }
            Op::LeaveTail => self.leave_tail(),
            Op::CloseSide { .. } => {}
        }
    }

    fn alloc(&mut self, cursor: usize, size: usize, align: usize) {
        let layout = Layout::from_size_align(size, align).unwrap();
        let number = self.pick(cursor);
        let place = self.cursor(number).allocate(layout).unwrap();
        assert_eq!(place.addr().get() % align, 0);
        self.made += 1;
        let block = Block {
            cursor: number,
            place,
            layout,
            fill: self.made as u8,
        };
        block.fill();
        self.blocks.push(block);
    }

    fn resize(&mut self, block: usize, size: impl FnOnce(usize) -> usize) {
        if self.blocks.is_empty() {
            return;
        }
        let index = block % self.blocks.len();
        if !self.is_free_to_change(index) {
            return;
        }
        let (old, place, number) = {
            let block = &self.blocks[index];
            (block.layout, block.place, block.cursor)
        };
        let new = Layout::from_size_align(size(old.size()), old.align()).unwrap();
        // SAFETY: the block came from this cursor with this layout, and no tail lies on top.
        let moved = unsafe {
            if new.size() >= old.size() {
                self.cursor(number).grow(place, old, new)
            } else {
                self.cursor(number).shrink(place, old, new)
            }
        };
        let block = &mut self.blocks[index];
        block.place = moved.unwrap();
        block.layout = new;
        block.check(old.size().min(new.size()));
        block.fill();
    }

    fn free(&mut self, block: usize) {
        if self.blocks.is_empty() {
            return;
        }
        let index = block % self.blocks.len();
        if self.is_free_to_change(index) {
            let block = self.blocks.swap_remove(index);
            block.check(block.layout.size());
            // SAFETY: as in `resize`, and the block is forgotten.
            unsafe {
                self.cursor(block.cursor)
                    .deallocate(block.place, block.layout)
            };
        }
    }

    fn leave_tail(&mut self) {
        let Some((number, mark)) = self.tails.pop() else {
            return;
        };
        // The blocks of this cursor that the tail made are those that the model cannot tell from
        // older ones: all are checked, and only what lies behind the mark is forgotten.
        let older: Vec<bool> = {
            let cursor = self.cursor(number);
            let before = self.blocks.len();
            let is_older = |block: &Block| cursor.is_older_than(&mark, block.place);
            let older: Vec<bool> = self
                .blocks
                .iter()
                .map(|block| block.cursor != number || is_older(block))
                .collect();
            assert_eq!(before, older.len());
            older
        };
        self.blocks
            .iter()
            .for_each(|block| block.check(block.layout.size()));
        let mut keep = older.iter();
        self.blocks.retain(|_| *keep.next().unwrap());
        // SAFETY: the innermost mark of this cursor; what was made since is forgotten above.
        unsafe { self.cursor(number).rewind(&mark) };
    }

    fn end_blocks(&mut self, is_over: impl Fn(&Block) -> bool) {
        self.blocks.retain(|block| {
            block.check(block.layout.size());
            !is_over(block)
        });
    }

    fn check(&self) {
        self.arena.supply().unwrap().check();
        for block in &self.blocks {
            block.check(block.layout.size());
        }
        let mut spans: Vec<(usize, usize)> = self
            .blocks
            .iter()
            .filter(|block| block.layout.size() > 0)
            .map(|block| (block.place.addr().get(), block.layout.size()))
            .collect();
        spans.sort_unstable();
        for pair in spans.windows(2) {
            assert!(pair[0].0 + pair[0].1 <= pair[1].0, "two blocks share bytes");
        }
    }
}

impl Bump {
    /// Whether a block of this cursor was handed out before the mark was made.
    fn is_older_than(&self, mark: &Mark, place: NonNull<u8>) -> bool {
        let lies_in = |chunk: NonNull<crate::chunks::Chunk>| {
            (chunk.addr().get()..crate::chunks::Chunk::end(chunk).addr())
                .contains(&place.addr().get())
        };
        for (chain, until) in [(&self.chunk, mark.chunk), (&self.beside, mark.beside)] {
            let mut at = chain.get();
            while at != until {
                let Some(chunk) = at else { break };
                if lies_in(chunk) {
                    return false;
                }
                // SAFETY: of this cursor's chain.
                at = unsafe { chunk.as_ref() }.next.get();
            }
        }
        match mark.chunk {
            Some(chunk) if lies_in(chunk) => place.addr().get() < mark.at.addr(),
            _ => true,
        }
    }
}

/// Runs a script; what the arena holds after it.
fn run(arena: &mut Arena, script: &[Op], checks: bool) -> usize {
    let mut shadow = Shadow {
        arena,
        sides: Vec::new(),
        blocks: Vec::new(),
        tails: Vec::new(),
        made: 0,
    };
    for op in script {
        shadow.step(op);
        if checks {
            shadow.check();
        }
    }
    while !shadow.tails.is_empty() {
        shadow.leave_tail();
    }
    drop(shadow);
    let held = arena.usage().held_bytes;
    arena.reset();
    arena.supply().unwrap().check();
    assert_eq!(arena.usage().used_bytes, 0);
    held
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 300 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_script_breaks_a_block(script in prop::collection::vec(op(), 0..60)) {
        run(&mut Arena::new(), &script, true);
    }

    #[test]
    fn the_same_work_again_asks_the_allocator_for_nothing(
        script in prop::collection::vec(op(), 0..200)
    ) {
        let mut arena = Arena::new();
        let held = run(&mut arena, &script, false);
        for _ in 0..3 {
            prop_assert_eq!(run(&mut arena, &script, false), held);
        }
    }
}

#[test]
fn growing_copies_the_old_bytes_and_not_the_new_size() {
    let arena = Arena::new();
    let old = Layout::from_size_align(16, 1).unwrap();
    let block = arena.allocate(old).unwrap();
    // SAFETY: sixteen bytes each.
    unsafe { block.write_bytes(7, 16) };
    let last = arena.slice_fill(4096 - HEADER_BYTES - 16, 9u8).as_mut_ptr();
    // SAFETY: the block came from the arena with this layout. It lies at the end of a chunk that a
    // copy of the new size would run out of.
    let grown = unsafe { arena.grow(block, old, Layout::new::<[u8; 8192]>()) }.unwrap();
    assert_ne!(grown, block);
    // SAFETY: as above.
    unsafe {
        assert_eq!(grown.add(15).read(), 7);
        assert_eq!(last.read(), 9);
    }
}

#[test]
fn a_cursor_without_memory_shares_nothing_and_asks_for_nothing() {
    let arena = Arena::new();
    arena.alloc(());
    arena.alloc_plain([0u64; 0]);
    arena.slice_fill(usize::MAX, ());
    let strict = arena.allocate(Layout::from_size_align(0, 1 << 30).unwrap());
    assert_eq!(strict.unwrap().addr().get(), 1 << 30);
    assert!(arena.text("").is_empty());
    assert_eq!(arena.usage(), crate::Usage::default());
    let other = Arena::new();
    assert_eq!(arena.at(), other.at());
    assert!(!core::ptr::eq(&raw const arena.at, &raw const other.at));
}

#[test]
fn hostile_shapes_are_refused_and_change_nothing() {
    let mut arena = Arena::new();
    arena.set_limit_bytes(1 << 20);
    arena.alloc_plain(1u8);
    let (at, usage) = (arena.at(), arena.usage());
    for (size, align) in [
        (isize::MAX as usize, 1),
        (isize::MAX as usize - 4095, 4096),
        (1, 1 << 62),
        ((1 << 62) - 1, 1 << 62),
        (1 << 21, 1),
        (1, 1 << 30),
    ] {
        let layout = Layout::from_size_align(size, align).unwrap();
        assert!(arena.allocate(layout).is_err(), "{layout:?}");
    }
    assert!(arena.try_slice_uninit::<u64>(usize::MAX).is_err());
    assert!(arena.try_slice_fill(usize::MAX / 8, 0u64).is_err());
    assert_eq!((arena.at(), arena.usage()), (at, usage));
    arena.alloc_plain(2u8);
}

#[test]
fn a_strict_alignment_is_served() {
    let arena = Arena::new();
    let largest = if cfg!(miri) { 16 } else { 30 };
    for log2 in 0..=largest {
        let layout = Layout::from_size_align(3, 1 << log2).unwrap();
        match arena.allocate(layout) {
            Ok(place) => assert_eq!(place.addr().get() % layout.align(), 0),
            Err(why) => assert_eq!((why, log2 > 25), (crate::Refused::NoMemory, true)),
        }
    }
}

#[test]
fn a_chunk_too_small_for_the_next_request_is_left_and_not_tried_for_ever() {
    let mut arena = Arena::new();
    arena.alloc_plain(0u8);
    arena.reset();
    // The spare chunk of 4 KiB does not hold it.
    assert_eq!(arena.slice_fill(100_000, 1u8).len(), 100_000);
    assert_eq!(arena.alloc_plain(7u8), &7);
}

#[test]
fn source_of_a_side_is_the_arena_s() {
    let arena = Arena::new();
    let side = arena.side();
    let deeper = side.side();
    assert!(matches!(deeper.source(), Source::Of(_)));
    deeper.alloc_plain(1u8);
    assert_eq!(arena.usage().held_bytes, 4096);
}
