//! Sizes, alignments and spans that nobody should ask for, and metadata written over.

use super::random::Random;
use tenure_base::Align;
use tenure_place::{
    AddressOrderedFit, AllocError, BestFit, Bitmap, Buddy, FirstFit, FormatError, FreeError, Heap,
    Inline, NextFit, OutOfReach, ResizeError, Segregated, Strategy, Table, Tlsf, WorstFit,
};

fn sizes_and_alignments<S: Strategy>(strategy: S) {
    let mut heap = Heap::new(strategy, Inline::new([0; 1024]));
    for align in [1, 8, 1 << 30, 1 << 62] {
        for bytes in [
            usize::MAX,
            usize::MAX - 7,
            usize::MAX / 2 + 1,
            1 << 32,
            8192,
        ] {
            assert_eq!(
                heap.allocate(bytes, align),
                Err(AllocError::TooLarge),
                "{bytes} {align}"
            );
        }
        assert!(heap.allocate(0, align).is_err());
    }
    assert_eq!(heap.allocate(0, 8), Err(AllocError::ZeroSize));
    assert_eq!(heap.allocate(8, 1 << 30), Err(AllocError::TooLarge));
    assert_eq!(heap.allocate(8, 0), Err(AllocError::BadAlign));
    assert_eq!(heap.allocate(8, 3), Err(AllocError::BadAlign));
    let block = heap.allocate(100, 8).unwrap().offset;
    assert_eq!(heap.resize(block, 0), Err(ResizeError::ZeroSize));
    for bytes in [usize::MAX, usize::MAX - 7, 1 << 40] {
        assert_eq!(heap.resize(block, bytes), Err(ResizeError::TooLarge));
        assert_eq!(heap.reallocate(block, bytes, 8), Err(AllocError::TooLarge));
    }
    for offset in [1, 4, 8191, 8192, 1 << 40, usize::MAX, usize::MAX - 7] {
        assert!(heap.free(offset).is_err(), "{offset}");
    }
    let mut byte = [0];
    assert_eq!(
        heap.read(block, usize::MAX, &mut byte),
        Err(FreeError::OutOfSpan)
    );
    assert_eq!(
        heap.write(block, usize::MAX - 1, &byte),
        Err(FreeError::OutOfSpan)
    );
    heap.check().unwrap();
    heap.free(block).unwrap();
}

fn tiny_spans<S: Strategy>(strategy: impl Fn() -> S) {
    let mut memory = [u64::MAX; 24];
    for words in 0..memory.len() {
        let mut heap = Heap::new(strategy(), Inline::new(&mut memory[..words]));
        assert!(heap.free(8).is_err(), "nothing was placed yet");
        assert_eq!(heap.largest_free(), 0);
        assert_eq!(heap.metrics().used_bytes, 0);
        heap.check().unwrap();
        match heap.allocate(1, 8) {
            Ok(block) => {
                heap.check().unwrap();
                heap.free(block.offset).unwrap();
            }
            Err(why) => assert_eq!(why, AllocError::Unusable(FormatError::TooSmall)),
        }
    }
}

/// Somebody writes random words into the region, metadata included: errors, at worst wrong blocks
/// inside the region, but no panic and no loop without end.
fn written_over<S: Strategy>(strategy: impl Fn() -> S) {
    for seed in 0..if cfg!(miri) { 2 } else { 60 } {
        let mut random = Random::new(seed);
        let cells: Vec<_> = (0..512).map(|_| std::cell::Cell::new(0u64)).collect();
        let mut heap = Heap::new(strategy(), Inline::new(&cells[..]));
        let mut offsets = Vec::new();
        for step in 0..200 {
            if random.below(2) == 0 {
                if let Ok(block) = heap.allocate(1 + random.below(300), 8) {
                    assert!(block.offset < 4096);
                    offsets.push(block.offset);
                }
            } else if !offsets.is_empty() {
                let offset = offsets.swap_remove(random.below(offsets.len()));
                let _ = heap.free(offset);
            }
            if step > 50 && random.below(4) == 0 {
                let word = match random.below(3) {
                    0 => random.next() << 32 | random.next(),
                    1 => random.next() & 0x3_0000_00ff,
                    _ => 0,
                };
                cells[random.below(512)].set(word);
            }
            let _ = heap.check();
            heap.walk(|_| true);
            let _ = heap.largest_free();
        }
    }
}

macro_rules! each {
    ($act:ident) => {
        $act(FirstFit::new);
        $act(NextFit::new);
        $act(BestFit::new);
        $act(WorstFit::new);
        $act(AddressOrderedFit::new);
        $act(Segregated::new);
        $act(Tlsf::new);
        $act(Buddy::new);
        $act(Bitmap::new);
    };
}

#[test]
fn hostile_sizes_are_errors() {
    sizes_and_alignments(FirstFit::new());
    sizes_and_alignments(NextFit::new());
    sizes_and_alignments(BestFit::new());
    sizes_and_alignments(WorstFit::new());
    sizes_and_alignments(AddressOrderedFit::new());
    sizes_and_alignments(Segregated::new());
    sizes_and_alignments(Tlsf::new());
    sizes_and_alignments(Buddy::new());
    sizes_and_alignments(Bitmap::new());
}

#[test]
fn tiny_spans_are_errors() {
    each!(tiny_spans);
}

#[test]
fn metadata_written_over_neither_panics_nor_hangs() {
    each!(written_over);
}

#[test]
fn a_short_table_says_what_it_needs() {
    let granule = Align::new(64).unwrap();
    let mut table = [0; 10];
    let space = Table::new(OutOfReach::new(4096), &mut table[..], granule);
    let needed = Table::<&mut [u64], OutOfReach>::words_for(4096, granule);
    let mut heap = Heap::new(Tlsf::new(), space);
    assert_eq!(heap.format(), Err(FormatError::ShortTable(needed)));
    let space = Table::new(OutOfReach::new(1 << 30), &mut table[..], granule);
    let buddy = Heap::new(Buddy::new(), space).format();
    assert!(
        matches!(buddy, Err(FormatError::ShortTable(_))),
        "{buddy:?}"
    );
}

#[test]
fn more_granules_than_can_be_counted_are_refused() {
    let granule = Align::new(8).unwrap();
    for bytes in [1 << 40, usize::MAX] {
        let mut table = [0; 10];
        let space = Table::new(OutOfReach::new(bytes), &mut table[..], granule);
        assert_eq!(
            Heap::new(Tlsf::new(), space).format(),
            Err(FormatError::TooLarge)
        );
        let space = Table::new(OutOfReach::new(bytes), &mut table[..], granule);
        let bitmap = Bitmap::with_granule(granule);
        assert_eq!(
            Heap::new(bitmap, space).format(),
            Err(FormatError::TooLarge)
        );
    }
}
