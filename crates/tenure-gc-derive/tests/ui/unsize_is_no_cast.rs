//! A handle is turned into one of another type, which is no coercion.

fn main() {
    let heap = tenure_gc::CountedHeap::new();
    let _ = tenure_gc::unsize!(heap.cc(1u8) => u64); //@ wrong
    let _ = tenure_gc::unsize!(heap.cc(1u8) => dyn std::fmt::Debug); //@ right
}
//~ 5: E0308: mismatched types
