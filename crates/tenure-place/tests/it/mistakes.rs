//! Mistakes that placement allocators were found to make, each of which would fail a test here.

use std::cell::Cell;
use tenure_base::Align;
use tenure_place::{
    AllocError, Bitmap, Buddy, FirstFit, FormatError, FreeError, Heap, Inline, OutOfReach,
    Segregated, Strategy, Table, Tlsf,
};

/// A reallocation that copies as many bytes as the new block has reads beyond the old one.
#[test]
fn reallocation_copies_the_old_size_and_no_more() {
    let cells: Vec<_> = (0..256).map(|_| Cell::new(0x1111_1111_1111_1111)).collect();
    let mut heap = Heap::new(FirstFit::new(), Inline::new(&cells[..]));
    let small = heap.allocate(24, 8).unwrap().offset;
    let neighbour = heap.allocate(64, 8).unwrap().offset;
    heap.write(small, 0, &[1; 24]).unwrap();
    heap.write(neighbour, 0, &[2; 64]).unwrap();
    let large = heap.reallocate(small, 200, 8).unwrap();
    assert_ne!(large.offset, small);
    let mut seen = [0; 200];
    heap.read(large.offset, 0, &mut seen).unwrap();
    assert_eq!(seen[..24], [1; 24]);
    assert!(!seen[24..].contains(&2), "the neighbour was copied too");
    heap.check().unwrap();
}

/// The same, downwards: a block that shrinks must not write beyond its new end.
#[test]
fn reallocation_downwards_stays_inside_the_new_block() {
    let mut heap = Heap::new(Tlsf::new(), Inline::new([0; 256]));
    let block = heap.allocate(400, 8).unwrap().offset;
    heap.write(block, 0, &[1; 400]).unwrap();
    let shrunk = heap.reallocate(block, 16, 8).unwrap();
    let neighbour = heap.allocate(300, 8).unwrap().offset;
    heap.write(neighbour, 0, &[2; 300]).unwrap();
    let mut seen = [0; 16];
    heap.read(shrunk.offset, 0, &mut seen).unwrap();
    assert_eq!(seen, [1; 16]);
    heap.check().unwrap();
}

/// A heap over a region too small for one node, or not aligned, wrote outside of it.
#[test]
fn a_heap_over_a_tiny_or_crooked_region_stays_inside() {
    let cells: Vec<_> = (0..40).map(|_| Cell::new(u64::MAX)).collect();
    for start in 8..16 {
        for words in 0..16 {
            let region = &cells[start..start + words];
            let mut heap = Heap::new(Segregated::new(), Inline::new(region));
            let mut placed = 0;
            while heap.allocate(8, 16).is_ok() {
                placed += 1;
            }
            assert!(placed <= words / 2);
            let outside = cells[..start].iter().chain(&cells[start + words..]);
            assert!(outside.clone().all(|cell| cell.get() == u64::MAX));
            region.iter().for_each(|cell| cell.set(u64::MAX));
        }
    }
}

/// A failed request must be an error that cannot be overlooked, and leave the heap as it was.
#[test]
fn exhaustion_is_an_error_and_changes_nothing() {
    let mut heap = Heap::new(Tlsf::new(), Inline::new([0; 64]));
    let fill = heap.fill(|| 40);
    assert_eq!(fill.why, AllocError::Full);
    let before = heap.metrics();
    for _ in 0..100 {
        assert_eq!(heap.allocate(40, 8), Err(AllocError::Full));
    }
    let after = heap.metrics();
    assert_eq!(before.used_bytes, after.used_bytes);
    assert_eq!(before.free_blocks, after.free_blocks);
    assert_eq!(after.failures, before.failures + 100);
    heap.check().unwrap();
}

/// A search that goes on to the next chunk when the block does not fit may do so for ever.
#[test]
fn a_request_that_never_fits_ends() {
    for bytes in [513, 4000, 4088, 4096, 1 << 20] {
        let mut first = Heap::new(FirstFit::new(), Inline::new([0; 64]));
        assert!(first.allocate(bytes, 8).is_err());
        let mut bitmap = Heap::new(Bitmap::new(), Inline::new([0; 64]));
        assert!(bitmap.allocate(bytes, 8).is_err());
        let mut buddy = Heap::new(Buddy::new(), Inline::new([0; 64]));
        assert!(buddy.allocate(bytes, 8).is_err());
    }
}

/// Length and capacity confused: growing from the bytes asked for instead of the usable ones, or
/// the other way round, loses contents or hands out a neighbour's.
#[test]
fn growing_within_the_slack_keeps_the_block_and_its_books() {
    let mut heap = Heap::new(Tlsf::new(), Inline::new([0; 256]));
    let block = heap.allocate(41, 8).unwrap();
    let wall = heap.allocate(8, 8).unwrap();
    assert_eq!((block.usable, block.requested), (48, 41));
    let grown = heap.resize(block.offset, 48).unwrap();
    assert_eq!((grown.usable, grown.requested), (48, 48));
    assert!(heap.resize(block.offset, 49).is_err());
    assert_eq!(heap.metrics().requested_bytes, 48 + 8);
    heap.free(wall.offset).unwrap();
    heap.free(block.offset).unwrap();
    assert_eq!(heap.metrics().requested_bytes, 0);
}

