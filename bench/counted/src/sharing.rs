//! A handle is copied and the copy dropped, again and again. The value may hold handles, so a rival
//! that looks for cycles has to note the drop.

use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

use tenure_gc::{Cc, CountedHeap, Trace};

/// A function that copies and drops a handle, `pairs` times.
macro_rules! pairs {
    ($name:ident, $handle:ty) => {
        /// The loop that is measured.
        #[inline(never)]
        fn $name(handle: &$handle, pairs: u64) -> u64 {
            for _ in 0..pairs {
                drop(black_box(handle.clone()));
            }
            pairs
        }
    };
}

/// A node of ours.
#[derive(Trace)]
struct Node {
    next: RefCell<Option<Cc<Node>>>,
}

pairs!(pairs_cc, Cc<Node>);
pairs!(pairs_rc, Rc<RcNode>);
pairs!(pairs_dumpster, dumpster::unsync::Gc<DumpsterNode>);
pairs!(pairs_rust_cc, rust_cc::Cc<RustCcNode>);

/// Tenure's, with trial deletion.
pub(crate) fn trial(pairs: u64) -> u64 {
    let heap = CountedHeap::new();
    let node = heap.cc(Node {
        next: RefCell::new(None),
    });
    pairs_cc(&node, pairs) + u64::from(node.next.borrow().is_some())
}

/// A node of the standard library's.
struct RcNode {
    next: RefCell<Option<Rc<RcNode>>>,
}

/// `Rc`.
pub(crate) fn rc(pairs: u64) -> u64 {
    let node = Rc::new(RcNode {
        next: RefCell::new(None),
    });
    pairs_rc(&node, pairs) + u64::from(node.next.borrow().is_some())
}

/// A node of `dumpster`'s.
#[derive(dumpster::Trace)]
struct DumpsterNode {
    next: RefCell<Option<dumpster::unsync::Gc<DumpsterNode>>>,
}

/// `dumpster`, for one thread.
pub(crate) fn dumpster(pairs: u64) -> u64 {
    let node = dumpster::unsync::Gc::new(DumpsterNode {
        next: RefCell::new(None),
    });
    pairs_dumpster(&node, pairs) + u64::from(node.next.borrow().is_some())
}

/// A node of `rust-cc`'s.
#[derive(rust_cc::Trace, rust_cc::Finalize)]
struct RustCcNode {
    next: RefCell<Option<rust_cc::Cc<RustCcNode>>>,
}

/// `rust-cc`.
pub(crate) fn rust_cc(pairs: u64) -> u64 {
    let node = rust_cc::Cc::new(RustCcNode {
        next: RefCell::new(None),
    });
    pairs_rust_cc(&node, pairs) + u64::from(node.next.borrow().is_some())
}
