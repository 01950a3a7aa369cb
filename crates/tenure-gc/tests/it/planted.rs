//! Errors in the use of memory: memcheck must see each of them, or its silence means nothing.
//!
//! The tests themselves pass: it is `cargo xtask ci valgrind` that runs each and must see it fail.

use std::hint::black_box;
use std::mem::MaybeUninit;

use tenure_gc::{CountedHeap, Gc, Heap, Kind, Options, Relocator, Root, Trace, Visitor};

use crate::counted_handles::WAYS;

/// Bytes that need not be written.
struct Bytes([MaybeUninit<u32>; 4]);

// SAFETY: it holds no pointer of any brand.
unsafe impl<'gc> Trace<'gc> for Bytes {
    const NEEDS_TRACE: bool = false;
    fn trace<V: Visitor<'gc>>(&self, _: &mut V) {}
    fn relocate<R: Relocator<'gc>>(&mut self, _: &mut R) {}
}

#[test]
#[ignore = "planted: `cargo xtask ci valgrind` must see it fail"]
fn a_decision_by_bytes_never_written_that_have_moved() {
    let mut heap =
        Heap::<Root![Option<Gc<'_, Bytes>>]>::with_options(Options::default(), |_| None).unwrap();
    heap.mutate_root(|mc, root| {
        let bytes = Box::new([MaybeUninit::uninit(); 4]);
        *root = Some(mc.alloc(Bytes(*black_box(bytes))));
    });
    for kind in [Kind::Minor, Kind::Minor, Kind::Compact] {
        heap.collect(kind).unwrap();
    }
    heap.mutate(|_, root| {
        let bytes = root.unwrap();
        // SAFETY: none: the bytes were never written. That is the error.
        if unsafe { black_box(&bytes.0[2]).as_ptr().read_volatile() } == 7 {
            println!("seven");
        }
    });
}

#[test]
#[ignore = "planted: `cargo xtask ci valgrind` must see it fail"]
fn a_look_into_a_freed_object() {
    let heap = CountedHeap::with(WAYS[0]);
    let value = heap.cc(7_u32);
    let place = &raw const *value;
    drop(value);
    // SAFETY: none: the object was freed with its last handle. That is the error.
    black_box(unsafe { place.read_volatile() });
}

#[test]
#[ignore = "planted: `cargo xtask ci valgrind` must see it fail"]
fn a_counted_object_that_is_lost() {
    let heap = CountedHeap::with(WAYS[0]);
    std::mem::forget(black_box(heap.cc(7_u32)));
    assert_eq!(heap.stats().objects, 1);
}
