//! Binary trees: many that die at once, one that stays. No cycles, so what counts is the price of
//! being ready for them.

/// The load over one kind of pointer: a module with `Node`, `node` and what else it needs.
macro_rules! trees {
    ($heap:ident: $of:ty, $pointer:ty, $make:expr) => {
        /// A tree of a depth.
        fn tree($heap: $of, depth: u64) -> $pointer {
            let (left, right) = match depth {
                0 => (None, None),
                _ => (Some(tree($heap, depth - 1)), Some(tree($heap, depth - 1))),
            };
            let node = Node { left, right };
            $make(node)
        }

        /// Its nodes.
        fn count(node: &Node) -> u64 {
            let of = |child: &Option<$pointer>| child.as_ref().map_or(0, |child| count(child));
            1 + of(&node.left) + of(&node.right)
        }

        /// The whole load; counts nodes.
        fn all($heap: $of, depth: u64) -> u64 {
            let mut nodes = count(&tree($heap, depth + 1));
            let kept = tree($heap, depth);
            let mut small = 4;
            while small <= depth {
                for _ in 0..1u64 << (depth - small + 4) {
                    nodes += count(&tree($heap, small));
                }
                small += 2;
            }
            nodes + count(&kept)
        }
    };
}

/// Tenure's counted heaps.
pub(crate) mod ours {
    use tenure_gc::{Cc, CountedHeap, Cycles, Trace};

    /// A node.
    #[derive(Trace)]
    struct Node {
        left: Option<Cc<Node>>,
        right: Option<Cc<Node>>,
    }

    trees!(heap: &CountedHeap, Cc<Node>, |node| heap.cc(node));

    /// With trial deletion.
    pub(crate) fn trial(depth: u64) -> u64 {
        all(&CountedHeap::new(), depth)
    }

    /// With generations.
    pub(crate) fn subtraction(depth: u64) -> u64 {
        all(&CountedHeap::with(Cycles::CPYTHON), depth)
    }
}

/// The standard library's counts, which find no cycles.
pub(crate) mod rc {
    use std::rc::Rc;

    /// A node.
    struct Node {
        left: Option<Rc<Node>>,
        right: Option<Rc<Node>>,
    }

    trees!(_heap: (), Rc<Node>, Rc::new);

    /// Runs it.
    pub(crate) fn run(depth: u64) -> u64 {
        all((), depth)
    }
}

/// Boxes, which count nothing.
pub(crate) mod boxed {
    /// A node.
    struct Node {
        left: Option<Box<Node>>,
        right: Option<Box<Node>>,
    }

    trees!(_heap: (), Box<Node>, Box::new);

    /// Runs it.
    pub(crate) fn run(depth: u64) -> u64 {
        all((), depth)
    }
}

/// `dumpster`, for one thread.
pub(crate) mod dumpster {
    use dumpster::Trace;
    use dumpster::unsync::Gc;

    /// A node.
    #[derive(Trace)]
    struct Node {
        left: Option<Gc<Node>>,
        right: Option<Gc<Node>>,
    }

    trees!(_heap: (), Gc<Node>, Gc::new);

    /// Runs it.
    pub(crate) fn run(depth: u64) -> u64 {
        all((), depth)
    }
}

/// `rust-cc`.
pub(crate) mod rust_cc {
    use rust_cc::{Cc, Finalize, Trace};

    /// A node.
    #[derive(Trace, Finalize)]
    struct Node {
        left: Option<Cc<Node>>,
        right: Option<Cc<Node>>,
    }

    trees!(_heap: (), Cc<Node>, Cc::new);

    /// Runs it.
    pub(crate) fn run(depth: u64) -> u64 {
        all((), depth)
    }
}
