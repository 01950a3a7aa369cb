//! Binary trees: a stretch, one that lives, and many of each depth that die at once.
//!
//! The load of the Computer Language Benchmarks Game, which favours collectors with generations:
//! nothing is written to, and nearly all dies young. One module for each contender.

/// What a contender does with `Node`s of the module that are behind `$pointer`.
macro_rules! contender {
    ($pointer:ident) => {
        fn make(depth: u32) -> $pointer<Node> {
            let below = || (depth > 0).then(|| make(depth - 1));
            let (left, right) = (below(), below());
            $pointer::new(Node { left, right })
        }

        fn count(node: &Node) -> u32 {
            match (&node.left, &node.right) {
                (Some(left), Some(right)) => 1 + count(left) + count(right),
                _ => 1,
            }
        }

        #[derive(Default)]
        pub(crate) struct Contender(Option<$pointer<Node>>);

        impl crate::trees::Trees for Contender {
            fn make_and_count(&mut self, depth: u32) -> u32 {
                count(&make(depth))
            }

            fn keep(&mut self, depth: u32) {
                self.0 = Some(make(depth));
            }

            fn count_kept(&mut self) -> u32 {
                self.0.as_deref().map_or(0, count)
            }
        }
    };
}

pub(crate) mod boa;
pub(crate) mod cc;
pub(crate) mod counted;
pub(crate) mod dumpster;
pub(crate) mod gc_arena;
pub(crate) mod rust_cc;
pub(crate) mod tenure;

/// Trees of this depth are the smallest.
const SHALLOWEST: u32 = 4;

/// What a contender does: make a tree and count it, once a call; keep one; count the kept one.
pub(crate) trait Trees {
    fn make_and_count(&mut self, depth: u32) -> u32;
    fn keep(&mut self, depth: u32);
    fn count_kept(&mut self) -> u32;
}

/// Runs the load, and gives the sum of all counts, which is the same for everybody.
pub(crate) fn run(trees: &mut dyn Trees, depth: u32) -> u64 {
    let mut sum = u64::from(trees.make_and_count(depth + 1));
    trees.keep(depth);
    for shallow in (SHALLOWEST..=depth).step_by(2) {
        for _ in 0..1u32 << (depth - shallow + SHALLOWEST) {
            sum += u64::from(trees.make_and_count(shallow));
        }
    }
    sum + u64::from(trees.count_kept())
}
