//! A ring of many objects that is lost, and freed whole.

use std::cell::RefCell;

use tenure_gc::{Cc, CountedHeap, Cycles, Trace};

/// A link of ours.
#[derive(Trace)]
struct Link {
    next: RefCell<Option<Cc<Link>>>,
}

/// With trial deletion.
pub(crate) fn trial(links: u64) -> u64 {
    ours(CountedHeap::new(), links)
}

/// With generations.
pub(crate) fn subtraction(links: u64) -> u64 {
    ours(CountedHeap::with(Cycles::CPYTHON), links)
}

/// The load; says how many objects it freed.
fn ours(heap: CountedHeap, links: u64) -> u64 {
    let last = heap.cc(Link {
        next: RefCell::new(None),
    });
    let mut head = last.clone();
    for _ in 1..links {
        head = heap.cc(Link {
            next: RefCell::new(Some(head)),
        });
    }
    *last.next.borrow_mut() = Some(head.clone());
    drop((head, last));
    heap.collect();
    assert_eq!(heap.stats().bytes, 0, "something of the ring is left");
    heap.stats().freed_in_cycles
}

/// A link of `dumpster`'s.
#[derive(dumpster::Trace)]
struct DumpsterLink {
    next: RefCell<Option<dumpster::unsync::Gc<DumpsterLink>>>,
}

/// `dumpster`, for one thread.
pub(crate) fn dumpster(links: u64) -> u64 {
    use dumpster::unsync::Gc;

    let last = Gc::new(DumpsterLink {
        next: RefCell::new(None),
    });
    let mut head = last.clone();
    for _ in 1..links {
        head = Gc::new(DumpsterLink {
            next: RefCell::new(Some(head)),
        });
    }
    *last.next.borrow_mut() = Some(head.clone());
    drop((head, last));
    dumpster::unsync::collect();
    links
}

/// A link of `rust-cc`'s.
#[derive(rust_cc::Trace, rust_cc::Finalize)]
struct RustCcLink {
    next: RefCell<Option<rust_cc::Cc<RustCcLink>>>,
}

/// `rust-cc`.
pub(crate) fn rust_cc(links: u64) -> u64 {
    use rust_cc::Cc;

    let last = Cc::new(RustCcLink {
        next: RefCell::new(None),
    });
    let mut head = last.clone();
    for _ in 1..links {
        head = Cc::new(RustCcLink {
            next: RefCell::new(Some(head)),
        });
    }
    *last.next.borrow_mut() = Some(head.clone());
    drop((head, last));
    rust_cc::collect_cycles();
    links
}