/// Sizes near the end of the word that wrap round to small ones.
#[test]
fn sizes_that_overflow_are_refused() {
    for bytes in usize::MAX - 70..=usize::MAX {
        let mut inline = Heap::new(FirstFit::new(), Inline::new([0; 64]));
        assert_eq!(inline.allocate(bytes, 8), Err(AllocError::TooLarge));
        let mut table = [0; 64];
        let granule = Align::new(64).unwrap();
        let space = Table::new(OutOfReach::new(1024), &mut table[..], granule);
        assert_eq!(
            Heap::new(Tlsf::new(), space).allocate(bytes, 8),
            Err(AllocError::TooLarge)
        );
    }
}

fn second_frees<S: Strategy>(strategy: S) {
    let mut heap = Heap::new(strategy, Inline::new([0; 512]));
    let blocks = [40, 100, 60, 200, 30].map(|bytes| heap.allocate(bytes, 8).unwrap().offset);
    // Alone, before a free neighbour, behind one, and between two.
    for at in [1, 3, 4, 0, 2] {
        heap.free(blocks[at]).unwrap();
        for freed in [1, 3, 4, 0, 2] {
            let again = heap.free(blocks[freed]);
            if again.is_ok() {
                panic!("a second free of block {freed} after {at}");
            }
            if freed == at {
                break;
            }
        }
        heap.check().unwrap();
    }
}

/// A second free that puts a block into its list twice hands it out twice.
#[test]
fn a_second_free_is_an_error() {
    second_frees(FirstFit::new());
    second_frees(Segregated::new());
    second_frees(Tlsf::new());
    second_frees(Buddy::new());
    second_frees(Bitmap::new());
}

/// With metadata out of band, or in a map, no contents can pretend to be a block.
#[test]
fn forged_tags_in_contents_are_no_blocks() {
    let granule = Align::new(64).unwrap();
    let mut memory = [0u64; 512];
    let mut table = [0u64; 200];
    let mut heap = Heap::new(
        Tlsf::new(),
        Table::new(&mut memory[..], &mut table[..], granule),
    );
    let block = heap.allocate(1024, 8).unwrap().offset;
    let forged = 0x0000_0000_0000_0004u64.to_ne_bytes();
    for at in (0..1024).step_by(8) {
        heap.write(block, at, &forged).unwrap();
    }
    for inside in 1..1024 {
        assert!(heap.free(block + inside).is_err());
    }
    heap.free(block).unwrap();
    let mut heap = Heap::new(Bitmap::new(), Inline::new([0; 512]));
    let block = heap.allocate(1024, 8).unwrap().offset;
    for at in (0..1024).step_by(8) {
        heap.write(block, at, &forged).unwrap();
    }
    for inside in 1..1024 {
        assert!(heap.free(block + inside).is_err());
    }
}

/// An overflow by one word destroys the tag behind; the next free says so instead of following it.
#[test]
fn an_overflow_into_the_next_tag_is_found_by_free() {
    let cells: Vec<_> = (0..128).map(|_| Cell::new(0)).collect();
    let mut heap = Heap::new(Tlsf::new(), Inline::new(&cells[..]));
    let block = heap.allocate(40, 8).unwrap();
    let next = heap.allocate(40, 8).unwrap();
    cells[(block.offset + block.usable) / 8].set(0x4141_4141_4141_4141);
    assert_eq!(heap.free(block.offset), Err(FreeError::Corrupt));
    assert!(heap.free(next.offset).is_err());
    assert!(heap.check().is_err());
}

/// Static heaps whose construction is not constant are not formatted when first used.
#[test]
fn a_static_heap_formats_itself_at_first_use() {
    use std::sync::Mutex;
    static HEAP: Mutex<Heap<Tlsf, Inline<[u64; 64]>>> =
        Mutex::new(Heap::new(Tlsf::new(), Inline::new([0; 64])));
    let mut heap = HEAP.lock().unwrap();
    assert_eq!(heap.free(8), Err(FreeError::OutOfSpan));
    heap.check().unwrap();
    assert!(heap.allocate(400, 8).is_ok());
    heap.check().unwrap();
}

/// A region that moves between addresses, as a mapped file does, keeps its blocks.
#[test]
fn a_heap_that_lies_elsewhere_works_on() {
    let mut heap = Heap::new(Tlsf::new(), Inline::new([0; 256]));
    let block = heap.allocate(100, 8).unwrap().offset;
    heap.write(block, 0, b"moved").unwrap();
    let mut moved = Box::new(heap);
    let mut seen = [0; 5];
    moved.read(block, 0, &mut seen).unwrap();
    assert_eq!(&seen, b"moved");
    moved.check().unwrap();
    moved.free(block).unwrap();
}

/// Without a word of room the error is about the span, not about the request.
#[test]
fn an_empty_region_says_that_it_is_too_small() {
    let mut heap = Heap::new(Buddy::new(), Inline::new([0; 0]));
    assert_eq!(heap.format(), Err(FormatError::TooSmall));
    assert_eq!(
        heap.allocate(8, 8),
        Err(AllocError::Unusable(FormatError::TooSmall))
    );
}
