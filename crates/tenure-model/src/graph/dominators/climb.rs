//! Immediate dominators from semidominators.
//!
//! The immediate dominator of a vertex is the nearest ancestor of its parent in the dominator tree
//! whose number is not higher than its semidominator. Ancestors have lower numbers, so one climbs.
//! Few steps are the rule, but there are graphs where the climbs together are quadratic. When
//! the steps run out, each vertex gets a jump besides, to an ancestor far above, such that any
//! climb takes O(log vertices) steps (Myers: "An applicative random-access stack", 1983).

/// Steps for each vertex that are taken before jumps are made.
pub(super) const PATIENCE: u64 = 16;

/// Turns the parents in the search tree into the immediate dominators.
pub(super) fn immediate_dominators(mut parent: Vec<u32>, semi: &[u32], patience: u64) -> Vec<u32> {
    let mut steps = patience.saturating_mul(parent.len() as u64);
    for vertex in 1..parent.len() {
        let mut above = parent[vertex];
        while above > semi[vertex] {
            if steps == 0 {
                climb_by_jumps(&mut parent, semi, vertex);
                return parent;
            }
            steps -= 1;
            above = parent[above as usize];
        }
        parent[vertex] = above;
    }
    parent
}

/// Goes on at the vertex `from`; those below it have their dominators.
#[cold]
fn climb_by_jumps(idom: &mut [u32], semi: &[u32], from: usize) {
    let mut jumps = Jumps {
        depth: vec![0; idom.len()],
        jump: vec![0; idom.len()],
    };
    for vertex in 1..idom.len() {
        if vertex >= from {
            let mut above = idom[vertex];
            while above > semi[vertex] {
                let far = jumps.jump[above as usize];
                above = if far > semi[vertex] {
                    far
                } else {
                    idom[above as usize]
                };
            }
            idom[vertex] = above;
        }
        jumps.hang(vertex, idom[vertex] as usize);
    }
}

/// # Invariants
///
/// 1. `jump` of a vertex is one of its ancestors; 2. its depth is that of the parent, or such that
///    the last two jumps of the parent were equally long.
struct Jumps {
    depth: Vec<u32>,
    jump: Vec<u32>,
}

impl Jumps {
    /// Enters a vertex under its parent.
    fn hang(&mut self, vertex: usize, parent: usize) {
        let near = self.jump[parent] as usize;
        let far = self.jump[near] as usize;
        let first = self.depth[parent] - self.depth[near];
        let second = self.depth[near] - self.depth[far];
        self.depth[vertex] = self.depth[parent] + 1;
        self.jump[vertex] = if first == second { far } else { parent } as u32;
    }
}
