//! Long runs of random steps.

use super::random::Random;
use super::shadow::{Op, Shadow};
use tenure_place::{Heap, Reachable, Space, Strategy};

/// Draws a step; `most` is the largest size. Up to `live_max` blocks are held.
fn draw(random: &mut Random, live: usize, live_max: usize, most: usize) -> Op {
    let pick = random.below(1 << 20);
    // Small sizes are as frequent as large ones.
    let doubling = random.below(most.max(2).ilog2() as usize);
    let bytes = 1 + random.below(2 << doubling);
    let align_log2 = match random.below(8) {
        0 => random.below(9) as u32,
        _ => 3,
    };
    match random.below(32) {
        0 => Op::Resize { pick, bytes },
        1 => Op::Reallocate { pick, bytes },
        2 => Op::FreeTwice { pick },
        3 => Op::FreeForeign {
            pick,
            inside: random.below(most),
        },
        _ if live < random.below(2 * live_max) => Op::Alloc { bytes, align_log2 },
        _ => Op::Free { pick },
    }
}

/// Runs `steps` random steps on the heap and frees everything.
pub(crate) fn drive<S: Strategy, M: Space<Data: Reachable>>(
    heap: &mut Heap<S, M>,
    seed: u64,
    steps: usize,
) {
    heap.format().expect("the span is large enough");
    let fresh_pieces = heap.metrics().free_blocks;
    let most = heap.largest_free() / 24;
    let mut random = Random::new(seed);
    let mut shadow = Shadow::new(heap, 509);
    for _ in 0..steps {
        let op = draw(&mut random, shadow.live(), 96, most);
        shadow.step(&op);
    }
    shadow.end(fresh_pieces);
}
