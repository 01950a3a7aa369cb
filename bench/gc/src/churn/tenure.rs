//! Churn of the collected heap of `tenure-gc`, as it is by default.

use std::hint::black_box;
use std::time::Instant;

use tenure_gc::{Heap, Kind, Lock, Options, Root};

use super::{Steps, TURN, len_of, span_of};
use crate::drawn::Drawn;
use crate::pauses::{Slots, item, told};

/// Fills `live_mib` MiB, then replaces one old object after the other for a while.
pub(crate) fn run(live_mib: usize) -> String {
    let (len, span) = (len_of(live_mib), span_of(live_mib));
    let mut heap = Heap::<Root![Slots<'_>]>::with_options(Options::default(), |mc| {
        mc.array(len, |_| Lock::new(None))
    })
    .expect("there is room");
    let mut steps = Steps::default();
    let mut poll = |heap: &mut Heap<_>| {
        let is_step = |kind, _| kind == Some(Kind::Step);
        steps.time(|| heap.poll().map(|cycle| cycle.kind), is_step);
    };
    for begin in (0..len).step_by(TURN) {
        heap.mutate(|mc, slots| {
            for index in begin..len.min(begin + TURN) {
                if let Some(slot) = mc.write_element(*slots, index) {
                    slot.set(Some(item(mc, index as u64)));
                }
            }
        });
        poll(&mut heap);
    }
    let mut drawn = Drawn::new();
    let begin = Instant::now();
    let mut replaced = 0;
    while begin.elapsed() < span {
        heap.mutate(|mc, slots| {
            for _ in 0..TURN {
                if let Some(slot) = mc.write_element(*slots, drawn.below(len)) {
                    slot.set(Some(item(mc, 1)));
                }
                for number in 0..3 {
                    black_box(item(mc, number));
                }
            }
        });
        replaced += TURN;
        poll(&mut heap);
    }
    let per_s = replaced as f64 / begin.elapsed().as_secs_f64();
    let steps = steps.told(span);
    format!("replaced_per_s {per_s:.0}{} {steps}", told(&heap))
}
