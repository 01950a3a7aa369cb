//! Binary trees of many depths, most of which die at once, and one that stays.

use tenure_gc::{Gc, Heap, Mutation, Options, Relocator, Root, Trace, Visitor};

struct Tree<'gc> {
    left: Option<Gc<'gc, Tree<'gc>>>,
    right: Option<Gc<'gc, Tree<'gc>>>,
}

// SAFETY: both slots are presented.
unsafe impl<'gc> Trace<'gc> for Tree<'gc> {
    #[inline]
    fn trace<V: Visitor<'gc>>(&self, visitor: &mut V) {
        self.left.trace(visitor);
        self.right.trace(visitor);
    }

    #[inline]
    fn relocate<R: Relocator<'gc>>(&mut self, relocator: &mut R) {
        self.left.relocate(relocator);
        self.right.relocate(relocator);
    }
}

fn make<'gc>(mc: &'gc Mutation<'gc>, depth: u32) -> Gc<'gc, Tree<'gc>> {
    let (left, right) = match depth.checked_sub(1) {
        None => (None, None),
        Some(below) => (Some(make(mc, below)), Some(make(mc, below))),
    };
    mc.alloc(Tree { left, right })
}

fn count(tree: &Tree<'_>) -> u32 {
    match (tree.left, tree.right) {
        (Some(left), Some(right)) => 1 + count(&left) + count(&right),
        _ => 1,
    }
}

pub(crate) fn run(depth: u32, eden_mib: usize) {
    let options = Options {
        eden_bytes: eden_mib << 20,
        ..Options::default()
    };
    let mut heap = Heap::<Root![Option<Gc<'_, Tree<'_>>>]>::with_options(options, |_| None)
        .expect("there is address space");
    let mut pauses_ns = Vec::new();
    let nodes = heap.mutate(|mc, _| count(&make(mc, depth + 1)));
    println!("stretch tree of depth {}\t check: {nodes}", depth + 1);
    pauses_ns.extend(heap.poll().map(|cycle| cycle.pause_ns));
    heap.mutate_root(|mc, root| *root = Some(make(mc, depth)));
    pauses_ns.extend(heap.poll().map(|cycle| cycle.pause_ns));
    for at in (4..=depth).step_by(2) {
        let trees = 1u32 << (depth - at + 4);
        let mut nodes = 0;
        for _ in 0..trees {
            nodes += heap.mutate(|mc, _| count(&make(mc, at)));
            pauses_ns.extend(heap.poll().map(|cycle| cycle.pause_ns));
        }
        println!("{trees}\t trees of depth {at}\t check: {nodes}");
    }
    let nodes = heap.mutate(|_, root| root.map(|tree| count(&tree)));
    println!(
        "long lived tree of depth {depth}\t check: {}",
        nodes.unwrap_or(0)
    );
    report(&mut pauses_ns);
}

fn report(pauses_ns: &mut [u64]) {
    pauses_ns.sort_unstable();
    let Some(&longest) = pauses_ns.last() else {
        return;
    };
    let sum: u64 = pauses_ns.iter().sum();
    let middle = pauses_ns[pauses_ns.len() / 2];
    eprintln!(
        "{} pauses, {} us in all, the middle one {} us, the longest {} us",
        pauses_ns.len(),
        sum / 1000,
        middle / 1000,
        longest / 1000
    );
}
