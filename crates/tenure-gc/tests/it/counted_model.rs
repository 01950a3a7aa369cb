//! Random graphs of counted objects beside a model that knows who is reachable.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::prelude::*;
use tenure_gc::{Cc, CountedHeap, Cycles, Trace, WeakCc};

use crate::nodes::cases;

/// Roots and edges of each object; both are few, so that cycles are frequent.
const ROOTS: usize = 16;
const EDGES: usize = 3;
const WEAK: usize = 16;

#[derive(Trace)]
struct Node {
    id: u32,
    edges: RefCell<[Option<Cc<Node>>; EDGES]>,
    one: Cell<Option<Cc<Node>>>,
    dropped: Rc<RefCell<Vec<u32>>>,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.dropped.borrow_mut().push(self.id);
    }
}

/// What happens. Numbers are taken modulo what there is.
#[derive(Clone, Copy, Debug)]
enum Op {
    New { root: usize },
    Copy { from: usize, to: usize },
    Clear { root: usize },
    Point { from: usize, edge: usize, to: usize },
    Unpoint { from: usize, edge: usize },
    Follow { root: usize, edge: usize },
    Downgrade { root: usize, weak: usize },
    Upgrade { weak: usize, root: usize },
    Forget { weak: usize },
    Step { roots: usize },
    Generation { generation: usize },
    Collect,
}

fn op() -> impl Strategy<Value = Op> {
    let (root, edge, weak) = (0..ROOTS, 0..=EDGES, 0..WEAK);
    prop_oneof![
        6 => root.clone().prop_map(|root| Op::New { root }),
        4 => (root.clone(), root.clone()).prop_map(|(from, to)| Op::Copy { from, to }),
        4 => root.clone().prop_map(|root| Op::Clear { root }),
        12 => (root.clone(), edge.clone(), root.clone())
            .prop_map(|(from, edge, to)| Op::Point { from, edge, to }),
        3 => (root.clone(), edge.clone()).prop_map(|(from, edge)| Op::Unpoint { from, edge }),
        4 => (root.clone(), edge).prop_map(|(root, edge)| Op::Follow { root, edge }),
        2 => (root.clone(), weak.clone()).prop_map(|(root, weak)| Op::Downgrade { root, weak }),
        2 => (weak.clone(), root).prop_map(|(weak, root)| Op::Upgrade { weak, root }),
        1 => weak.prop_map(|weak| Op::Forget { weak }),
        1 => (1usize..4).prop_map(|roots| Op::Step { roots }),
        1 => (0usize..3).prop_map(|generation| Op::Generation { generation }),
        1 => Just(Op::Collect),
    ]
}

/// The heap, and what is known of it without asking it.
struct World {
    heap: CountedHeap,
    roots: Vec<Option<Cc<Node>>>,
    weak: Vec<Option<(u32, WeakCc<Node>)>>,
    dropped: Rc<RefCell<Vec<u32>>>,
    /// The model: edges of each object that may be there, and the roots.
    edges: BTreeMap<u32, [Option<u32>; EDGES + 1]>,
    root_ids: Vec<Option<u32>>,
    next: u32,
}

impl World {
    fn new(cycles: Cycles) -> Self {
        Self {
            heap: CountedHeap::with(cycles),
            roots: vec![None; ROOTS],
            weak: vec![None; WEAK],
            dropped: Rc::default(),
            edges: BTreeMap::new(),
            root_ids: vec![None; ROOTS],
            next: 0,
        }
    }

    fn reachable(&self) -> Vec<u32> {
        let mut open: Vec<u32> = self.root_ids.iter().flatten().copied().collect();
        let mut seen = BTreeMap::new();
        while let Some(id) = open.pop() {
            if seen.insert(id, ()).is_none() {
                open.extend(self.edges[&id].iter().flatten());
            }
        }
        seen.into_keys().collect()
    }

    fn set_root(&mut self, at: usize, handle: Option<Cc<Node>>) {
        self.root_ids[at] = handle.as_ref().map(|handle| handle.id);
        let before = std::mem::replace(&mut self.roots[at], handle);
        drop(before);
    }

    fn set_edge(&mut self, from: usize, edge: usize, to: Option<Cc<Node>>) {
        let Some(node) = self.roots[from].clone() else {
            return;
        };
        let known = self.edges.get_mut(&node.id).expect("a root is known");
        known[edge] = to.as_ref().map(|to| to.id);
        if edge == EDGES {
            drop(node.one.replace(to));
        } else {
            let before = std::mem::replace(&mut node.edges.borrow_mut()[edge], to);
            drop(before);
        }
    }

