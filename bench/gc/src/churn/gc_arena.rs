//! Churn of `gc-arena`, paced as it is by default.
//!
//! It traces an object in one go, and again when it was written to. An array of all objects would
//! be traced whole again and again; so it is cut into pieces, and these lie on shelves, as somebody
//! would do it who minds the pauses.

use std::cell::Cell;
use std::hint::black_box;
use std::time::{Duration, Instant};

use gc_arena::lock::{GcLock, Lock};
use gc_arena::{Arena, Collect, Gc, Mutation, Rootable};

use super::{Steps, TURN, len_of, span_of};
use crate::drawn::Drawn;

/// Objects of a piece, and pieces of a shelf.
const PIECE: usize = 64;
const SHELF: usize = 512;
/// Calls that took no longer are no steps: there was next to nothing to do.
const STEP_NS_MIN: u64 = 1_000;
/// The heap has to be full by then.
const FILL_MAX: Duration = Duration::from_secs(40);

/// 56 bytes, of which ours has 64 with its word and this one 72 with its two.
#[derive(Collect)]
#[collect(no_drop)]
struct Item<'gc> {
    next: Lock<Option<Gc<'gc, Item<'gc>>>>,
    payload: [u64; 6],
}

type Piece<'gc> = GcLock<'gc, [Option<Gc<'gc, Item<'gc>>>; PIECE]>;
type Shelves<'gc> = Vec<Gc<'gc, Vec<Piece<'gc>>>>;

/// Fills as many objects as are `live_mib` MiB of ours, then replaces one after the other for a
/// while.
///
/// # Panics
/// When the heap is not full after 40 seconds.
pub(crate) fn run(live_mib: usize) -> String {
    let (len, span) = (len_of(live_mib), span_of(live_mib));
    let mut arena = Arena::<Rootable![Shelves<'_>]>::new(|mc| shelves(mc, len));
    let mut steps = Steps::default();
    let mut collect = |arena: &mut Arena<Rootable![Shelves<'_>]>| {
        steps.time(|| arena.collect_debt(), |(), ns| ns > STEP_NS_MIN);
    };
    let begin = Instant::now();
    for first in (0..len).step_by(TURN) {
        arena.mutate(|mc, shelves| {
            for index in first..len.min(first + TURN) {
                put(mc, shelves, index, item(mc, index as u64));
            }
        });
        collect(&mut arena);
        let took = begin.elapsed();
        assert!(
            took < FILL_MAX,
            "{first} of {len} objects were made in {took:?}"
        );
    }
    let fill_ms = begin.elapsed().as_millis();
    let mut drawn = Drawn::new();
    let begin = Instant::now();
    let mut replaced = 0;
    while begin.elapsed() < span {
        arena.mutate(|mc, shelves| {
            for _ in 0..TURN {
                put(mc, shelves, drawn.below(len), item(mc, 1));
                for number in 0..3 {
                    black_box(item(mc, number));
                }
            }
        });
        replaced += TURN;
        collect(&mut arena);
    }
    let per_s = replaced as f64 / begin.elapsed().as_secs_f64();
    let (told, by_the_clock) = (steps.told(span), steps.by_the_clock());
    // What 15 million frees would take is no figure of this load.
    std::mem::forget(arena);
    format!("replaced_per_s {per_s:.0} fill_ms {fill_ms} {by_the_clock} {told}")
}

fn item<'gc>(mc: &Mutation<'gc>, number: u64) -> Gc<'gc, Item<'gc>> {
    Gc::new(
        mc,
        Item {
            next: Lock::new(None),
            payload: [number; 6],
        },
    )
}

/// Empty shelves for so many objects.
fn shelves<'gc>(mc: &Mutation<'gc>, len: usize) -> Shelves<'gc> {
    let piece = |_| Gc::new(mc, Lock::new([None; PIECE]));
    let shelf = |_| Gc::new(mc, (0..SHELF).map(piece).collect());
    (0..len.div_ceil(SHELF * PIECE)).map(shelf).collect()
}

fn put<'gc>(mc: &Mutation<'gc>, shelves: &Shelves<'gc>, index: usize, item: Gc<'gc, Item<'gc>>) {
    let piece = index / PIECE;
    let slots: &Cell<[_]> = shelves[piece / SHELF][piece % SHELF].unlock(mc);
    slots.as_slice_of_cells()[index % PIECE].set(Some(item));
}
