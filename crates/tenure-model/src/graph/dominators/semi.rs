//! Semidominators: for each vertex the lowest number from which a way leads to it through higher
//! numbers alone.

use super::flow::Flow;

/// Edges that are brought into order at once are at least a part of this of all.
const PIECES: u64 = 8;

/// A vertex in the forest of those that are done: an ancestor, and the lowest semidominator on the
/// way to it, itself included and the ancestor not.
///
/// Before a vertex is done both fields serve otherwise: `ancestor` is where the next edge into it
/// goes, `least` how many there are.
#[derive(Clone, Copy, Default)]
struct Link {
    ancestor: u32,
    least: u32,
}

/// The semidominator of each vertex; vertices are numbers here, and `number` leads to them.
///
/// An edge from a lower number proposes that number. One from a higher number proposes the least
/// semidominator on the way from there to the forest's border; for those the edges into a vertex
/// are needed when its turn comes, from the last vertex to the first. They are sorted by the number
/// of their target, piece by piece, in a buffer of as many words as there are vertices.
///
/// # Cost
///
/// Each piece takes a sweep over all edges, 8 to 17 at most. 20 bytes for each vertex, `number` and
/// `parent` included, and four for each edge of the largest piece.
pub(super) fn of(flow: &Flow<'_>, number: &[u32], parent: &[u32], lost_from: u32) -> Vec<u32> {
    let count = parent.len();
    let mut links = vec![Link::default(); count];
    let mut semi = parent.to_vec();
    let mut total = 0_u64;
    flow.sweep(number, lost_from, |source, target| {
        if source < target {
            let semi = &mut semi[target as usize];
            *semi = source.min(*semi);
        } else if source > target {
            links[target as usize].least += 1;
            total += 1;
        }
    });
    let most = links.iter().map(|link| u64::from(link.least)).max();
    let room = (count as u64).max(total / PIECES).max(most.unwrap_or(0));
    let mut buffer = vec![0_u32; room.min(total) as usize];

    let mut end = count;
    while end > 1 {
        let start = lay_out(&mut links, end, room);
        let piece = start..end;
        flow.sweep(number, lost_from, |source, target| {
            if source > target && piece.contains(&(target as usize)) {
                let next = &mut links[target as usize].ancestor;
                buffer[*next as usize] = source;
                *next += 1;
            }
        });
        let mut edges = 0;
        for vertex in (start..end).rev() {
            let row = &buffer[edges..edges + links[vertex].least as usize];
            edges += row.len();
            let mut least = semi[vertex];
            for &source in row {
                least = least.min(evaluate(&mut links, source, vertex as u32));
            }
            semi[vertex] = least;
            links[vertex] = Link {
                ancestor: parent[vertex],
                least,
            };
        }
        end = start;
    }
    semi
}

/// Takes vertices from `end` downwards until their edges fill the room, says where in the buffer
/// the edges of each begin, and gives the last one taken.
fn lay_out(links: &mut [Link], end: usize, room: u64) -> usize {
    let mut edges = 0_u64;
    for vertex in (1..end).rev() {
        let link = &mut links[vertex];
        let after = edges + u64::from(link.least);
        if after > room {
            return vertex + 1;
        }
        link.ancestor = edges as u32;
        edges = after;
    }
    1
}

/// The least semidominator on the way from `vertex` to the border: to the vertices up to `border`,
/// which are not done. Halves the way for those who come later.
fn evaluate(links: &mut [Link], vertex: u32, border: u32) -> u32 {
    let mut least = u32::MAX;
    let mut at = vertex;
    loop {
        let here = links[at as usize];
        least = least.min(here.least);
        if here.ancestor <= border {
            return least;
        }
        let above = links[here.ancestor as usize];
        let both = here.least.min(above.least);
        links[at as usize] = Link {
            ancestor: above.ancestor,
            least: both,
        };
        least = least.min(both);
        if above.ancestor <= border {
            return least;
        }
        at = above.ancestor;
    }
}