    fn new_node(&mut self, root: usize) {
        let id = self.next;
        self.next += 1;
        self.edges.insert(id, [None; EDGES + 1]);
        let node = Node {
            id,
            edges: RefCell::default(),
            one: Cell::new(None),
            dropped: self.dropped.clone(),
        };
        // Every third knows itself weakly while it is made.
        let handle = match id % 3 {
            0 => self.heap.cyclic(|me: &WeakCc<Node>| {
                assert!(me.upgrade().is_none());
                node
            }),
            _ => self.heap.cc(node),
        };
        self.set_root(root, Some(handle));
    }

    fn follow(&mut self, root: usize, edge: usize) {
        let Some(node) = self.roots[root].clone() else {
            return;
        };
        let next = if edge == EDGES {
            let next = node.one.take();
            node.one.set(next.clone());
            next
        } else {
            node.edges.borrow()[edge].clone()
        };
        assert_eq!(
            next.as_ref().map(|next| next.id),
            self.edges[&node.id][edge]
        );
        self.set_root(root, next);
    }

    fn apply(&mut self, op: Op) {
        match op {
            Op::New { root } => self.new_node(root),
            Op::Copy { from, to } => self.set_root(to, self.roots[from].clone()),
            Op::Clear { root } => self.set_root(root, None),
            Op::Point { from, edge, to } => self.set_edge(from, edge, self.roots[to].clone()),
            Op::Unpoint { from, edge } => self.set_edge(from, edge, None),
            Op::Follow { root, edge } => self.follow(root, edge),
            Op::Downgrade { root, weak } => {
                let made = self.roots[root].as_ref();
                self.weak[weak] = made.map(|made| (made.id, Cc::downgrade(made)));
            }
            Op::Upgrade { weak, root } => self.upgrade(weak, root),
            Op::Forget { weak } => self.weak[weak] = None,
            Op::Step { roots } => drop(self.heap.step(roots)),
            Op::Generation { generation } => drop(self.heap.collect_generation(generation)),
            Op::Collect => {
                self.heap.collect();
                self.exact();
            }
        }
        self.sound();
    }

    fn upgrade(&mut self, weak: usize, root: usize) {
        let Some((id, handle)) = self.weak[weak].clone() else {
            return;
        };
        let up = handle.upgrade();
        let gone = self.dropped.borrow().contains(&id);
        assert_eq!(up.is_none(), gone, "weak handle to {id}");
        if let Some(up) = up {
            assert_eq!(up.id, id);
            self.set_root(root, Some(up));
        }
    }

    /// Nothing that is reachable was dropped, and nothing twice.
    fn sound(&mut self) {
        let mut dropped = std::mem::take(&mut *self.dropped.borrow_mut());
        if dropped.is_empty() {
            return;
        }
        let reachable = self.reachable();
        for id in dropped.drain(..) {
            assert!(reachable.binary_search(&id).is_err(), "{id} is reachable");
            assert!(self.edges.remove(&id).is_some(), "{id} dropped twice");
            for slot in self.weak.iter_mut() {
                if slot.as_ref().is_some_and(|(weak, _)| *weak == id) {
                    let (_, handle) = slot.take().expect("just seen");
                    assert!(handle.upgrade().is_none(), "weak handle to {id}");
                }
            }
        }
        assert_eq!(self.heap.stats().objects, self.edges.len());
    }

    /// After a whole collection exactly the reachable is there.
    fn exact(&mut self) {
        self.sound();
        self.heap.check();
        assert_eq!(
            self.edges.keys().copied().collect::<Vec<_>>(),
            self.reachable()
        );
    }
}

fn run(cycles: Cycles, ops: &[Op]) {
    let mut world = World::new(cycles);
    ops.iter().for_each(|op| world.apply(*op));
    (0..ROOTS).for_each(|root| world.set_root(root, None));
    world.sound();
    world.heap.collect();
    world.exact();
    let stats = world.heap.stats();
    assert_eq!((stats.objects, stats.bytes, stats.listed), (0, 0, 0));
}

/// Thresholds so low that the automatic collections come in the midst of everything.
const EAGER: Cycles = Cycles::Subtraction {
    thresholds: [3, 2, 2],
};

proptest! {
    // 150 graphs of about 700 operations: 10⁵ in each of three ways.
    #![proptest_config(ProptestConfig { cases: cases(150), ..ProptestConfig::default() })]

    #[test]
    fn what_is_reachable_stays_and_what_is_not_goes(
        ops in proptest::collection::vec(op(), 650..750),
    ) {
        run(Cycles::Trial, &ops);
        run(Cycles::CPYTHON, &ops);
        run(EAGER, &ops);
    }
}
