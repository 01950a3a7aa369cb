//! When the whole heap is collected.

use tenure_gc::{GcArray, Heap, Kind, Lock, Options, Pacing, Root, Thresholds};

use crate::nodes::Node;

type Slots<'gc> = GcArray<'gc, Lock<Option<tenure_gc::Gc<'gc, Node<'gc>>>>>;
type Nodes = Root![Slots<'_>];

const LEN: usize = 40_000;

fn heap(pacing: Pacing) -> Heap<Nodes> {
    // The pace is tested, not how fast the build is.
    let pacing = Pacing {
        step_us_max: 1_000_000,
        ..pacing
    };
    let options = Options {
        eden_bytes: 64 << 10,
        survivor_bytes: 16 << 10,
        old_bytes_max: 256 << 20,
        minor_us_goal: 0,
        pacing,
        ..Options::default()
    };
    Heap::with_options(options, |mc| mc.array(LEN, |_| Lock::new(None))).unwrap()
}

/// What a run of replacements cost: pauses by kind, and the most that was old.
#[derive(Debug, Default)]
struct Run {
    minors: usize,
    whole: usize,
    peak_bytes: usize,
}

/// Replaces one node after the other, all of which are promoted before they die.
fn replace(heap: &mut Heap<Nodes>, count: usize) -> Run {
    let mut run = Run::default();
    for number in 0..count {
        heap.mutate(|mc, slots| {
            let slot = mc.write_element(*slots, number * 7919 % LEN).unwrap();
            slot.set(Some(mc.alloc(Node::leaf(number as u64))));
        });
        if let Some(cycle) = heap.poll() {
            match cycle.kind {
                Kind::Full | Kind::MarkEnd => run.whole += 1,
                Kind::Minor => run.minors += 1,
                _ => {}
            }
            // The array counts as well, with the bytes of its mapping.
            run.peak_bytes = run.peak_bytes.max(cycle.old_bytes.0 + cycle.large_bytes.0);
        }
    }
    run
}

#[test]
fn the_peak_is_what_lives_and_as_many_percent_of_it() {
    for incremental in [false, true] {
        for percent in [50, 100, 200] {
            let pacing = Pacing {
                percent,
                initial_bytes: 1 << 20,
                incremental,
                ..Pacing::default()
            };
            let mut heap = heap(pacing);
            replace(&mut heap, LEN);
            let cycle = heap.collect(Kind::Full).unwrap();
            let live = cycle.old_bytes.1 + cycle.large_bytes.1;
            let run = replace(&mut heap, 12 * LEN);
            let peak = run.peak_bytes * 100 / live;
            let wanted = 100 + percent as usize;
            assert!(run.whole >= 2, "{run:?}");
            assert!(
                peak * 100 >= wanted * 90 && peak * 100 <= wanted * 110,
                "{percent} percent: the peak is {peak} percent of what lives; {run:?}"
            );
        }
    }
}

#[test]
fn bytes_outside_of_the_heap_count_towards_the_goal() {
    let pacing = Pacing {
        initial_bytes: 64 << 20,
        ..Pacing::default()
    };
    let mut light = heap(pacing.clone());
    assert_eq!(replace(&mut light, 4 * LEN).whole, 0);
    let mut heavy = heap(pacing);
    heavy.mutate(|mc, _| mc.external(100 << 20));
    assert!(replace(&mut heavy, 4 * LEN).whole >= 1);
}

#[test]
fn a_soft_limit_is_kept_to_before_the_goal() {
    let pacing = Pacing {
        percent: 1000,
        soft_limit_bytes: 5 << 20,
        cpu_percent_max: 100,
        initial_bytes: 1 << 30,
        ..Pacing::default()
    };
    let run = replace(&mut heap(pacing.clone()), 12 * LEN);
    assert!(run.whole >= 2 && run.peak_bytes <= 5 << 20, "{run:?}");
    // With no time to spend on it, the limit is let go.
    let run = replace(
        &mut heap(Pacing {
            cpu_percent_max: 0,
            ..pacing
        }),
        12 * LEN,
    );
    assert_eq!(run.whole, 0, "{run:?}");
}

#[test]
fn a_soft_limit_counts_holes_and_objects_move_together_for_it() {
    const LIMIT: usize = 24 << 20;
    const OBJECTS: usize = 120_000;
    type Numbers<'gc> = GcArray<'gc, u64>;
    type Slots<'gc> = GcArray<'gc, Lock<Option<Numbers<'gc>>>>;
    let options = Options {
        eden_bytes: 64 << 10,
        survivor_bytes: 16 << 10,
        old_bytes_max: 256 << 20,
        minor_us_goal: 0,
        pacing: Pacing {
            percent: 1000,
            soft_limit_bytes: LIMIT,
            cpu_percent_max: 100,
            step_us_max: 1_000_000,
            ..Pacing::default()
        },
        ..Options::default()
    };
    let mut heap = Heap::<Root![Slots<'_>]>::with_options(options, |mc| {
        mc.array(OBJECTS, |_| Lock::new(None))
    })
    .unwrap();
    let (mut compactions, mut held) = (0, 0);
    let mut state = 1u64;
    for turn in 0..5 * OBJECTS {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let drawn = (state >> 33) as usize;
        let at = if turn < OBJECTS {
            turn
        } else {
            drawn % OBJECTS
        };
        heap.mutate(|mc, slots| {
            let numbers = mc.array(1 + drawn / OBJECTS % 24, |_| turn as u64);
            mc.write_element(*slots, at).unwrap().set(Some(numbers));
        });
        let Some(cycle) = heap.poll() else { continue };
        held = held.max(cycle.held_bytes);
        if cycle.kind == Kind::Compact {
            compactions += 1;
            heap.verify().unwrap();
        }
    }
    let live = heap.collect(Kind::Full).unwrap().old_bytes.1;
    assert!(compactions > 0, "{live} bytes live, {held} were held");
    assert!(
        held <= LIMIT / 20 * 21,
        "{live} bytes live, {held} were held"
    );
    heap.mutate(|_, slots| {
        for numbers in slots.iter().filter_map(Lock::get) {
            assert!(numbers.iter().all(|&number| number == numbers[0]));
        }
    });
}

#[test]
fn thresholds_count_collections_and_wait_for_a_quarter() {
    let thresholds = Some(Thresholds {
        middle: 2,
        whole: 3,
    });
    let mut heap = heap(Pacing {
        thresholds,
        ..Pacing::default()
    });
    assert!(replace(&mut heap, 12 * LEN).whole >= 2);
    // Nothing is promoted: nothing is pending, whatever is counted.
    heap.collect(Kind::Full).unwrap();
    let mut whole = 0;
    for number in 0..6 * LEN {
        heap.mutate(|mc, _| mc.alloc(Node::leaf(number as u64)).number);
        whole += usize::from(
            heap.poll()
                .is_some_and(|cycle| cycle.kind == Kind::MarkStart),
        );
    }
    assert_eq!(whole, 0);
}
