//! The loads, the same for each contestant.

use std::hint::black_box;
use std::time::Instant;

/// Bytes of the region.
pub(crate) const REGION_BYTES: usize = 8 << 20;
/// Live blocks that `mixed` goes round, and their sizes.
const SLOTS: usize = 3000;
const MIXED_BYTES: (usize, usize) = (4, 2048);
/// Sizes of `wide`, and the part of the region that it keeps asked for.
const WIDE_BYTES: (usize, usize) = (16, 64 << 10);
const WIDE_FULL: usize = REGION_BYTES / 10 * 7;

/// An allocator over one region.
pub(crate) trait Contestant {
    /// What it gives.
    type Block: Copy;
    /// Over this region, which is touched already.
    fn over(region: &'static mut [u64]) -> Self;
    fn alloc(&mut self, bytes: usize) -> Option<Self::Block>;
    fn free(&mut self, block: Self::Block, bytes: usize);
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    /// A slot at random: its block is freed, or it gets one of 4 to 2048 bytes.
    Mixed,
    /// Sizes from 16 bytes to 64 KiB, each doubling as frequent as the next; 70 % full.
    Wide,
    /// Blocks as of `mixed`, none freed, until the first failure.
    Fill,
    /// The same, but after each two blocks a random one is freed.
    Churned,
}

impl Load {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "mixed" => Self::Mixed,
            "wide" => Self::Wide,
            "fill" => Self::Fill,
            "churned" => Self::Churned,
            _ => return None,
        })
    }
}

/// Runs a load.
pub(crate) fn run<C: Contestant>(load: Load, operations: usize) -> String {
    // Ones, so that every page is touched before the clock starts.
    let region = vec![1u64; REGION_BYTES / 8 + 512].leak();
    let lead = region.as_ptr().align_offset(4096);
    let contestant = C::over(&mut region[lead..lead + REGION_BYTES / 8]);
    match load {
        Load::Mixed => mixed(contestant, operations),
        Load::Wide => wide(contestant, operations),
        Load::Fill => fill(contestant, usize::MAX),
        Load::Churned => fill(contestant, 2),
    }
}

fn mixed<C: Contestant>(mut contestant: C, operations: usize) -> String {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let steps: Vec<(u32, u32)> = (0..operations.min(1 << 20))
        .map(|_| {
            (
                random.below(SLOTS) as u32,
                random.within(MIXED_BYTES) as u32,
            )
        })
        .collect();
    let mut slots: Vec<Option<(C::Block, u32)>> = vec![None; SLOTS];
    let begun = Instant::now();
    let mut done = 0;
    'all: loop {
        for &(slot, bytes) in &steps {
            if done == operations {
                break 'all;
            }
            done += 1;
            let slot = &mut slots[slot as usize];
            *slot = match slot.take() {
                Some((block, bytes)) => {
                    contestant.free(block, bytes as usize);
                    None
                }
                None => contestant
                    .alloc(bytes as usize)
                    .map(|block| (black_box(block), bytes)),
            };
        }
    }
    let taken = begun.elapsed().as_nanos();
    format!("{operations} {taken}")
}

fn wide<C: Contestant>(mut contestant: C, operations: usize) -> String {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let sizes: Vec<u32> = (0..operations.min(1 << 20))
        .map(|_| random.skewed(WIDE_BYTES) as u32)
        .collect();
    let mut live: Vec<(C::Block, u32)> = Vec::with_capacity(1 << 20);
    let (mut asked, mut done) = (0, 0);
    let begun = Instant::now();
    'all: loop {
        for &bytes in &sizes {
            if done == operations {
                break 'all;
            }
            done += 1;
            let block = if asked < WIDE_FULL {
                contestant.alloc(bytes as usize)
            } else {
                None
            };
            match block {
                Some(block) => {
                    asked += bytes as usize;
                    live.push((black_box(block), bytes));
                }
                None if !live.is_empty() => {
                    let (block, bytes) = live.swap_remove(random.below(live.len()));
                    asked -= bytes as usize;
                    contestant.free(block, bytes as usize);
                }
                None => {}
            }
        }
    }
    let taken = begun.elapsed().as_nanos();
    format!("{operations} {taken}")
}

/// Frees a random block after each `every` allocations.
fn fill<C: Contestant>(mut contestant: C, every: usize) -> String {
    let mut random = Random(0xd1b5_4a32_d192_ed03);
    let mut live = Vec::new();
    let (mut asked, mut placed) = (0, 0);
    loop {
        let bytes = random.within(MIXED_BYTES);
        let Some(block) = contestant.alloc(bytes) else {
            break;
        };
        asked += bytes;
        placed += 1;
        live.push((block, bytes));
        if placed % every == 0 {
            let (block, bytes) = live.swap_remove(random.below(live.len()));
            asked -= bytes;
            contestant.free(block, bytes);
        }
    }
    format!("{:.4}", asked as f64 / REGION_BYTES as f64)
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    fn within(&mut self, (low, high): (usize, usize)) -> usize {
        low + self.below(high - low + 1)
    }

    /// Each doubling is as frequent as the next.
    fn skewed(&mut self, (low, high): (usize, usize)) -> usize {
        let base = low << self.below((high / low).ilog2() as usize);
        base + self.below(base)
    }
}
