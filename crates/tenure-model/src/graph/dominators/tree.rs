//! The dominator tree, laid out so that what a vertex holds follows it.

use crate::graph::{Graph, NONE};

/// A tree whose vertices have places, parents before children, each subtree without a gap.
///
/// # Invariants
///
/// 1. `vertex` and `place` are inverse to each other; vertices outside the tree have the place
///    `NONE`; 2. the parent of a place comes before it, and its end not before its own; place 0 is
///    its own parent; 3. `retained` is the own size and that of the children together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    vertex: Vec<u32>,
    place: Vec<u32>,
    /// The place behind the last that this one holds.
    end: Vec<u32>,
    idom: Vec<u32>,
    retained: Vec<u64>,
}

impl Tree {
    /// Lays out the tree. `number` leads from vertices to the numbers by which `idom` goes.
    ///
    /// O(vertices); at most 24 bytes for each, what is handed in included.
    pub(super) fn new(graph: &Graph, number: Vec<u32>, idom: Vec<u32>) -> Self {
        let count = idom.len();
        let mut size = vec![1_u32; count];
        for number in (1..count).rev() {
            size[idom[number] as usize] += size[number];
        }
        let mut next = vec![1_u32; count];
        let mut place_of = vec![0_u32; count];
        for number in 1..count {
            let parent = idom[number] as usize;
            let place = next[parent];
            next[parent] += size[number];
            next[number] = place + 1;
            place_of[number] = place;
        }
        // What is taken from here on is given back from `next`, `size`, `idom` and `place_of`.
        let mut end = next;
        for (&place, &size) in place_of.iter().zip(&size) {
            end[place as usize] = place + size;
        }
        let mut parent = size;
        for (&place, &idom) in place_of.iter().zip(&idom) {
            parent[place as usize] = place_of[idom as usize];
        }
        let mut vertex = idom;
        let mut place = number;
        for (id, number) in place.iter_mut().enumerate() {
            if *number != NONE {
                *number = place_of[*number as usize];
                vertex[*number as usize] = id as u32;
            }
        }
        drop(place_of);
        let retained = retained_sizes(graph, &vertex, &parent);
        Self {
            vertex,
            place,
            end,
            idom: parent,
            retained,
        }
    }

    /// How many vertices are in the tree.
    pub(crate) fn len(&self) -> u32 {
        self.vertex.len() as u32
    }

    /// The vertex at a place.
    pub(crate) fn vertex(&self, place: u32) -> u32 {
        self.vertex[place as usize]
    }

    /// The place of a vertex, or `NONE`.
    pub(crate) fn place(&self, vertex: u32) -> u32 {
        self.place[vertex as usize]
    }

    /// The place behind the last that is held by this one.
    pub(crate) fn end(&self, place: u32) -> u32 {
        self.end[place as usize]
    }

    /// The place of the immediate dominator.
    pub(crate) fn idom(&self, place: u32) -> u32 {
        self.idom[place as usize]
    }

    /// Bytes retained.
    pub(crate) fn retained(&self, place: u32) -> u64 {
        self.retained[place as usize]
    }

    /// Whether `place` is `holder` or held by it.
    pub(crate) fn is_below(&self, place: u32, holder: u32) -> bool {
        holder <= place && place < self.end(holder)
    }

    /// The places of the children.
    pub(crate) fn children(&self, place: u32) -> impl Iterator<Item = u32> + use<'_> {
        let end = self.end(place);
        let first = Some(place + 1).filter(|&child| child < end);
        std::iter::successors(first, move |&child| {
            Some(self.end(child)).filter(|&next| next < end)
        })
    }

    pub(super) fn check(&self, graph: &Graph) {
        for (place, &vertex) in self.vertex.iter().enumerate() {
            assert_eq!(self.place[vertex as usize], place as u32, "1: inverse");
        }
        let inside = self.place.iter().filter(|&&place| place != NONE);
        assert_eq!(
            inside.count(),
            self.vertex.len(),
            "1: no others have a place"
        );
        assert_eq!(self.idom(0), 0, "2: place 0 is its own parent");
        assert_eq!(self.end(0), self.len(), "2: place 0 holds all");
        for place in 1..self.len() {
            let parent = self.idom(place);
            assert!(parent < place, "2: the parent of {place} comes before it");
            assert!(
                self.end(place) > place,
                "2: the end of {place} comes after it"
            );
            assert!(
                self.end(place) <= self.end(parent),
                "2: the parent of {place} ends with it or later"
            );
        }
        for place in 0..self.len() {
            let own = own_size(graph, self.vertex(place));
            let sum = self.children(place).fold(own, |sum, child| {
                assert_eq!(self.idom(child), place, "2: {child} is a child of {place}");
                sum.saturating_add(self.retained(child))
            });
            assert_eq!(self.retained(place), sum, "3: what {place} retains");
        }
    }
}

fn retained_sizes(graph: &Graph, vertex: &[u32], parent: &[u32]) -> Vec<u64> {
    let own = vertex.iter().map(|&vertex| own_size(graph, vertex));
    let mut retained: Vec<u64> = own.collect();
    for place in (1..retained.len()).rev() {
        let sum = &mut retained[parent[place] as usize];
        let with = sum.saturating_add(retained[place]);
        retained[parent[place] as usize] = with;
    }
    retained
}

fn own_size(graph: &Graph, vertex: u32) -> u64 {
    if vertex < graph.nodes() {
        graph.size(vertex)
    } else {
        0
    }
}
