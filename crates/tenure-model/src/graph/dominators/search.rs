//! The depth-first search that numbers the vertices.

use super::flow::Flow;
use crate::graph::NONE;

/// What a depth-first search from the top found.
///
/// # Invariants
///
/// 1. the numbers of reached vertices are those below `parent.len()`, each once; the top has 0;
/// 2. a parent has a lower number than its child; 3. the vertices from `lost_from` on are *lost*
///    and those found from it alone.
pub(super) struct Search {
    /// Vertex to number; `NONE` if it was not reached.
    pub(super) number: Vec<u32>,
    /// Number to the number of the parent in the tree of the search; that of the top is its own.
    pub(super) parent: Vec<u32>,
    /// The number of *lost*. It is the last child of the top.
    pub(super) lost_from: u32,
}

impl Search {
    /// Searches. O(vertices + edges), 16 bytes for each vertex.
    pub(super) fn of(flow: &Flow<'_>) -> Self {
        let count = flow.vertices() as usize;
        let mut number = vec![NONE; count];
        let mut parent = Vec::with_capacity(count);
        // Number to vertex, and to the next of its edges.
        let mut vertex = Vec::with_capacity(count);
        let mut cursor = Vec::with_capacity(count);

        let mut here = flow.top();
        let mut at = 0_u32;
        let mut left = flow.row(here);
        number[here as usize] = 0;
        parent.push(0);
        vertex.push(here);
        cursor.push(left.start);
        loop {
            match flow.next(here, &mut left, &number) {
                Some(target) => {
                    let found = parent.len() as u32;
                    number[target as usize] = found;
                    parent.push(at);
                    let row = flow.row(target);
                    vertex.push(target);
                    cursor.push(row.start);
                    if row.is_empty() {
                        continue;
                    }
                    cursor[at as usize] = left.start;
                    (here, at, left) = (target, found, row);
                }
                None if at == 0 => break,
                None => {
                    at = parent[at as usize];
                    here = vertex[at as usize];
                    left = cursor[at as usize]..flow.row(here).end;
                }
            }
        }
        Self {
            lost_from: number[flow.lost() as usize],
            number,
            parent,
        }
    }
}
