//! Every strategy, over a slice, a static, an array and mapped memory, with both kinds of metadata.

use super::drive::drive;
use super::mapped::Mapped;
use std::cell::Cell;
use std::sync::Mutex;
use tenure_base::Align;
use tenure_place::{
    AddressOrderedFit, BestFit, Bitmap, Buddy, FirstFit, Heap, Inline, NextFit, Segregated,
    Strategy, Table, Tlsf, WorstFit,
};

const WORDS: usize = 8192;
/// Steps for one strategy on one region with one kind of metadata: more than a million in all.
const STEPS: usize = if cfg!(miri) { 200 } else { 16_000 };

fn granule() -> Align {
    Align::new(64).unwrap()
}

fn table() -> Vec<u64> {
    vec![u64::MAX; Table::<&mut [u64], &mut [u64]>::words_for(WORDS * 8, granule())]
}

fn over_every_region<S: Strategy>(strategy: impl Fn() -> S, memory: &'static Mutex<[u64; WORDS]>) {
    // A slice whose address is no multiple of more than eight.
    let mut slice = vec![0x5555_5555_5555_5555; WORDS + 1];
    let slice = &mut slice[1..];
    drive(
        &mut Heap::new(strategy(), Inline::new(&mut slice[..])),
        1,
        STEPS,
    );
    let mut words = table();
    let space = Table::new(&mut slice[..], &mut words[..], granule());
    drive(&mut Heap::new(strategy(), space), 2, STEPS);

    let mut fixed = memory.lock().unwrap();
    drive(
        &mut Heap::new(strategy(), Inline::new(&mut fixed[..])),
        3,
        STEPS,
    );
    let space = Table::new(&mut fixed[..], table().leak(), granule());
    drive(&mut Heap::new(strategy(), space), 4, STEPS);

    let mapped = Mapped::new(WORDS);
    drive(
        &mut Heap::new(strategy(), Inline::new(mapped.cells())),
        5,
        STEPS,
    );
    let table_cells = Cell::from_mut(&mut words[..]).as_slice_of_cells();
    let space = Table::new(mapped.cells(), table_cells, granule());
    drive(&mut Heap::new(strategy(), space), 6, STEPS);

    drive(
        &mut Heap::new(strategy(), Inline::new([0; WORDS])),
        7,
        STEPS,
    );
}

macro_rules! every_strategy {
    ($($name:ident: $strategy:ty),* $(,)?) => {$(
        #[test]
        fn $name() {
            static MEMORY: Mutex<[u64; WORDS]> = Mutex::new([0; WORDS]);
            over_every_region(<$strategy>::new, &MEMORY);
        }
    )*};
}

every_strategy! {
    first_fit: FirstFit,
    next_fit: NextFit,
    best_fit: BestFit,
    worst_fit: WorstFit,
    address_ordered_fit: AddressOrderedFit,
    segregated: Segregated,
    tlsf: Tlsf,
    buddy: Buddy,
    bitmap: Bitmap,
}

#[test]
fn tlsf_of_other_widths() {
    use tenure_place::{Tagged, TwoLevel};
    let mut memory = vec![0; WORDS];
    let eight = Tagged::<TwoLevel<8>>::new();
    drive(
        &mut Heap::new(eight, Inline::new(&mut memory[..])),
        8,
        STEPS,
    );
    let sixteen = Tagged::<TwoLevel<16>>::new();
    drive(
        &mut Heap::new(sixteen, Inline::new(&mut memory[..])),
        9,
        STEPS,
    );
}

#[test]
fn other_granules_of_maps() {
    let mut memory = vec![0; WORDS];
    for log2 in [3, 4, 7] {
        let granule = Align::new(1 << log2).unwrap();
        let buddy = Buddy::with_granule(granule);
        drive(
            &mut Heap::new(buddy, Inline::new(&mut memory[..])),
            10,
            STEPS,
        );
        let bitmap = Bitmap::with_granule(granule);
        drive(
            &mut Heap::new(bitmap, Inline::new(&mut memory[..])),
            11,
            STEPS,
        );
    }
}

#[test]
fn spans_of_any_length_join_again() {
    let mut memory = [0u64; 600];
    for words in 40..600 {
        drive(
            &mut Heap::new(Buddy::new(), Inline::new(&mut memory[..words])),
            words as u64,
            60,
        );
        drive(
            &mut Heap::new(Bitmap::new(), Inline::new(&mut memory[..words])),
            words as u64,
            60,
        );
        drive(
            &mut Heap::new(Tlsf::new(), Inline::new(&mut memory[..words])),
            words as u64,
            60,
        );
    }
}
