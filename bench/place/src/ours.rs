//! Tenure's strategies, called through pointers as the rivals are.

use crate::load::{Contestant, REGION_BYTES};
use std::cell::Cell;
use std::ptr::NonNull;
use tenure_base::Align;
use tenure_place::{Heap, Inline, OutOfReach, Strategy, Table};

/// A strategy with its metadata in the region.
pub(crate) struct Inside<S>(Heap<S, Inline<&'static [Cell<u64>]>>);

impl<S: Strategy + Default> Contestant for Inside<S> {
    type Block = NonNull<u8>;

    fn over(region: &'static mut [u64]) -> Self {
        let cells = Cell::from_mut(region).as_slice_of_cells();
        let mut heap = Heap::new(S::default(), Inline::new(cells));
        heap.format().expect("8 MiB are enough");
        Self(heap)
    }

    #[inline]
    fn alloc(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        let block = self.0.allocate(bytes, 8).ok()?;
        self.0.pointer(block.offset)
    }

    #[inline]
    fn free(&mut self, block: NonNull<u8>, _bytes: usize) {
        let offset = self.0.offset(block).expect("it is ours");
        self.0.free(offset).expect("it is in use");
    }
}

pub(crate) type Tlsf = Inside<tenure_place::Tlsf>;
pub(crate) type Segregated = Inside<tenure_place::Segregated>;
pub(crate) type First = Inside<tenure_place::FirstFit>;
pub(crate) type Next = Inside<tenure_place::NextFit>;
pub(crate) type Best = Inside<tenure_place::BestFit>;
pub(crate) type Worst = Inside<tenure_place::WorstFit>;
pub(crate) type Address = Inside<tenure_place::AddressOrderedFit>;
pub(crate) type Buddy = Inside<tenure_place::Buddy>;
pub(crate) type Bitmap = Inside<tenure_place::Bitmap>;

/// TLSF with a table beside the region, in granules of 16 bytes.
pub(crate) struct TlsfTable(Heap<tenure_place::Tlsf, Table<&'static [Cell<u64>], OutOfReach>>);

impl Contestant for TlsfTable {
    type Block = usize;

    fn over(_region: &'static mut [u64]) -> Self {
        let granule = Align::new(16).expect("a power of two");
        let words = Table::<&[Cell<u64>], OutOfReach>::words_for(REGION_BYTES, granule);
        let table = Cell::from_mut(vec![1; words].leak()).as_slice_of_cells();
        let space = Table::new(OutOfReach::new(REGION_BYTES), table, granule);
        let mut heap = Heap::new(tenure_place::Tlsf::new(), space);
        heap.format().expect("8 MiB are enough");
        Self(heap)
    }

    #[inline]
    fn alloc(&mut self, bytes: usize) -> Option<usize> {
        self.0.allocate(bytes, 8).ok().map(|block| block.offset)
    }

    #[inline]
    fn free(&mut self, block: usize, _bytes: usize) {
        self.0.free(block).expect("it is in use");
    }
}
