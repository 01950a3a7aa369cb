//! Short scripts that shrink: small heaps, every invariant walked at every step.

use super::shadow::{Op, Shadow};
use proptest::prelude::*;
use proptest::strategy::Strategy as Source;
use tenure_base::Align;
use tenure_place::{
    self as place, AddressOrderedFit, BestFit, Bitmap, Buddy, FirstFit, Heap, Inline, NextFit,
    Segregated, Table, Tlsf, WorstFit,
};

fn op() -> impl Source<Value = Op> {
    let bytes = prop_oneof![1usize..64, 1usize..2000];
    prop_oneof![
        4 => (bytes.clone(), 0u32..8)
            .prop_map(|(bytes, align_log2)| Op::Alloc { bytes, align_log2 }),
        3 => any::<usize>().prop_map(|pick| Op::Free { pick }),
        1 => (any::<usize>(), bytes.clone()).prop_map(|(pick, bytes)| Op::Resize { pick, bytes }),
        1 => (any::<usize>(), bytes).prop_map(|(pick, bytes)| Op::Reallocate { pick, bytes }),
        1 => any::<usize>().prop_map(|pick| Op::FreeTwice { pick }),
        1 => (any::<usize>(), any::<usize>())
            .prop_map(|(pick, inside)| Op::FreeForeign { pick, inside }),
    ]
}

fn play<S: place::Strategy>(strategy: impl Fn() -> S, script: &[Op]) {
    let mut memory = [0u64; 1024];
    let mut heap = Heap::new(strategy(), Inline::new(&mut memory[..]));
    heap.format().unwrap();
    let fresh = heap.metrics().free_blocks;
    let mut shadow = Shadow::new(&mut heap, 1);
    script.iter().for_each(|op| shadow.step(op));
    shadow.end(fresh);
    let mut table = [0u64; 1024];
    let granule = Align::new(32).unwrap();
    let mut heap = Heap::new(
        strategy(),
        Table::new(&mut memory[..], &mut table[..], granule),
    );
    heap.format().unwrap();
    let fresh = heap.metrics().free_blocks;
    let mut shadow = Shadow::new(&mut heap, 1);
    script.iter().for_each(|op| shadow.step(op));
    shadow.end(fresh);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 2 } else { 48 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_script_breaks_a_strategy(script in prop::collection::vec(op(), 1..120)) {
        play(FirstFit::new, &script);
        play(NextFit::new, &script);
        play(BestFit::new, &script);
        play(WorstFit::new, &script);
        play(AddressOrderedFit::new, &script);
        play(Segregated::new, &script);
        play(Tlsf::new, &script);
        play(Buddy::new, &script);
        play(Bitmap::new, &script);
    }
}
