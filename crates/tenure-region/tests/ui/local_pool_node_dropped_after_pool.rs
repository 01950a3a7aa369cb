//! A value that holds boxes of its own pool is dropped after the pool.
use tenure_region::{LocalBox, LocalPool};
struct Node<'p>(Option<LocalBox<'p, Node<'p>>>);

fn main() {
    let top; //@ wrong
    let pool = LocalPool::new();
    let top; //@ right
    let below = pool.alloc(Node(None));
    top = pool.alloc(Node(Some(below)));
    assert!(top.0.is_some());
}
//~ 9: E0597: `pool` does not live long enough
